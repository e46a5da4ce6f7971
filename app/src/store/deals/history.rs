//! A deal's append-only history: as people read it, and as the AI core learns from it.

use std::{
    collections::{BTreeMap, HashMap},
    str::FromStr,
};

use rust_decimal::Decimal;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use uuid::Uuid;

pub use crate::store::entity::deal_event::EventKind;
use crate::{
    domain::{
        Instant,
        deals::{Activity, ActivityKind, Change, ChangeKind, CustomValue, DealHistory, DealState, Outcome, StageKind},
        ids::{AccountId, DealId, StageId, UserId},
        probability::Probability,
    },
    store::{
        INSERT_ROWS, StoreError,
        entity::{activity, contact, deal, deal_event, user},
        json,
        words::{self, UnknownWord},
    },
};

/// One event to append. `old` and `new` hold ids, plain numbers, ISO dates or enum names; see [`EventKind`].
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub deal: DealId,
    pub at: Option<Instant>,
    pub actor: Option<UserId>,
    pub kind: EventKind,
    pub field: Option<String>,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// An amount as events hold it: without trailing zeros, so that equal amounts read equal.
pub fn written(amount: Decimal) -> String {
    amount.normalize().to_string()
}

/// Appends events.
pub async fn append(db: &impl ConnectionTrait, events: Vec<NewEvent>, now: Instant) -> Result<(), StoreError> {
    let mut rows = events.into_iter().map(|event| deal_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        deal_id: Set(event.deal.0),
        at: Set(event.at),
        recorded_at: Set(now),
        actor_id: Set(event.actor.map(|actor| actor.0)),
        kind: Set(event.kind),
        field: Set(event.field),
        old: Set(event.old),
        new: Set(event.new),
    });
    loop {
        let some: Vec<_> = rows.by_ref().take(INSERT_ROWS).collect();
        if some.is_empty() {
            return Ok(());
        }
        deal_event::Entity::insert_many(some).exec_without_returning(db).await?;
    }
}

/// An event as stored, with its actor's name.
#[derive(Debug, Clone)]
pub struct RecordedEvent {
    pub at: Option<Instant>,
    pub actor: Option<String>,
    pub kind: EventKind,
    pub field: Option<String>,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// An activity as stored, with names.
#[derive(Debug, Clone, FromQueryResult)]
pub struct RecordedActivity {
    pub at: Instant,
    pub kind: ActivityKind,
    pub subject: String,
    pub body: Option<String>,
    pub actor: Option<String>,
    pub contact: Option<String>,
}

#[derive(FromQueryResult)]
struct EventRow {
    at: Option<Instant>,
    actor: Option<String>,
    kind: EventKind,
    field: Option<String>,
    old: Option<String>,
    new: Option<String>,
}

/// A deal's newest events, newest first, undated ones last.
pub async fn events(db: &impl ConnectionTrait, deal: DealId, limit: u64) -> Result<Vec<RecordedEvent>, StoreError> {
    use deal_event::Column as E;
    let rows: Vec<EventRow> = deal_event::Entity::find()
        .select_only()
        .columns([E::At, E::Kind, E::Field, E::Old, E::New])
        .column_as(user::Column::Name, "actor")
        .join(JoinType::LeftJoin, deal_event::Entity::belongs_to(user::Entity).from(E::ActorId).to(user::Column::Id).into())
        .filter(E::DealId.eq(deal.0))
        .order_by_with_nulls(E::At, sea_orm::Order::Desc, sea_orm::sea_query::NullOrdering::Last)
        .order_by_desc(E::Id)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| Ok(RecordedEvent { at: row.at, actor: row.actor, kind: row.kind, field: row.field, old: row.old, new: row.new }))
        .collect()
}

/// A deal's newest activities, newest first.
pub async fn activities(db: &impl ConnectionTrait, deal: DealId, limit: u64) -> Result<Vec<RecordedActivity>, StoreError> {
    use activity::Column as A;
    Ok(activity::Entity::find()
        .select_only()
        .columns([A::At, A::Kind, A::Subject, A::Body])
        .column_as(user::Column::Name, "actor")
        .column_as(contact::Column::Name, "contact")
        .join(JoinType::LeftJoin, activity::Entity::belongs_to(user::Entity).from(A::ActorId).to(user::Column::Id).into())
        .join(JoinType::LeftJoin, activity::Entity::belongs_to(contact::Entity).from(A::ContactId).to(contact::Column::Id).into())
        .filter(A::DealId.eq(deal.0))
        .order_by_desc(A::At)
        .limit(limit)
        .into_model()
        .all(db)
        .await?)
}

/// Deals named at a time where all are listed.
const PAGE: u64 = 20_000;

#[derive(FromQueryResult)]
struct HistoryRow {
    id: Uuid,
    source: String,
    external_id: String,
    account_id: Option<Uuid>,
    owner_id: Option<Uuid>,
    created_at: Option<Instant>,
    closed_at: Option<Instant>,
    sequence: Option<i64>,
    outcome: Outcome,
    stage_id: Option<Uuid>,
    value: Option<Decimal>,
    rep_probability: Option<f64>,
    expected_close: Option<chrono::NaiveDate>,
    /// `None` where it was not asked for.
    custom: Option<serde_json::Value>,
}

/// Deals whose histories are read together: never more than [`DealBatch::MOST`], so that what is read at once does not grow with the
/// workspace. There is no other way to read histories.
#[derive(Debug, Clone, Copy)]
pub struct DealBatch<'a>(&'a [DealId]);

impl<'a> DealBatch<'a> {
    /// Deals in a batch, at most.
    pub const MOST: usize = 2_000;

    /// Deals in batches, in their order.
    pub fn of(deals: &'a [DealId]) -> impl ExactSizeIterator<Item = DealBatch<'a>> {
        deals.chunks(Self::MOST).map(DealBatch)
    }

    /// How many they are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::store) fn ids(self) -> impl Iterator<Item = Uuid> + 'a {
        self.0.iter().map(|deal| deal.0)
    }
}

/// How much of the histories is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Whole,
    /// What other deals are compared by: stages, values, owners and outcomes, and the first activity; no custom fields.
    Outline,
}

/// All deals in the order of their keys: what is learned from them must not depend on ids, which are made anew in every workspace.
pub async fn in_key_order(db: &impl ConnectionTrait) -> Result<Vec<DealId>, StoreError> {
    use deal::Column as D;
    let mut sources: BTreeMap<String, Vec<(Box<str>, DealId)>> = BTreeMap::new();
    let mut last: Option<Uuid> = None;
    loop {
        let query = deal::Entity::find().select_only().columns([D::Id, D::Source, D::ExternalId]).order_by_asc(D::Id).limit(PAGE);
        let query = last.iter().fold(query, |query, last| query.filter(D::Id.gt(*last)));
        let page: Vec<(Uuid, String, String)> = query.into_tuple().all(db).await?;
        let Some((newest, ..)) = page.last() else { break };
        last = Some(*newest);
        for (id, source, external_id) in page {
            sources.entry(source).or_default().push((external_id.into(), DealId(id)));
        }
    }
    // Databases differ in how they sort text.
    sources.values_mut().for_each(|deals| deals.sort_unstable());
    Ok(sources.into_values().flatten().map(|(_, deal)| deal).collect())
}

/// Some deals' histories for the AI core, in the order of their keys. `stage_kinds` tells which stages end a deal's open life.
pub async fn histories(
    db: &impl ConnectionTrait,
    stage_kinds: &HashMap<StageId, StageKind>,
    batch: DealBatch<'_>,
    depth: Depth,
) -> Result<Vec<DealHistory>, StoreError> {
    use deal::Column as D;
    let query = deal::Entity::find().select_only().columns([
        D::Id,
        D::Source,
        D::ExternalId,
        D::AccountId,
        D::OwnerId,
        D::CreatedAt,
        D::ClosedAt,
        D::Sequence,
        D::Outcome,
        D::StageId,
        D::Value,
        D::RepProbability,
        D::ExpectedClose,
    ]);
    let query = match depth {
        Depth::Whole => query.column(D::Custom),
        Depth::Outline => query.expr_as(Expr::cust("NULL"), "custom"),
    };
    let mut rows: Vec<HistoryRow> = query.filter(D::Id.is_in(batch.ids())).into_model().all(db).await?;
    rows.sort_by(|a, b| (&a.source, &a.external_id).cmp(&(&b.source, &b.external_id)));
    let mut changes = changes_by_deal(db, batch, depth).await?;
    let mut activities = activities_by_deal(db, batch, depth).await?;
    rows.into_iter()
        .map(|row| {
            let events = changes.remove(&row.id).unwrap_or_default();
            let mut history = DealHistory {
                id: DealId(row.id),
                key: format!("{}/{}", row.source, row.external_id),
                account: row.account_id.map(AccountId),
                created_at: row.created_at,
                closed_at: row.closed_at,
                sequence: row.sequence,
                outcome: row.outcome,
                undated: DealState::default(),
                changes: Vec::with_capacity(events.len()),
                activities: activities.remove(&row.id).unwrap_or_default(),
            };
            fold(&mut history, &row, events)?;
            forget_undone_closes(&mut history.changes, stage_kinds);
            history.closed_at = end_of_open_life(&history, stage_kinds);
            Ok(history)
        })
        .collect()
}

/// The close, or the first entry into a stage that tells the outcome where that came earlier. Open deals have none.
fn end_of_open_life(history: &DealHistory, stage_kinds: &HashMap<StageId, StageKind>) -> Option<Instant> {
    let told = history.changes.iter().find_map(|change| match change.kind {
        ChangeKind::Stage(stage) if stage_kinds.get(&stage).is_some_and(|kind| *kind != StageKind::Open) => Some(change.at),
        _ => None,
    });
    let closed_at = history.closed_at.filter(|_| history.outcome.is_closed())?;
    Some(told.map_or(closed_at, |told| told.min(closed_at)))
}

/// A deal that was opened again was open all the time: what its closes wrote before does not count.
fn forget_undone_closes(changes: &mut Vec<Change>, stage_kinds: &HashMap<StageId, StageKind>) {
    let Some(reopened) = changes.iter().rposition(|change| change.kind == ChangeKind::Outcome(Outcome::Open)) else { return };
    let tells_outcome = |kind: &ChangeKind| match kind {
        ChangeKind::Outcome(_) => true,
        ChangeKind::Stage(stage) => stage_kinds.get(stage).is_some_and(|kind| *kind != StageKind::Open),
        _ => false,
    };
    let mut place = 0;
    changes.retain(|change| {
        place += 1;
        place - 1 > reopened || !tells_outcome(&change.kind)
    });
}

struct EventValue {
    at: Option<Instant>,
    kind: EventKind,
    field: Option<String>,
    old: Option<String>,
    new: Option<String>,
}

/// Turns stored events into dated changes. A field whose first event had an old value, or that has no event at all in an
/// undated source, had that value from the start.
fn fold(history: &mut DealHistory, row: &HistoryRow, events: Vec<EventValue>) -> Result<(), StoreError> {
    let custom: Option<BTreeMap<String, CustomValue>> = row.custom.clone().map(|custom| json::read("deal.custom", custom)).transpose()?;
    // Custom fields are known from the start unless an event says otherwise: a mapping declares only such columns.
    history.undated.custom = custom.unwrap_or_default();
    if row.created_at.is_none() {
        history.undated.stage = row.stage_id.map(StageId);
        history.undated.value = row.value;
        history.undated.probability = row.rep_probability.map(Probability::saturating);
        history.undated.expected_close = row.expected_close;
        history.undated.owner = row.owner_id.map(UserId);
    }
    let mut seen: Vec<(EventKind, Option<String>)> = Vec::new();
    for event in events {
        let key = (event.kind, event.field.clone());
        if !seen.contains(&key) {
            start_from(&mut history.undated, &event)?;
            seen.push(key);
        }
        if let (Some(at), Some(kind)) = (event.at, change_kind(&event)?) {
            history.changes.push(Change { at, kind });
        }
    }
    Ok(())
}

fn start_from(state: &mut DealState, event: &EventValue) -> Result<(), StoreError> {
    let old = event.old.as_deref();
    match event.kind {
        EventKind::Stage => state.stage = read_old(old)?,
        EventKind::Value => state.value = read_old(old)?,
        EventKind::Probability => state.probability = read_old(old)?.map(Probability::saturating),
        EventKind::CloseDate => state.expected_close = read_old(old)?,
        EventKind::Field => {
            let Some(field) = &event.field else { return Ok(()) };
            match old.map(|text| json::read_text("deal_event.old", text)).transpose()? {
                Some(value) => state.custom.insert(field.clone(), value),
                None => state.custom.remove(field),
            };
        }
        EventKind::Owner => state.owner = read_old(old)?.map(UserId),
        EventKind::Created | EventKind::Outcome => {}
    }
    Ok(())
}

/// What an event says that its field held before.
pub fn read_old<T: FromStr>(old: Option<&str>) -> Result<Option<T>, UnknownWord> {
    old.map(|text| words::parse(&["deal_event.old"], text)).transpose()
}

/// What an event says that its field was changed to.
pub fn read_new<T: FromStr>(new: Option<&str>) -> Result<Option<T>, UnknownWord> {
    new.map(|text| words::parse(&["deal_event.new"], text)).transpose()
}

/// What an event changed; `None` where it changed nothing that histories tell.
fn change_kind(event: &EventValue) -> Result<Option<ChangeKind>, StoreError> {
    let new = event.new.as_deref();
    if event.kind == EventKind::Field {
        let value = new.map(|text| json::read_text("deal_event.new", text)).transpose()?;
        return Ok(event.field.clone().map(|field| ChangeKind::Custom(field, value)));
    }
    plain_change(event.kind, new)
}

/// The same for what is not stored as JSON.
fn plain_change(kind: EventKind, new: Option<&str>) -> Result<Option<ChangeKind>, StoreError> {
    Ok(match kind {
        EventKind::Stage => read_new(new)?.map(ChangeKind::Stage),
        EventKind::Value => Some(ChangeKind::Value(read_new(new)?)),
        EventKind::Probability => Some(ChangeKind::Probability(read_new(new)?.map(Probability::saturating))),
        EventKind::CloseDate => Some(ChangeKind::CloseDate(read_new(new)?)),
        EventKind::Outcome => read_new(new)?.map(ChangeKind::Outcome),
        EventKind::Owner => Some(ChangeKind::Owner(read_new(new)?.map(UserId))),
        EventKind::Created | EventKind::Field => None,
    })
}

/// Kinds of events that an outline needs.
const OUTLINE_KINDS: [EventKind; 4] = [EventKind::Stage, EventKind::Value, EventKind::Owner, EventKind::Outcome];

async fn changes_by_deal(
    db: &impl ConnectionTrait,
    batch: DealBatch<'_>,
    depth: Depth,
) -> Result<HashMap<Uuid, Vec<EventValue>>, StoreError> {
    use deal_event::Column as E;
    let query = deal_event::Entity::find()
        .select_only()
        .columns([E::DealId, E::At, E::Kind, E::Field, E::Old, E::New])
        .filter(E::DealId.is_in(batch.ids()))
        .order_by_asc(E::DealId)
        .order_by_asc(E::At)
        .order_by_asc(E::Id);
    let query = match depth {
        Depth::Whole => query.filter(E::Kind.ne(EventKind::Created)),
        Depth::Outline => query.filter(E::Kind.is_in(OUTLINE_KINDS)),
    };
    type Row = (Uuid, Option<Instant>, EventKind, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = query.into_tuple().all(db).await?;
    let mut by_deal: HashMap<Uuid, Vec<EventValue>> = HashMap::new();
    for (deal, at, kind, field, old, new) in rows {
        by_deal.entry(deal).or_default().push(EventValue { at, kind, field, old, new });
    }
    Ok(by_deal)
}

async fn activities_by_deal(
    db: &impl ConnectionTrait,
    batch: DealBatch<'_>,
    depth: Depth,
) -> Result<HashMap<Uuid, Vec<Activity>>, StoreError> {
    use activity::Column as A;
    let of_batch = activity::Entity::find().select_only().column(A::DealId).filter(A::DealId.is_in(batch.ids()));
    let mut by_deal: HashMap<Uuid, Vec<Activity>> = HashMap::new();
    if depth == Depth::Outline {
        let first: Vec<(Uuid, Instant)> = of_batch.column_as(A::At.min(), "first").group_by(A::DealId).into_tuple().all(db).await?;
        // Of what kind it was no outline tells.
        return Ok(first.into_iter().map(|(deal, at)| (deal, vec![Activity { at, kind: ActivityKind::Other }])).collect());
    }
    let whole = of_batch.columns([A::At, A::Kind]).order_by_asc(A::DealId).order_by_asc(A::At);
    let rows: Vec<(Uuid, Instant, ActivityKind)> = whole.into_tuple().all(db).await?;
    for (deal, at, kind) in rows {
        by_deal.entry(deal).or_default().push(Activity { at, kind });
    }
    Ok(by_deal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_batch_holds_more_than_is_read_at_once() {
        for count in [0, 1, DealBatch::MOST, DealBatch::MOST + 1, 3 * DealBatch::MOST] {
            let deals: Vec<DealId> = (0..count as u128).map(|n| DealId(Uuid::from_u128(n))).collect();
            let batches: Vec<DealBatch> = DealBatch::of(&deals).collect();
            assert!(batches.iter().all(|batch| batch.len() <= DealBatch::MOST && !batch.is_empty()));
            assert!(batches.iter().flat_map(|batch| batch.ids()).eq(deals.iter().map(|deal| deal.0)), "each deal once, in order");
        }
    }
}
