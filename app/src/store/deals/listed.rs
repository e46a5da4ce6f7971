//! The deal list: which deals, in which order, with the names of what they refer to.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, Order, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
    Select,
    sea_query::{NullOrdering, SimpleExpr},
};
use uuid::Uuid;

use super::filter::matching;
use crate::{
    domain::{
        Instant,
        deals::{DealQuery, DealSort, Outcome, PAGE_SIZE},
        ids::{DealId, UserId},
        input,
        money::{Currency, Money},
        probability::Probability,
        risk::Health,
    },
    store::{
        Scope, StoreError,
        entity::{account, deal, stage, user},
    },
    views::{deals::DealRow, scoring::ScoreSummary},
};

/// The order of the list; deals without the sorted value come last, and the id breaks ties.
fn ordered(select: Select<deal::Entity>, query: &DealQuery) -> Select<deal::Entity> {
    let order = if query.descending { Order::Desc } else { Order::Asc };
    let sorted = match query.sort {
        DealSort::RevenueAtRisk => select.order_by_with_nulls(deal::Column::RevenueAtRisk, order.clone(), NullOrdering::Last),
        DealSort::Title => select.order_by(deal::Column::Title, order.clone()),
        DealSort::Value => select.order_by_with_nulls(deal::Column::Value, order.clone(), NullOrdering::Last),
        DealSort::ExpectedClose => select.order_by_with_nulls(deal::Column::ExpectedClose, order.clone(), NullOrdering::Last),
        DealSort::Probability => select.order_by_with_nulls(deal::Column::WinProbability, order.clone(), NullOrdering::Last),
        DealSort::Account => select.join(JoinType::LeftJoin, deal::Relation::Account.def()).order_by_with_nulls(
            account::Column::Name,
            order.clone(),
            NullOrdering::Last,
        ),
        DealSort::Owner => select.join(JoinType::LeftJoin, deal::Relation::User.def()).order_by_with_nulls(
            user::Column::Name,
            order.clone(),
            NullOrdering::Last,
        ),
        DealSort::Stage => select.join(JoinType::LeftJoin, deal::Relation::Stage.def()).order_by_with_nulls(
            stage::Column::Position,
            order.clone(),
            NullOrdering::Last,
        ),
        DealSort::Health => select.order_by_with_nulls(severity(), order.clone(), NullOrdering::Last),
    };
    sorted.order_by(deal::Column::Id, order)
}

/// Health as a number, 0 the best; null where there is none.
fn severity() -> SimpleExpr {
    let mut case = sea_orm::sea_query::CaseStatement::new();
    for (rank, health) in (0..).zip(Health::ALL) {
        case = case.case(deal::Column::Health.eq(health), rank);
    }
    case.into()
}

/// A page of the list. First the ids, from indexes alone where they serve; then those rows with their names.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, query: &DealQuery) -> Result<Vec<DealRow>, StoreError> {
    let ids: Vec<Uuid> = ids(db, scope, query, PAGE_SIZE).await?.into_iter().map(|id| id.0).collect();
    let mut rows = rows_by_id(db, &ids).await?;
    Ok(ids.iter().filter_map(|id| rows.remove(id)).map(|(row, _)| row).collect())
}

/// Ids of the deals that match, in the list's order: the query's page, of `page_size` deals.
pub async fn ids(db: &impl ConnectionTrait, scope: &Scope, query: &DealQuery, page_size: u64) -> Result<Vec<DealId>, StoreError> {
    let page = ordered(deal::Entity::find().select_only().column(deal::Column::Id).filter(matching(scope, query)), query)
        .limit(page_size)
        .offset(input::offset(query.page, page_size));
    let ids: Vec<Uuid> = page.into_tuple().all(db).await?;
    Ok(ids.into_iter().map(DealId).collect())
}

#[derive(FromQueryResult)]
struct ListRow {
    id: Uuid,
    title: String,
    account: Option<String>,
    owner: Option<String>,
    owner_id: Option<Uuid>,
    stage: Option<String>,
    value: Option<Decimal>,
    currency: Currency,
    expected_close: Option<NaiveDate>,
    closed_at: Option<Instant>,
    outcome: Outcome,
    loss_reason: Option<String>,
    win_probability: Option<f64>,
    win_low: Option<f64>,
    win_high: Option<f64>,
    health: Option<Health>,
    revenue_at_risk: Option<Decimal>,
    main_reason: Option<String>,
}

async fn list_rows(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<ListRow>, StoreError> {
    use deal::Column as D;
    Ok(deal::Entity::find()
        .select_only()
        .columns([D::Id, D::Title, D::OwnerId, D::Value, D::Currency, D::ExpectedClose, D::ClosedAt, D::Outcome, D::LossReason])
        .columns([D::WinProbability, D::WinLow, D::WinHigh, D::Health, D::RevenueAtRisk, D::MainReason])
        .column_as(account::Column::Name, "account")
        .column_as(user::Column::Name, "owner")
        .column_as(stage::Column::Name, "stage")
        .join(JoinType::LeftJoin, deal::Relation::Account.def())
        .join(JoinType::LeftJoin, deal::Relation::User.def())
        .join(JoinType::LeftJoin, deal::Relation::Stage.def())
        .filter(deal::Column::Id.is_in(ids.iter().copied()))
        .into_model()
        .all(db)
        .await?)
}

/// Rows of the list by id, each with its loss reason.
async fn rows_by_id(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, (DealRow, Option<String>)>, StoreError> {
    list_rows(db, ids)
        .await?
        .into_iter()
        .map(|row| {
            let health = row.health;
            let score = match (row.win_probability, row.win_low, row.win_high, health) {
                (Some(probability), Some(low), Some(high), Some(health)) => Some(ScoreSummary {
                    probability: Probability::saturating(probability),
                    low: Probability::saturating(low),
                    high: Probability::saturating(high),
                    health,
                    main_reason: row.main_reason,
                    trend: Vec::new(),
                    revenue_at_risk: row.revenue_at_risk.map(|value| Money::new(value, row.currency.clone())),
                }),
                _ => None,
            };
            let listed = DealRow {
                id: DealId(row.id),
                title: row.title,
                account: row.account,
                owner: row.owner,
                owner_id: row.owner_id.map(UserId),
                stage: row.stage,
                value: row.value.map(|value| Money::new(value, row.currency.clone())),
                expected_close: row.expected_close,
                closed_at: row.closed_at,
                outcome: row.outcome,
                score,
                may_close: false,
            };
            Ok((row.id, (listed, row.loss_reason)))
        })
        .collect()
}

/// Rows of deals in scope by id, each with its loss reason, for tables that already know which deals they show.
pub async fn rows(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[DealId],
) -> Result<HashMap<DealId, (DealRow, Option<String>)>, StoreError> {
    let visible: Vec<Uuid> = deal::Entity::find()
        .select_only()
        .column(deal::Column::Id)
        .filter(scope.condition())
        .filter(deal::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows_by_id(db, &visible).await?.into_iter().map(|(id, row)| (DealId(id), row)).collect())
}
