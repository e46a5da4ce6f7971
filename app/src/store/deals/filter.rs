//! The deal list's filters as a condition.

use chrono::{Days, NaiveDate};
use sea_orm::{
    ColumnTrait, Condition, ExprTrait, Value,
    sea_query::{Expr, Func, LikeExpr, Query, SimpleExpr},
};

use crate::{
    domain::{
        Instant, day_start,
        deals::{DealQuery, Outcome, OutcomeFilter, Pick},
    },
    store::{
        Scope,
        entity::{account, deal},
    },
};

/// The deals of `scope` that `query` asks for; its order and page make no difference.
pub(in crate::store) fn matching(scope: &Scope, query: &DealQuery) -> Condition {
    use deal::Column as D;
    let id = |pick: Option<uuid::Uuid>| Pick::of(pick);
    let conditions = [
        outcome(query.outcome),
        query.owner.map(|owner| picked(D::OwnerId, id(owner.value().map(|id| id.0)))),
        query.team.map(|team| picked(D::TeamId, id(team.value().map(|id| id.0)))),
        query.closed_stage.map(|stage| picked(D::ClosedFromStageId, id(stage.value().map(|id| id.0)))),
        query.stage.map(|stage| D::StageId.eq(stage.0)),
        query.pipeline.map(|pipeline| D::PipelineId.eq(pipeline.0)),
        query.health.map(|health| D::Health.eq(health)),
        query.min_value.map(|min| D::Value.gte(min)),
        query.max_value.map(|max| D::Value.lte(max)),
        query.no_value.then(|| D::Value.is_null()),
        query.currency.as_ref().map(|currency| D::Currency.eq(currency.code())),
        query.source.as_deref().map(|source| D::Source.eq(source)),
        query.reason.as_ref().map(|reason| written(D::LossReason, reason)),
        query.competitor.as_ref().map(|competitor| written(D::Competitor, competitor)),
        (query.undated || query.closed_from.is_some() || query.closed_to.is_some()).then(|| D::Outcome.ne(Outcome::Open)),
        query.undated.then(|| D::ClosedAt.is_null()),
        query.closed_from.map(|day| D::ClosedAt.gte(begins(day))),
        query.closed_to.and_then(|day| day.checked_add_days(Days::new(1))).map(|day| D::ClosedAt.lt(begins(day))),
    ];
    let condition = conditions.into_iter().flatten().fold(scope.condition(), Condition::add);
    match &query.text {
        Some(text) => condition.add(contains_text(text)),
        None => condition,
    }
}

fn outcome(filter: OutcomeFilter) -> Option<SimpleExpr> {
    match filter {
        OutcomeFilter::All => None,
        OutcomeFilter::Closed => Some(deal::Column::Outcome.ne(Outcome::Open)),
        OutcomeFilter::Only(outcome) => Some(deal::Column::Outcome.eq(outcome)),
    }
}

/// The column holds the value, or nothing.
fn picked(column: deal::Column, pick: Pick<impl Into<Value>>) -> SimpleExpr {
    match pick {
        Pick::Only(value) => column.eq(value),
        Pick::Missing => column.is_null(),
    }
}

/// The same of a text, of which an empty one is none.
fn written(column: deal::Column, pick: &Pick<String>) -> SimpleExpr {
    match pick {
        Pick::Only(text) => column.eq(text.as_str()),
        Pick::Missing => column.is_null().or(column.eq("")),
    }
}

/// When a day begins; days that no database knows are taken for the first and the last that all do.
fn begins(day: NaiveDate) -> Instant {
    let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default();
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default();
    day_start(day.clamp(first, last))
}

/// Title, description or account's name contains `text`, in any case.
fn contains_text(text: &str) -> Condition {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let pattern = LikeExpr::new(format!("%{escaped}%")).escape('\\');
    let like = |column: SimpleExpr| Expr::expr(Func::lower(column)).like(pattern.clone());
    let accounts = Query::select()
        .column(account::Column::Id)
        .from(account::Entity)
        .and_where(like(Expr::col((account::Entity, account::Column::Name))))
        .to_owned();
    Condition::any()
        .add(like(Expr::col((deal::Entity, deal::Column::Title))))
        .add(like(Expr::col((deal::Entity, deal::Column::Description))))
        .add(deal::Column::AccountId.in_subquery(accounts))
}
