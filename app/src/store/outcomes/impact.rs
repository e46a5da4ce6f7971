//! What came of flagged deals.

use rust_decimal::Decimal;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, Query, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    domain::{Instant, alerts::Priority, deals::Outcome, money::Currency},
    store::{
        Scope, StoreError,
        deals::history::EventKind,
        entity::{activity, alert, deal, deal_event},
        subquery,
    },
};

/// An urgent alert with its deal, and the first things that were done after it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct FlaggedAlert {
    pub deal_id: Uuid,
    pub raised_at: Instant,
    pub acknowledged_at: Option<Instant>,
    pub outcome: Outcome,
    pub closed_at: Option<Instant>,
    pub value: Option<Decimal>,
    pub currency: Currency,
    /// The first activity after it, and the first move of stage or close date.
    pub activity_at: Option<Instant>,
    pub change_at: Option<Instant>,
}

/// Before the deal was closed, if it was.
fn before_close(at: SimpleExpr) -> SimpleExpr {
    let closed_at = || Expr::col((deal::Entity, deal::Column::ClosedAt));
    closed_at().is_null().or(at.lt(closed_at()))
}

/// Alerts looked at, at most: the newest.
const MOST: u64 = 20_000;

/// How many alerts [`flagged`] looks at, or `most` if there are as many.
pub async fn count_flagged(
    db: &impl ConnectionTrait,
    scope: &Scope,
    at_least: Priority,
    since: Instant,
    most: u64,
) -> Result<u64, StoreError> {
    let flagged: Vec<Uuid> =
        alerts(scope, at_least, since).select_only().column(alert::Column::Id).limit(most).into_tuple().all(db).await?;
    Ok(flagged.len() as u64)
}

fn alerts(scope: &Scope, at_least: Priority, since: Instant) -> Select<alert::Entity> {
    use alert::Column as A;
    alert::Entity::find()
        .join(JoinType::InnerJoin, alert::Entity::belongs_to(deal::Entity).from(A::DealId).to(deal::Column::Id).into())
        .filter(scope.condition())
        .filter(A::Priority.gte(at_least.rank()))
        .filter(A::RaisedAt.gte(since))
}

/// Alerts of at least this priority on deals in scope, raised since, oldest first, with what was done about them until now: what is only
/// planned is not done. Of very many the newest.
pub async fn flagged(
    db: &impl ConnectionTrait,
    scope: &Scope,
    at_least: Priority,
    (since, now): (Instant, Instant),
) -> Result<Vec<FlaggedAlert>, StoreError> {
    use alert::Column as A;
    let raised_at = || Expr::col((alert::Entity, A::RaisedAt));
    let of_deal = || Expr::col((alert::Entity, A::DealId));
    let activity_at = Query::select()
        .expr(Expr::col((activity::Entity, activity::Column::At)).min())
        .from(activity::Entity)
        .and_where(Expr::col((activity::Entity, activity::Column::DealId)).eq(of_deal()))
        .and_where(Expr::col((activity::Entity, activity::Column::At)).gt(raised_at()))
        .and_where(Expr::col((activity::Entity, activity::Column::At)).lte(now))
        .and_where(before_close(Expr::col((activity::Entity, activity::Column::At))))
        .to_owned();
    let moved = [EventKind::Stage.into_str(), EventKind::CloseDate.into_str()];
    let change_at = Query::select()
        .expr(Expr::col((deal_event::Entity, deal_event::Column::At)).min())
        .from(deal_event::Entity)
        .and_where(Expr::col((deal_event::Entity, deal_event::Column::DealId)).eq(of_deal()))
        .and_where(Expr::col((deal_event::Entity, deal_event::Column::Kind)).is_in(moved))
        .and_where(Expr::col((deal_event::Entity, deal_event::Column::At)).gt(raised_at()))
        .and_where(before_close(Expr::col((deal_event::Entity, deal_event::Column::At))))
        .to_owned();
    let mut newest: Vec<FlaggedAlert> = alerts(scope, at_least, since)
        .select_only()
        .columns([A::DealId, A::RaisedAt, A::AcknowledgedAt])
        .columns([deal::Column::Outcome, deal::Column::ClosedAt, deal::Column::Value, deal::Column::Currency])
        .column_as(subquery(activity_at), "activity_at")
        .column_as(subquery(change_at), "change_at")
        .order_by_desc(A::RaisedAt)
        .limit(MOST)
        .into_model()
        .all(db)
        .await?;
    newest.reverse();
    Ok(newest)
}
