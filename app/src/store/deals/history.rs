//! A deal's append-only history: as people read it, and as the AI core learns from it.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        deals::{Activity, ActivityKind, Change, ChangeKind, CustomValue, DealHistory, DealState, Outcome, StageKind},
        ids::{AccountId, DealId, StageId, UserId},
        probability::Probability,
    },
    store::{
        IN_LIST, INSERT_ROWS, StoreError,
        entity::{activity, contact, deal, deal_event, user},
        known,
    },
};

/// Kinds of `deal_event`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    Created,
    Stage,
    Value,
    Probability,
    CloseDate,
    Owner,
    Outcome,
    /// A custom field, named in `field`.
    Field,
}

impl EventKind {
    const ALL: [EventKind; 8] =
        [Self::Created, Self::Stage, Self::Value, Self::Probability, Self::CloseDate, Self::Owner, Self::Outcome, Self::Field];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Stage => "stage",
            Self::Value => "value",
            Self::Probability => "probability",
            Self::CloseDate => "close_date",
            Self::Owner => "owner",
            Self::Outcome => "outcome",
            Self::Field => "field",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

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

/// Appends events.
pub async fn append(db: &impl ConnectionTrait, events: Vec<NewEvent>, now: Instant) -> Result<(), StoreError> {
    let mut rows = events.into_iter().map(|event| deal_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        deal_id: Set(event.deal.0),
        at: Set(event.at),
        recorded_at: Set(now),
        actor_id: Set(event.actor.map(|actor| actor.0)),
        kind: Set(event.kind.as_str().into()),
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
    pub kind: String,
    pub subject: String,
    pub body: Option<String>,
    pub actor: Option<String>,
    pub contact: Option<String>,
}

#[derive(FromQueryResult)]
struct EventRow {
    at: Option<Instant>,
    actor: Option<String>,
    kind: String,
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
        .map(|row| {
            let kind = known(EventKind::parse, "deal_event.kind", &row.kind)?;
            Ok(RecordedEvent { at: row.at, actor: row.actor, kind, field: row.field, old: row.old, new: row.new })
        })
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
    outcome: String,
    stage_id: Option<Uuid>,
    value: Option<Decimal>,
    rep_probability: Option<f64>,
    expected_close: Option<chrono::NaiveDate>,
    custom: serde_json::Value,
}

/// All deals' histories for the AI core, in the order of their keys: what is learned from them must not depend on ids, which are
/// made anew in every workspace. `stage_kinds` tells which stages end a deal's open life.
pub async fn histories(db: &impl ConnectionTrait, stage_kinds: &HashMap<StageId, StageKind>) -> Result<Vec<DealHistory>, StoreError> {
    histories_where(db, stage_kinds, None).await
}

/// Some deals' histories, in the order of their keys.
pub async fn histories_of(
    db: &impl ConnectionTrait,
    stage_kinds: &HashMap<StageId, StageKind>,
    deals: &[DealId],
) -> Result<Vec<DealHistory>, StoreError> {
    let mut found = Vec::with_capacity(deals.len());
    for some in deals.chunks(IN_LIST) {
        let ids: Vec<Uuid> = some.iter().map(|deal| deal.0).collect();
        found.extend(histories_where(db, stage_kinds, Some(&ids)).await?);
    }
    Ok(found)
}

async fn histories_where(
    db: &impl ConnectionTrait,
    stage_kinds: &HashMap<StageId, StageKind>,
    ids: Option<&[Uuid]>,
) -> Result<Vec<DealHistory>, StoreError> {
    use deal::Column as D;
    let mut query = deal::Entity::find().select_only().columns([
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
        D::Custom,
    ]);
    if let Some(ids) = ids {
        query = query.filter(D::Id.is_in(ids.iter().copied()));
    }
    let mut rows: Vec<HistoryRow> = query.into_model().all(db).await?;
    // Databases differ in how they sort text.
    rows.sort_by(|a, b| (&a.source, &a.external_id).cmp(&(&b.source, &b.external_id)));
    let mut changes = changes_by_deal(db, ids).await?;
    let mut activities = activities_by_deal(db, ids).await?;
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
                outcome: known(Outcome::parse, "deal.outcome", &row.outcome)?,
                undated: DealState::default(),
                changes: Vec::with_capacity(events.len()),
                activities: activities.remove(&row.id).unwrap_or_default(),
            };
            fold(&mut history, &row, events);
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
fn fold(history: &mut DealHistory, row: &HistoryRow, events: Vec<EventValue>) {
    let custom: BTreeMap<String, CustomValue> = serde_json::from_value(row.custom.clone()).unwrap_or_default();
    // Custom fields are known from the start unless an event says otherwise: a mapping declares only such columns.
    history.undated.custom = custom;
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
            start_from(&mut history.undated, &event);
            seen.push(key);
        }
        if let (Some(at), Some(kind)) = (event.at, change_kind(&event)) {
            history.changes.push(Change { at, kind });
        }
    }
}

fn start_from(state: &mut DealState, event: &EventValue) {
    let old = event.old.as_deref();
    match event.kind {
        EventKind::Stage => state.stage = old.and_then(|text| text.parse().ok()),
        EventKind::Value => state.value = old.and_then(|text| text.parse().ok()),
        EventKind::Probability => state.probability = old.and_then(|text| text.parse().ok()).map(Probability::saturating),
        EventKind::CloseDate => state.expected_close = old.and_then(|text| text.parse().ok()),
        EventKind::Field => {
            let Some(field) = &event.field else { return };
            match old.and_then(|text| serde_json::from_str(text).ok()) {
                Some(value) => state.custom.insert(field.clone(), value),
                None => state.custom.remove(field),
            };
        }
        EventKind::Owner => state.owner = old.and_then(|text| text.parse().ok()).map(UserId),
        EventKind::Created | EventKind::Outcome => {}
    }
}

fn change_kind(event: &EventValue) -> Option<ChangeKind> {
    let new = event.new.as_deref();
    Some(match event.kind {
        EventKind::Stage => ChangeKind::Stage(new?.parse().ok()?),
        EventKind::Value => ChangeKind::Value(new.and_then(|text| text.parse().ok())),
        EventKind::Probability => ChangeKind::Probability(new.and_then(|text| text.parse().ok()).map(Probability::saturating)),
        EventKind::CloseDate => ChangeKind::CloseDate(new.and_then(|text| text.parse().ok())),
        EventKind::Outcome => ChangeKind::Outcome(new.and_then(Outcome::parse)?),
        EventKind::Field => ChangeKind::Custom(event.field.clone()?, new.and_then(|text| serde_json::from_str(text).ok())),
        EventKind::Owner => ChangeKind::Owner(new.and_then(|text| text.parse().ok()).map(UserId)),
        EventKind::Created => return None,
    })
}

async fn changes_by_deal(db: &impl ConnectionTrait, ids: Option<&[Uuid]>) -> Result<HashMap<Uuid, Vec<EventValue>>, StoreError> {
    use deal_event::Column as E;
    let mut query = deal_event::Entity::find()
        .select_only()
        .columns([E::DealId, E::At, E::Kind, E::Field, E::Old, E::New])
        .filter(E::Kind.ne(EventKind::Created.as_str()))
        .order_by_asc(E::DealId)
        .order_by_asc(E::At)
        .order_by_asc(E::Id);
    if let Some(ids) = ids {
        query = query.filter(E::DealId.is_in(ids.iter().copied()));
    }
    type Row = (Uuid, Option<Instant>, String, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = query.into_tuple().all(db).await?;
    let mut by_deal: HashMap<Uuid, Vec<EventValue>> = HashMap::new();
    for (deal, at, kind, field, old, new) in rows {
        let kind = known(EventKind::parse, "deal_event.kind", &kind)?;
        by_deal.entry(deal).or_default().push(EventValue { at, kind, field, old, new });
    }
    Ok(by_deal)
}

async fn activities_by_deal(db: &impl ConnectionTrait, ids: Option<&[Uuid]>) -> Result<HashMap<Uuid, Vec<Activity>>, StoreError> {
    use activity::Column as A;
    let mut query = activity::Entity::find().select_only().columns([A::DealId, A::At, A::Kind]).order_by_asc(A::DealId).order_by_asc(A::At);
    if let Some(ids) = ids {
        query = query.filter(A::DealId.is_in(ids.iter().copied()));
    }
    let rows: Vec<(Uuid, Instant, String)> = query.into_tuple().all(db).await?;
    let mut by_deal: HashMap<Uuid, Vec<Activity>> = HashMap::new();
    for (deal, at, kind) in rows {
        by_deal.entry(deal).or_default().push(Activity { at, kind: known(ActivityKind::parse, "activity.kind", &kind)? });
    }
    Ok(by_deal)
}
