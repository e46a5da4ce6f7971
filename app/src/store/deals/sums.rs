//! Counts and sums of deals, by currency.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QuerySelect,
    sea_query::{CaseStatement, Expr, Query, SimpleExpr},
};

use super::filter::matching;
use crate::{
    domain::{
        deals::{DealQuery, Outcome},
        money::Currency,
        risk::Health,
    },
    store::{Scope, StoreError, entity::deal},
};

/// Count and value of the deals that match, by currency.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Total {
    pub currency: Currency,
    pub deals: i64,
    pub value: Option<Decimal>,
}

/// Count and value of open deals of one health and currency; `health` is `None` for deals not scored yet.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct HealthSum {
    pub health: Option<Health>,
    pub currency: Currency,
    pub deals: i64,
    pub value: Option<Decimal>,
    pub expected: Option<f64>,
    pub revenue_at_risk: Option<Decimal>,
}

/// What the open deals that share an expected close date come to, by currency. Sums over the scored deals in the last two.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct ForecastSum {
    pub expected_close: Option<NaiveDate>,
    pub currency: Currency,
    pub deals: i64,
    pub value: Option<Decimal>,
    /// Of value × probability.
    pub expected: Option<f64>,
    /// Of value² × probability × (1 − probability).
    pub variance: Option<f64>,
}

/// Count and value of the deals that match, by currency.
pub async fn totals(db: &impl ConnectionTrait, scope: &Scope, query: &DealQuery) -> Result<Vec<Total>, StoreError> {
    Ok(deal::Entity::find()
        .select_only()
        .column(deal::Column::Currency)
        .column_as(Expr::col((deal::Entity, deal::Column::Id)).count(), "deals")
        .column_as(deal::Column::Value.sum(), "value")
        .filter(matching(scope, query))
        .group_by(deal::Column::Currency)
        .into_model()
        .all(db)
        .await?)
}

/// The same of the first `most` deals that are found, so that a list of very many need not count them all.
pub async fn totals_of_some(db: &impl ConnectionTrait, scope: &Scope, query: &DealQuery, most: u64) -> Result<Vec<Total>, StoreError> {
    let some = Query::select()
        .columns([deal::Column::Currency, deal::Column::Value])
        .from(deal::Entity)
        .cond_where(matching(scope, query))
        .limit(most)
        .to_owned();
    let of_some = |column: deal::Column| Expr::col(("some", column));
    let totals = Query::select()
        .expr_as(of_some(deal::Column::Currency), "currency")
        .expr_as(of_some(deal::Column::Currency).count(), "deals")
        .expr_as(of_some(deal::Column::Value).sum(), "value")
        .from_subquery(some, "some")
        .group_by_col(("some", deal::Column::Currency))
        .to_owned();
    Ok(Total::find_by_statement(db.get_database_backend().build(&totals)).all(db).await?)
}

/// Open deals by health and currency.
pub async fn open_by_health(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<HealthSum>, StoreError> {
    Ok(deal::Entity::find()
        .select_only()
        .column(deal::Column::Health)
        .column(deal::Column::Currency)
        .column_as(Expr::col((deal::Entity, deal::Column::Id)).count(), "deals")
        .column_as(deal::Column::Value.sum(), "value")
        .column_as(
            Expr::expr(Expr::col((deal::Entity, deal::Column::Value)).mul(Expr::col((deal::Entity, deal::Column::WinProbability))))
                .sum()
                .cast_as("double precision"),
            "expected",
        )
        .column_as(deal::Column::RevenueAtRisk.sum(), "revenue_at_risk")
        .filter(scope.condition())
        .filter(deal::Column::Outcome.eq(Outcome::Open))
        .group_by(deal::Column::Health)
        .group_by(deal::Column::Currency)
        .into_model()
        .all(db)
        .await?)
}

/// Open deals by expected close date.
pub async fn open_by_expected_close(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<ForecastSum>, StoreError> {
    let value = || Expr::col((deal::Entity, deal::Column::Value)).cast_as("double precision");
    let probability = || Expr::col((deal::Entity, deal::Column::WinProbability));
    let variance = value().mul(value()).mul(probability()).mul(Expr::val(1.0).sub(probability()));
    Ok(deal::Entity::find()
        .select_only()
        .columns([deal::Column::ExpectedClose, deal::Column::Currency])
        .column_as(Expr::col((deal::Entity, deal::Column::Id)).count(), "deals")
        .column_as(deal::Column::Value.sum(), "value")
        .column_as(Expr::expr(value().mul(probability())).sum(), "expected")
        .column_as(Expr::expr(variance).sum(), "variance")
        .filter(scope.condition())
        .filter(deal::Column::Outcome.eq(Outcome::Open))
        .group_by(deal::Column::ExpectedClose)
        .group_by(deal::Column::Currency)
        .into_model()
        .all(db)
        .await?)
}

/// Open deals that are scored, by the tenth that their win probability lies in: 0 up to a tenth, 9 from nine tenths on.
pub async fn open_by_tenth(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<(i32, u64)>, StoreError> {
    let mut tenth = CaseStatement::new();
    for upper in 1..10 {
        tenth = tenth.case(deal::Column::WinProbability.lt(f64::from(upper) / 10.0), upper - 1);
    }
    let tenth: SimpleExpr = tenth.finally(9).into();
    let rows: Vec<(i32, i64)> = deal::Entity::find()
        .select_only()
        .column_as(tenth, "tenth")
        .column_as(Expr::col((deal::Entity, deal::Column::Id)).count(), "deals")
        .filter(scope.condition())
        .filter(deal::Column::Outcome.eq(Outcome::Open))
        .filter(deal::Column::WinProbability.is_not_null())
        .group_by(Expr::cust("1"))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(tenth, deals)| (tenth, deals.unsigned_abs())).collect())
}
