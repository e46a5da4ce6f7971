//! What pages show of past months, counted once and kept: no page reads all deals that closed in years.
//!
//! Whoever changes what a month's summary is made of says so in the same transaction ([`mark`]). A month holds while it was counted and
//! nothing was marked since; the others are counted where they are asked for, until the job has counted them again. So what pages show
//! is never out of date.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    domain::{Instant, deals::StageKind, first_of_month, ids::DealId},
    store::{
        IN_LIST, INSERT_ROWS, StoreError,
        entity::{changed_month, counted_month, deal_event, deal_event::EventKind, month_summary, stage},
        json,
    },
};

/// What is counted by month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Closed deals, by pipeline and team, for the win/loss page.
    Outcomes,
    /// How right scores and forecasts were, by team.
    Accuracy,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outcomes => "outcomes",
            Self::Accuracy => "accuracy",
        }
    }
}

/// Stands for the deals without a close date where a month is asked for.
pub const UNDATED: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};
/// Months whose summaries are in memory at the same time.
const AT_ONCE: usize = 6;

/// A summary of a month's deals that share pipeline and team.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary<T> {
    pub pipeline: Option<Uuid>,
    pub team: Option<Uuid>,
    pub summary: T,
}

/// Says that something these months' summaries are made of changes in this transaction. `months` are any of their days.
pub async fn mark(db: &impl ConnectionTrait, kind: Kind, months: impl IntoIterator<Item = NaiveDate>) -> Result<(), StoreError> {
    let months: BTreeSet<NaiveDate> = months.into_iter().map(first_of_month).collect();
    let row = |month| changed_month::ActiveModel { id: Set(Uuid::now_v7()), kind: Set(kind.as_str().into()), month: Set(month) };
    let rows: Vec<changed_month::ActiveModel> = months.into_iter().map(row).collect();
    for some in rows.chunks(INSERT_ROWS) {
        changed_month::Entity::insert_many(some.iter().cloned()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Says that closes of these deals, at these times, are new, gone, or told otherwise. Forecasts count the deals that were open as each later
/// month began: a change of accuracy's month is one of all that follow, from the end of a deal's open life on, which a stage may have told
/// before the close.
pub async fn mark_closes(
    db: &impl ConnectionTrait,
    deals: &[DealId],
    closes: impl IntoIterator<Item = Option<Instant>>,
) -> Result<(), StoreError> {
    let months: BTreeSet<NaiveDate> = closes.into_iter().map(|at| at.map_or(UNDATED, |at| first_of_month(at.date_naive()))).collect();
    let first_close = months.iter().copied().find(|month| *month != UNDATED);
    let first_told = first_told_outcome(db, deals).await?.map(|at| at.date_naive());
    mark(db, Kind::Accuracy, first_close.into_iter().chain(first_told).min()).await?;
    mark(db, Kind::Outcomes, months).await
}

/// When one of these deals first came into a stage that tells the outcome.
async fn first_told_outcome(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<Option<Instant>, StoreError> {
    use deal_event::Column as E;
    let telling: Vec<Uuid> = stage::Entity::find()
        .select_only()
        .column(stage::Column::Id)
        .filter(stage::Column::Kind.ne(StageKind::Open))
        .into_tuple()
        .all(db)
        .await?;
    let mut first: Option<Instant> = None;
    for some in deals.chunks(IN_LIST) {
        let told: Option<Option<Instant>> = deal_event::Entity::find()
            .select_only()
            .column_as(E::At.min(), "first")
            .filter(E::DealId.is_in(some.iter().map(|deal| deal.0)))
            .filter(E::Kind.eq(EventKind::Stage))
            .filter(E::New.is_in(telling.iter().map(ToString::to_string)))
            .into_tuple()
            .one(db)
            .await?;
        first = first.into_iter().chain(told.flatten()).min();
    }
    Ok(first)
}

/// The same for every month that was counted, or is being counted.
pub async fn mark_all(db: &impl ConnectionTrait, kind: Kind) -> Result<(), StoreError> {
    let months: Vec<NaiveDate> = counted_month::Entity::find()
        .select_only()
        .column(counted_month::Column::Month)
        .filter(counted_month::Column::Kind.eq(kind.as_str()))
        .into_tuple()
        .all(db)
        .await?;
    mark(db, kind, months).await
}

/// The months whose summaries hold.
pub async fn holding(db: &impl ConnectionTrait, kind: Kind) -> Result<BTreeSet<NaiveDate>, StoreError> {
    let changed = Query::select()
        .expr(Expr::val(1))
        .from(changed_month::Entity)
        .and_where(Expr::col((changed_month::Entity, changed_month::Column::Kind)).eq(kind.as_str()))
        .and_where(
            Expr::col((changed_month::Entity, changed_month::Column::Month)).equals((counted_month::Entity, counted_month::Column::Month)),
        )
        .to_owned();
    let months: Vec<NaiveDate> = counted_month::Entity::find()
        .select_only()
        .column(counted_month::Column::Month)
        .filter(counted_month::Column::Kind.eq(kind.as_str()))
        .filter(counted_month::Column::CountedAt.is_not_null())
        .filter(Expr::exists(changed).not())
        .into_tuple()
        .all(db)
        .await?;
    Ok(months.into_iter().collect())
}

/// The first month that is marked as changed.
pub async fn first_change(db: &impl ConnectionTrait, kind: Kind) -> Result<Option<NaiveDate>, StoreError> {
    let first = changed_month::Entity::find()
        .select_only()
        .column(changed_month::Column::Month)
        .filter(changed_month::Column::Kind.eq(kind.as_str()))
        .order_by_asc(changed_month::Column::Month);
    Ok(first.limit(1).into_tuple().one(db).await?)
}

/// Gives the summaries of these months to `each`, a month at a time; answers the months that could be read. Of one pipeline or of all,
/// of the teams that are given or of all.
pub async fn read<T: DeserializeOwned>(
    db: &impl ConnectionTrait,
    kind: Kind,
    months: &BTreeSet<NaiveDate>,
    (pipeline, teams): (Option<Uuid>, &[Option<Uuid>]),
    mut each: impl FnMut(NaiveDate, Vec<Summary<T>>),
) -> Result<BTreeSet<NaiveDate>, StoreError> {
    use month_summary::Column as S;
    let mut found = BTreeSet::new();
    let months: Vec<NaiveDate> = months.iter().copied().collect();
    for some in months.chunks(AT_ONCE) {
        let mut select = month_summary::Entity::find().filter(S::Kind.eq(kind.as_str())).filter(S::Month.is_in(some.iter().copied()));
        if let Some(pipeline) = pipeline {
            select = select.filter(S::PipelineId.eq(pipeline));
        }
        for team in teams {
            select = select.filter(match team {
                Some(team) => S::TeamId.eq(*team),
                None => S::TeamId.is_null(),
            });
        }
        let mut read: BTreeMap<NaiveDate, Option<Vec<Summary<T>>>> = some.iter().map(|month| (*month, Some(Vec::new()))).collect();
        for row in select.all(db).await? {
            let Some(of_month) = read.get_mut(&row.month) else { continue };
            let summary: Option<T> = json::derived(json::read("month_summary.summary", row.summary));
            match (of_month.as_mut(), summary) {
                (Some(summaries), Some(summary)) => {
                    summaries.push(Summary { pipeline: row.pipeline_id, team: row.team_id, summary });
                }
                _ => *of_month = None,
            }
        }
        for (month, summaries) in read {
            if let Some(summaries) = summaries {
                found.insert(month);
                each(month, summaries);
            }
        }
    }
    Ok(found)
}

/// The changes that are marked, by month.
pub async fn changes(db: &impl ConnectionTrait, kind: Kind) -> Result<BTreeMap<NaiveDate, Vec<Uuid>>, StoreError> {
    let rows: Vec<(Uuid, NaiveDate)> = changed_month::Entity::find()
        .select_only()
        .columns([changed_month::Column::Id, changed_month::Column::Month])
        .filter(changed_month::Column::Kind.eq(kind.as_str()))
        .into_tuple()
        .all(db)
        .await?;
    let mut changes: BTreeMap<NaiveDate, Vec<Uuid>> = BTreeMap::new();
    rows.into_iter().for_each(|(id, month)| changes.entry(month).or_default().push(id));
    Ok(changes)
}

/// Says that a month is being counted, so that [`mark_all`] finds it.
pub async fn begin(db: &impl ConnectionTrait, kind: Kind, month: NaiveDate) -> Result<(), StoreError> {
    let row = counted_month::ActiveModel { kind: Set(kind.as_str().into()), month: Set(month), counted_at: Set(None) };
    let stays = OnConflict::columns([counted_month::Column::Kind, counted_month::Column::Month]).do_nothing().to_owned();
    counted_month::Entity::insert_many([row]).on_conflict(stays).exec_without_returning(db).await?;
    Ok(())
}

/// Keeps what was counted of a month, in place of what was. `changes` are those marked before it was counted: others came later.
pub async fn keep<T: Serialize>(
    db: &impl ConnectionTrait,
    kind: Kind,
    month: NaiveDate,
    summaries: Vec<Summary<T>>,
    changes: &[Uuid],
    now: Instant,
) -> Result<(), StoreError> {
    use month_summary::Column as S;
    month_summary::Entity::delete_many().filter(S::Kind.eq(kind.as_str())).filter(S::Month.eq(month)).exec(db).await?;
    for summary in summaries {
        let row = month_summary::ActiveModel {
            id: Set(Uuid::now_v7()),
            kind: Set(kind.as_str().into()),
            month: Set(month),
            pipeline_id: Set(summary.pipeline),
            team_id: Set(summary.team),
            summary: Set(json::write("month_summary.summary", &summary.summary)?),
        };
        month_summary::Entity::insert(row).exec_without_returning(db).await?;
    }
    counted_month::Entity::update_many()
        .col_expr(counted_month::Column::CountedAt, Expr::value(now))
        .filter(counted_month::Column::Kind.eq(kind.as_str()))
        .filter(counted_month::Column::Month.eq(month))
        .exec(db)
        .await?;
    forget_changes(db, changes).await
}

/// Forgets changes of months that are not counted.
pub async fn forget_changes(db: &impl ConnectionTrait, changes: &[Uuid]) -> Result<(), StoreError> {
    for some in changes.chunks(INSERT_ROWS) {
        changed_month::Entity::delete_many().filter(changed_month::Column::Id.is_in(some.iter().copied())).exec(db).await?;
    }
    Ok(())
}

/// Forgets what was counted of months before `first`.
pub async fn forget_before(db: &impl ConnectionTrait, kind: Kind, first: NaiveDate) -> Result<(), StoreError> {
    let (of_kind, before) = (month_summary::Column::Kind.eq(kind.as_str()), month_summary::Column::Month.lt(first));
    month_summary::Entity::delete_many().filter(of_kind).filter(before).exec(db).await?;
    let (of_kind, before) = (counted_month::Column::Kind.eq(kind.as_str()), counted_month::Column::Month.lt(first));
    counted_month::Entity::delete_many().filter(of_kind).filter(before).exec(db).await?;
    Ok(())
}
