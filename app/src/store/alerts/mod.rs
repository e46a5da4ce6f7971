//! Alerts: raising them so that a deal has at most one active alert per cause, their life, lists and figures.

pub mod backtest;
pub mod sweep;
pub mod thresholds;

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait, Select,
    sea_query::{Expr, OnConflict, Query},
};
use uuid::Uuid;

use super::{
    IN_LIST, INSERT_ROWS, Scope, StoreError,
    entity::{account, alert, deal, sweep_run, user},
    json, locks,
    words::UnknownWord,
};
use crate::{
    domain::{
        Instant,
        alerts::{AlertFilter, AlertRule, AlertState, DismissReason, Earlier, Observation, Priority},
        deals::Outcome,
        ids::{AlertId, DealId, UserId},
        input,
        money::{Currency, Money},
    },
    views::alerts::AlertView,
};

/// States in which an alert stands, as stored.
const ACTIVE: [&str; 3] = ["open", "acknowledged", "snoozed"];

/// An alert to raise.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAlert {
    pub id: AlertId,
    pub deal: DealId,
    /// The rule's name; for alerts raised by hand `manual:` and the cause's name.
    pub cause: String,
    pub priority: Priority,
    pub observation: Observation,
    pub created_by: Option<UserId>,
}

/// A stored alert as the sweep meets it again.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAlert {
    pub id: AlertId,
    pub deal: DealId,
    pub cause: String,
    pub observation: Observation,
    pub earlier: Earlier,
}

fn priority_of(rank: i32) -> Result<Priority, StoreError> {
    Priority::of_rank(rank).ok_or_else(|| UnknownWord { columns: &["alert.priority"], word: rank.to_string() }.into())
}

fn observation_of(stored: serde_json::Value) -> Result<Observation, StoreError> {
    json::read("alert.observation", stored)
}

fn stored(row: alert::Model) -> Result<StoredAlert, StoreError> {
    let dismissed = row.dismissed;
    Ok(StoredAlert {
        id: AlertId(row.id),
        deal: DealId(row.deal_id),
        cause: row.cause,
        observation: observation_of(row.observation)?,
        earlier: Earlier {
            state: row.state,
            priority: priority_of(row.priority)?,
            measure: row.measure,
            snoozed_until: row.snoozed_until,
            ended_at: row.ended_at,
            dismissed,
        },
    })
}

/// The newest alert of each open deal for each cause, as far as it is active or ended after `since`.
pub async fn newest_by_cause(db: &impl ConnectionTrait, since: Instant) -> Result<HashMap<(DealId, String), StoredAlert>, StoreError> {
    let rows = joined()
        .filter(deal::Column::Outcome.eq(Outcome::Open))
        .filter(Condition::any().add(alert::Column::State.is_in(ACTIVE)).add(alert::Column::EndedAt.gt(since)))
        .order_by_asc(alert::Column::RaisedAt)
        .all(db)
        .await?;
    // Later rows replace earlier ones; an active one is always the newest.
    rows.into_iter().map(|row| stored(row).map(|alert| ((alert.deal, alert.cause.clone()), alert))).collect()
}

/// Raises alerts; those that a deal already has for their cause are left out. Answers which were raised.
pub async fn raise(db: &impl ConnectionTrait, new: &[NewAlert], now: Instant) -> Result<HashSet<AlertId>, StoreError> {
    let mut raised = HashSet::new();
    for some in new.chunks(INSERT_ROWS) {
        let row = |new: &NewAlert| -> Result<alert::ActiveModel, StoreError> {
            Ok(alert::ActiveModel {
                id: Set(new.id.0),
                deal_id: Set(new.deal.0),
                cause: Set(new.cause.clone()),
                state: Set(AlertState::Open),
                priority: Set(new.priority.rank()),
                observation: Set(json::write("alert.observation", &new.observation)?),
                measure: Set(new.observation.measure(now)),
                raised_at: Set(now),
                updated_at: Set(now),
                snoozed_until: Set(None),
                acknowledged_at: Set(None),
                handled_by: Set(None),
                ended_at: Set(None),
                dismissed: Set(None),
                note: Set(None),
                created_by: Set(new.created_by.map(|by| by.0)),
            })
        };
        let rows = some.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        let insert = alert::Entity::insert_many(rows).on_conflict(OnConflict::new().do_nothing().to_owned());
        let inserted = insert.exec_without_returning(db).await?;
        if inserted as usize == some.len() {
            raised.extend(some.iter().map(|new| new.id));
        } else {
            let there: Vec<Uuid> = alert::Entity::find()
                .select_only()
                .column(alert::Column::Id)
                .filter(alert::Column::Id.is_in(some.iter().map(|new| new.id.0)))
                .into_tuple()
                .all(db)
                .await?;
            raised.extend(there.into_iter().map(AlertId));
        }
    }
    Ok(raised)
}

/// Shows an alert as open again, with what is seen now, unless somebody handled it since it was read; tells whether it did.
pub async fn reopen(
    db: &impl ConnectionTrait,
    (id, earlier): (AlertId, &Earlier),
    seen: Option<(&Observation, Priority)>,
    now: Instant,
) -> Result<bool, StoreError> {
    let mut change =
        alert::ActiveModel { state: Set(AlertState::Open), snoozed_until: Set(None), updated_at: Set(now), ..Default::default() };
    if let Some((observation, priority)) = seen {
        change.priority = Set(priority.rank());
        change.observation = Set(json::write("alert.observation", observation)?);
        change.measure = Set(observation.measure(now));
    }
    let snoozed_until = match earlier.snoozed_until {
        Some(until) => alert::Column::SnoozedUntil.eq(until),
        None => alert::Column::SnoozedUntil.is_null(),
    };
    let updated = alert::Entity::update_many()
        .set(change)
        .filter(alert::Column::Id.eq(id.0))
        .filter(alert::Column::State.is_in(ACTIVE))
        .filter(alert::Column::State.eq(earlier.state))
        .filter(snoozed_until)
        .exec(db)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Resolves alerts whose cause is gone.
pub async fn resolve(db: &impl ConnectionTrait, ids: &[AlertId], now: Instant) -> Result<u64, StoreError> {
    let mut resolved = 0;
    for some in ids.chunks(IN_LIST) {
        resolved += resolve_where(db, Condition::all().add(alert::Column::Id.is_in(some.iter().map(|id| id.0))), now).await?;
    }
    Ok(resolved)
}

/// Resolves all active alerts of a deal: it is closed.
pub async fn resolve_of_deal(db: &impl ConnectionTrait, deal: DealId, now: Instant) -> Result<u64, StoreError> {
    resolve_where(db, Condition::all().add(alert::Column::DealId.eq(deal.0)), now).await
}

/// The same of several deals.
pub async fn resolve_of_deals(db: &impl ConnectionTrait, deals: &[DealId], now: Instant) -> Result<u64, StoreError> {
    let mut resolved = 0;
    for some in deals.chunks(IN_LIST) {
        resolved += resolve_where(db, Condition::all().add(alert::Column::DealId.is_in(some.iter().map(|deal| deal.0))), now).await?;
    }
    Ok(resolved)
}

/// Resolves the active alerts of all deals that are closed, by whichever way.
pub async fn resolve_of_closed(db: &impl ConnectionTrait, now: Instant) -> Result<u64, StoreError> {
    let closed = Query::select()
        .expr(Expr::val(1))
        .from(deal::Entity)
        .and_where(Expr::col((deal::Entity, deal::Column::Id)).equals((alert::Entity, alert::Column::DealId)))
        .and_where(Expr::col((deal::Entity, deal::Column::Outcome)).ne(Outcome::Open))
        .to_owned();
    resolve_where(db, Condition::all().add(Expr::exists(closed)), now).await
}

async fn resolve_where(db: &impl ConnectionTrait, which: Condition, now: Instant) -> Result<u64, StoreError> {
    let which = which.add(alert::Column::State.is_in(ACTIVE));
    if alert::Entity::find().filter(which.clone()).count(db).await? == 0 {
        return Ok(0);
    }
    let change = alert::ActiveModel {
        state: Set(AlertState::Resolved),
        ended_at: Set(Some(now)),
        updated_at: Set(now),
        snoozed_until: Set(None),
        ..Default::default()
    };
    Ok(alert::Entity::update_many().set(change).filter(which).exec(db).await?.rows_affected)
}

/// What a person does with alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    Acknowledge,
    Snooze {
        until: Instant,
    },
    Dismiss {
        reason: DismissReason,
    },
    /// Takes an acknowledgement or a snooze back.
    Reopen,
}

/// Handles active alerts in scope; answers which were.
pub async fn handle(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[AlertId],
    handling: Handling,
    note: Option<&str>,
    by: UserId,
    now: Instant,
) -> Result<Vec<AlertId>, StoreError> {
    let mut handled = Vec::new();
    for some in ids.chunks(IN_LIST) {
        locks::alerts(db, some.iter().copied()).await?;
        let visible: Vec<Uuid> = joined()
            .select_only()
            .column(alert::Column::Id)
            .filter(scope.condition())
            .filter(alert::Column::Id.is_in(some.iter().map(|id| id.0)))
            .filter(alert::Column::State.is_in(ACTIVE))
            .into_tuple()
            .all(db)
            .await?;
        let mut change = alert::ActiveModel { updated_at: Set(now), handled_by: Set(Some(by.0)), ..Default::default() };
        if let Some(note) = note {
            change.note = Set(Some(note.into()));
        }
        match handling {
            Handling::Acknowledge => {
                change.state = Set(AlertState::Acknowledged);
                change.acknowledged_at = Set(Some(now));
                change.snoozed_until = Set(None);
            }
            Handling::Snooze { until } => {
                change.state = Set(AlertState::Snoozed);
                change.snoozed_until = Set(Some(until));
            }
            Handling::Dismiss { reason } => {
                change.state = Set(AlertState::Dismissed);
                change.dismissed = Set(Some(reason));
                change.ended_at = Set(Some(now));
                change.snoozed_until = Set(None);
            }
            Handling::Reopen => {
                change.state = Set(AlertState::Open);
                change.acknowledged_at = Set(None);
                change.snoozed_until = Set(None);
            }
        }
        alert::Entity::update_many().set(change).filter(alert::Column::Id.is_in(visible.iter().copied())).exec(db).await?;
        handled.extend(visible.into_iter().map(AlertId));
    }
    Ok(handled)
}

#[derive(FromQueryResult)]
struct ListRow {
    id: Uuid,
    deal_id: Uuid,
    deal_title: String,
    account: Option<String>,
    owner: Option<String>,
    value: Option<Decimal>,
    currency: Currency,
    state: AlertState,
    priority: i32,
    observation: serde_json::Value,
    raised_at: Instant,
    updated_at: Instant,
    snoozed_until: Option<Instant>,
    ended_at: Option<Instant>,
    dismissed: Option<DismissReason>,
    note: Option<String>,
    handled_by: Option<String>,
}

fn matching(scope: &Scope, filter: &AlertFilter) -> Condition {
    let mut condition = scope.condition();
    condition = match filter.state {
        Some(state) => condition.add(alert::Column::State.eq(state)),
        None => condition.add(alert::Column::State.is_in(ACTIVE)),
    };
    if let Some(rule) = filter.rule {
        condition = match rule {
            AlertRule::Manual => condition.add(alert::Column::Cause.starts_with("manual:")),
            rule => condition.add(alert::Column::Cause.eq(rule)),
        };
    }
    if let Some(priority) = filter.at_least {
        condition = condition.add(alert::Column::Priority.gte(priority.rank()));
    }
    if let Some(deal) = filter.deal {
        condition = condition.add(alert::Column::DealId.eq(deal.0));
    }
    condition
}

/// Alerts with their deals, which scopes are about.
fn joined() -> Select<alert::Entity> {
    alert::Entity::find()
        .join(JoinType::InnerJoin, alert::Entity::belongs_to(deal::Entity).from(alert::Column::DealId).to(deal::Column::Id).into())
}

/// Count of the alerts that match.
pub async fn count(db: &impl ConnectionTrait, scope: &Scope, filter: &AlertFilter) -> Result<u64, StoreError> {
    Ok(joined().filter(matching(scope, filter)).count(db).await?)
}

/// Alerts with the names that pages show, as [`ListRow`].
fn shown() -> Select<alert::Entity> {
    use alert::Column as A;
    joined()
        .select_only()
        .columns([A::Id, A::DealId, A::State, A::Priority, A::Observation, A::RaisedAt, A::UpdatedAt, A::SnoozedUntil, A::EndedAt])
        .columns([A::Dismissed, A::Note])
        .column_as(deal::Column::Title, "deal_title")
        .column_as(deal::Column::Value, "value")
        .column_as(deal::Column::Currency, "currency")
        .column_as(account::Column::Name, "account")
        .column_as(user::Column::Name, "owner")
        .column_as(Expr::col(("handler", user::Column::Name)), "handled_by")
        .join(JoinType::LeftJoin, deal::Relation::Account.def())
        .join(JoinType::LeftJoin, deal::Relation::User.def())
        .join_as(JoinType::LeftJoin, alert::Entity::belongs_to(user::Entity).from(A::HandledBy).to(user::Column::Id).into(), "handler")
}

/// A page of the alerts that match, grouped by deal, the most urgent deals first.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &AlertFilter,
    page_size: u64,
    now: Instant,
) -> Result<Vec<AlertView>, StoreError> {
    use alert::Column as A;
    let rows: Vec<ListRow> = shown()
        .filter(matching(scope, filter))
        // Deals in the order of their most urgent alert, each with its alerts together.
        .order_by(Expr::cust(r#"MAX("alert"."priority") OVER (PARTITION BY "alert"."deal_id")"#), Order::Desc)
        .order_by(Expr::cust(r#"MAX("alert"."raised_at") OVER (PARTITION BY "alert"."deal_id")"#), Order::Desc)
        .order_by_asc(A::DealId)
        .order_by_desc(A::Priority)
        .order_by_desc(A::RaisedAt)
        .order_by_asc(A::Id)
        .limit(page_size)
        .offset(input::offset(filter.page.into(), page_size))
        .into_model()
        .all(db)
        .await?;
    rows.into_iter().map(|row| view(row, now)).collect()
}

fn view(row: ListRow, now: Instant) -> Result<AlertView, StoreError> {
    let observation = observation_of(row.observation)?;
    Ok(AlertView {
        id: AlertId(row.id),
        deal: DealId(row.deal_id),
        deal_title: row.deal_title,
        account: row.account,
        owner: row.owner,
        value: row.value.map(|value| Money::new(value, row.currency.clone())),
        rule: observation.rule(),
        priority: priority_of(row.priority)?,
        state: row.state,
        // What is over is told as of its end.
        headline: observation.headline(row.ended_at.unwrap_or(now)),
        detail: observation.detail(),
        advice: observation.advice().into(),
        since: observation.since(),
        raised_at: row.raised_at,
        updated_at: row.updated_at,
        snoozed_until: row.snoozed_until,
        ended_at: row.ended_at,
        dismissed: row.dismissed,
        note: row.note,
        handled_by: row.handled_by,
    })
}

/// One alert in scope.
pub async fn find(db: &impl ConnectionTrait, scope: &Scope, id: AlertId, now: Instant) -> Result<Option<AlertView>, StoreError> {
    let row = shown().filter(scope.condition()).filter(alert::Column::Id.eq(id.0)).into_model().one(db).await?;
    row.map(|row| view(row, now)).transpose()
}

/// What became of the alerts of a cause.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct CauseFigures {
    pub cause: String,
    pub state: AlertState,
    pub dismissed: Option<DismissReason>,
    pub acknowledged: bool,
    pub alerts: i64,
}

/// What became of the alerts raised since on deals in scope, by cause.
pub async fn figures(db: &impl ConnectionTrait, scope: &Scope, since: Instant) -> Result<Vec<CauseFigures>, StoreError> {
    let acknowledged = || Expr::col(alert::Column::AcknowledgedAt).is_not_null();
    Ok(joined()
        .filter(scope.condition())
        .select_only()
        .columns([alert::Column::Cause, alert::Column::State, alert::Column::Dismissed])
        .column_as(acknowledged(), "acknowledged")
        .column_as(alert::Column::Id.count(), "alerts")
        .filter(alert::Column::RaisedAt.gte(since))
        .group_by(alert::Column::Cause)
        .group_by(alert::Column::State)
        .group_by(alert::Column::Dismissed)
        .group_by(acknowledged())
        .into_model()
        .all(db)
        .await?)
}

/// Keeps what a sweep did.
pub async fn record_sweep(db: &impl ConnectionTrait, run: sweep_run::ActiveModel) -> Result<(), StoreError> {
    sweep_run::Entity::insert(run).exec_without_returning(db).await?;
    Ok(())
}

/// The newest sweeps, newest first.
pub async fn sweeps(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<sweep_run::Model>, StoreError> {
    Ok(sweep_run::Entity::find().order_by_desc(sweep_run::Column::StartedAt).limit(limit).all(db).await?)
}
