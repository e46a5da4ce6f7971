//! What time piles up: finding what is old, and deleting it a little at a time.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use strum::VariantArray;
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        retention::{PastScore, Retention},
        variants::all,
    },
    store::{
        INSERT_ROWS, StoreError,
        entity::{challenger_test, deal, model, model_deployment, score, thinning},
        people, statement,
    },
};

/// Setting that holds how long the past is kept, as JSON.
const RETENTION: &str = "retention";

/// How long the past is kept. What cannot be read is an error: by the usual times more might be deleted than was chosen.
pub async fn retention(db: &impl ConnectionTrait) -> Result<Retention, StoreError> {
    Ok(people::json_setting(db, RETENTION).await?.unwrap_or_default())
}

pub async fn set_retention(db: &impl ConnectionTrait, retention: &Retention) -> Result<(), StoreError> {
    people::set_json_setting(db, RETENTION, retention).await
}

/// When models were trained, and since when people saw what they say.
pub struct ModelTimes {
    trained: HashMap<i32, Instant>,
    seen_since: HashMap<i32, Instant>,
}

impl ModelTimes {
    pub async fn load(db: &impl ConnectionTrait) -> Result<Self, StoreError> {
        let trained: Vec<(i32, Instant)> =
            model::Entity::find().select_only().columns([model::Column::Version, model::Column::TrainedAt]).into_tuple().all(db).await?;
        let deployed: Vec<(i32, Instant)> = model_deployment::Entity::find()
            .select_only()
            .columns([model_deployment::Column::Version, model_deployment::Column::Since])
            .into_tuple()
            .all(db)
            .await?;
        let tested: Vec<(i32, Instant)> = challenger_test::Entity::find()
            .select_only()
            .columns([challenger_test::Column::Challenger, challenger_test::Column::BeganAt])
            .into_tuple()
            .all(db)
            .await?;
        let mut seen_since: HashMap<i32, Instant> = HashMap::new();
        for (version, since) in deployed.into_iter().chain(tested) {
            let first = seen_since.entry(version).or_insert(since);
            *first = since.min(*first);
        }
        Ok(Self { trained: trained.into_iter().collect(), seen_since })
    }

    fn past_score(&self, id: Uuid, at: Instant, version: Option<i32>, closed_at: Option<Instant>) -> PastScore {
        let by_then = |times: &HashMap<i32, Instant>| version.is_none_or(|version| times.get(&version).is_some_and(|time| *time <= at));
        PastScore {
            id,
            at,
            hindsight: !by_then(&self.trained) || closed_at.is_some_and(|closed| at >= closed),
            seen: by_then(&self.seen_since),
        }
    }
}

/// A deal with its scores, oldest first.
pub struct ScoredDeal {
    pub id: Uuid,
    pub closed_at: Option<Instant>,
    /// The score that the deal's row refers to.
    pub current: Option<Uuid>,
    pub scores: Vec<PastScore>,
}

/// Deals whose scores are due to be looked at, at most `limit`.
pub async fn due(db: &impl ConnectionTrait, today: NaiveDate, limit: u64) -> Result<Vec<Uuid>, StoreError> {
    Ok(thinning::Entity::find()
        .select_only()
        .column(thinning::Column::DealId)
        .filter(thinning::Column::Due.lte(today))
        .order_by_asc(thinning::Column::Due)
        .order_by_asc(thinning::Column::DealId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// Sees to it that the scores of these deals are looked at some day. Call it where scores are added.
pub async fn look_some_day(db: &impl ConnectionTrait, deals: impl IntoIterator<Item = (Uuid, NaiveDate)>) -> Result<(), StoreError> {
    let deals: BTreeMap<Uuid, NaiveDate> = deals.into_iter().collect();
    let rows: Vec<_> = deals.into_iter().map(|(deal, due)| thinning::ActiveModel { deal_id: Set(deal), due: Set(due) }).collect();
    for some in rows.chunks(INSERT_ROWS) {
        let stays = OnConflict::column(thinning::Column::DealId).do_nothing().to_owned();
        thinning::Entity::insert_many(some.iter().cloned()).on_conflict(stays).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Says when these deals are to be looked at next; `None`: nothing of them will ever have to go.
pub async fn look_next(db: &impl ConnectionTrait, deals: &[(Uuid, Option<NaiveDate>)]) -> Result<(), StoreError> {
    let mut by_day: BTreeMap<Option<NaiveDate>, Vec<Uuid>> = BTreeMap::new();
    deals.iter().for_each(|(deal, due)| by_day.entry(*due).or_default().push(*deal));
    for (due, deals) in by_day {
        let these = thinning::Column::DealId.is_in(deals);
        match due {
            Some(due) => {
                thinning::Entity::update_many().col_expr(thinning::Column::Due, Expr::value(due)).filter(these).exec(db).await?;
            }
            None => {
                thinning::Entity::delete_many().filter(these).exec(db).await?;
            }
        }
    }
    Ok(())
}

/// Lets all deals be looked at: what is kept has changed.
pub async fn look_at_all(db: &impl ConnectionTrait, today: NaiveDate) -> Result<(), StoreError> {
    thinning::Entity::update_many().col_expr(thinning::Column::Due, Expr::value(today)).exec(db).await?;
    Ok(())
}

/// The scores of these deals, without what they say.
pub async fn scores_of(db: &impl ConnectionTrait, models: &ModelTimes, deals: &[Uuid]) -> Result<Vec<ScoredDeal>, StoreError> {
    let rows: Vec<(Uuid, Option<Instant>, Option<Uuid>)> = deal::Entity::find()
        .select_only()
        .columns([deal::Column::Id, deal::Column::ClosedAt, deal::Column::ScoreId])
        .filter(deal::Column::Id.is_in(deals.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, ScoredDeal> =
        rows.into_iter().map(|(id, closed_at, current)| (id, ScoredDeal { id, closed_at, current, scores: Vec::new() })).collect();
    let rows: Vec<(Uuid, Uuid, Instant, Option<i32>)> = score::Entity::find()
        .select_only()
        .columns([score::Column::DealId, score::Column::Id, score::Column::At, score::Column::ModelVersion])
        .filter(score::Column::DealId.is_in(deals.iter().copied()))
        .order_by_asc(score::Column::DealId)
        .order_by_asc(score::Column::At)
        .order_by_asc(score::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    for (deal, id, at, version) in rows {
        if let Some(deal) = found.get_mut(&deal) {
            deal.scores.push(models.past_score(id, at, version, deal.closed_at));
        }
    }
    Ok(found.into_values().collect())
}

/// Deletes these scores.
pub async fn delete_scores(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<u64, StoreError> {
    Ok(score::Entity::delete_many().filter(score::Column::Id.is_in(ids.iter().copied())).exec(db).await?.rows_affected)
}

/// A table of which only the newest rows matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Log {
    Audit,
    Sweeps,
    Drift,
    Trainings,
    Deliveries,
    Notifications,
    Alerts,
}

impl Log {
    pub const ALL: [Self; 7] = all();

    /// What it holds, in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Audit => "audit entries",
            Self::Sweeps => "sweeps",
            Self::Drift => "looks at drift",
            Self::Trainings => "trainings",
            Self::Deliveries => "messages",
            Self::Notifications => "notifications",
            Self::Alerts => "ended alerts",
        }
    }

    /// Days that its rows are kept.
    pub fn days(self, retention: &Retention) -> u32 {
        match self {
            Self::Audit => retention.audit,
            Self::Sweeps | Self::Drift | Self::Trainings => retention.runs,
            Self::Deliveries => retention.deliveries,
            Self::Notifications => retention.notifications,
            Self::Alerts => retention.alerts,
        }
    }

    /// Table, column of the time, and what may go.
    fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Audit => ("audit_log", "at", "1 = 1"),
            Self::Sweeps => ("sweep_run", "started_at", "started_at < (SELECT MAX(started_at) FROM sweep_run)"),
            Self::Drift => ("drift_run", "at", "at < (SELECT MAX(at) FROM drift_run)"),
            Self::Trainings => ("training_run", "asked_at", "ended_at IS NOT NULL AND asked_at < (SELECT MAX(asked_at) FROM training_run)"),
            Self::Deliveries => ("delivery", "planned_at", "state NOT IN ('planned', 'sending')"),
            Self::Notifications => ("notification", "at", "1 = 1"),
            Self::Alerts => ("alert", "ended_at", "state IN ('dismissed', 'resolved')"),
        }
    }
}

/// Deletes at most `limit` of the rows from before an instant; tells how many. Short statements hold up no other writer for long.
pub async fn delete_some(db: &impl ConnectionTrait, log: Log, before: Instant, limit: u64) -> Result<u64, StoreError> {
    let (table, at, may_go) = log.parts();
    let sql = format!("DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {at} < ? AND {may_go} LIMIT {limit})");
    Ok(db.execute_raw(statement(db.get_database_backend(), &sql, [before.into()])).await?.rows_affected())
}
