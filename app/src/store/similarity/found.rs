//! Similar deals as they are shown: their rows, and what all closed deals of the kind came to.

use std::collections::HashMap;

use rust_decimal::Decimal;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationTrait,
    sea_query::{Expr, ExprTrait, NullOrdering, Order, Query},
};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        deals::{DealQuery, Outcome},
        ids::DealId,
        money::Currency,
    },
    store::{
        Scope, StoreError,
        deals::filter::matching,
        entity::{account, deal, user},
    },
    views::similarity::BaseRate,
};

/// A deal with all that tells how it is like another.
#[derive(Debug, Clone, FromQueryResult)]
pub struct FoundDeal {
    pub id: Uuid,
    pub title: String,
    pub description: String,
    pub account: Option<String>,
    pub industry: Option<String>,
    pub owner: Option<String>,
    pub value: Option<Decimal>,
    pub currency: Currency,
    pub outcome: Outcome,
    pub stage_id: Option<Uuid>,
    pub created_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub loss_reason: Option<String>,
    pub custom: serde_json::Value,
}

/// These deals, as far as the scope sees them.
pub async fn deals(db: &impl ConnectionTrait, scope: &Scope, ids: &[DealId]) -> Result<HashMap<DealId, FoundDeal>, StoreError> {
    use deal::Column as D;
    let rows: Vec<FoundDeal> = deal::Entity::find()
        .select_only()
        .columns([D::Id, D::Title, D::Description, D::Value, D::Currency, D::Outcome, D::StageId, D::CreatedAt, D::ClosedAt])
        .columns([D::LossReason, D::Custom])
        .column_as(account::Column::Name, "account")
        .column_as(account::Column::Industry, "industry")
        .column_as(user::Column::Name, "owner")
        .join(JoinType::LeftJoin, deal::Relation::Account.def())
        .join(JoinType::LeftJoin, deal::Relation::User.def())
        .filter(scope.condition())
        .filter(D::Id.is_in(ids.iter().map(|id| id.0)))
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (DealId(row.id), row)).collect())
}

/// Closed deals that are looked at for the base rate, at most: the newest.
const MOST: u64 = 10_000;

/// Of the closed deals that match, the newest 10,000 at most: how many were won.
pub async fn base_rate(db: &impl ConnectionTrait, scope: &Scope, query: &DealQuery) -> Result<BaseRate, StoreError> {
    let newest = Query::select()
        .column((deal::Entity, deal::Column::Outcome))
        .from(deal::Entity)
        .cond_where(matching(scope, query))
        .and_where(Expr::col((deal::Entity, deal::Column::Outcome)).ne(Outcome::Open))
        .order_by_with_nulls((deal::Entity, deal::Column::ClosedAt), Order::Desc, NullOrdering::Last)
        .limit(MOST)
        .to_owned();
    let counts = Query::select()
        .expr_as(Expr::col(("newest", deal::Column::Outcome)), "outcome")
        .expr_as(Expr::col(("newest", deal::Column::Outcome)).count(), "deals")
        .from_subquery(newest, "newest")
        .group_by_col(("newest", deal::Column::Outcome))
        .to_owned();
    #[derive(FromQueryResult)]
    struct Row {
        outcome: Outcome,
        deals: i64,
    }
    let rows = Row::find_by_statement(db.get_database_backend().build(&counts)).all(db).await?;
    let of = |outcome| rows.iter().filter(|row| row.outcome == outcome).map(|row| row.deals.unsigned_abs()).sum::<u64>();
    Ok(BaseRate { won: of(Outcome::Won), closed: of(Outcome::Won) + of(Outcome::Lost) })
}
