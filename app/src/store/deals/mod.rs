//! Deals as people see them: the list, one deal, totals, and recording an outcome.

pub mod filter;
pub mod history;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Select,
    sea_query::{Expr, NullOrdering, Query, SimpleExpr},
};
use uuid::Uuid;

use super::{
    IN_LIST, Scope, StoreError,
    entity::{account, custom_field, deal, pipeline, stage, team, user},
};
use crate::{
    domain::{
        Instant,
        deals::{CustomField, DealQuery, DealSort, Outcome, PAGE_SIZE, Stage},
        ids::{DealId, PipelineId, StageId, TeamId, UserId},
        input,
        money::{Currency, Money},
        probability::Probability,
        risk::Health,
    },
    store::{deals::filter::matching, summaries},
    views::{
        deals::{Choice, DealRow},
        scoring::ScoreSummary,
    },
};

/// Count and value of the deals that match, by currency.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Total {
    pub currency: String,
    pub deals: i64,
    pub value: Option<Decimal>,
}

/// Count and value of open deals of one health and currency; `health` is `None` for deals not scored yet.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct HealthSum {
    pub health: Option<Health>,
    pub currency: String,
    pub deals: i64,
    pub value: Option<Decimal>,
    pub expected: Option<f64>,
    pub revenue_at_risk: Option<Decimal>,
}

/// Everything the deal page shows of the deal's row, names looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct DealDetail {
    pub row: deal::Model,
    pub outcome: Outcome,
    pub account: Option<account::Model>,
    pub owner: Option<String>,
    pub team: Option<String>,
    pub pipeline: Option<String>,
    /// The pipeline's stages in order.
    pub stages: Vec<Stage>,
}

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
    currency: String,
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

/// An amount in a stored currency.
pub fn money(value: Decimal, currency: &str) -> Money {
    Money::new(value, Currency::new(currency).unwrap_or_default())
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
                    revenue_at_risk: row.revenue_at_risk.map(|value| money(value, &row.currency)),
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
                value: row.value.map(|value| money(value, &row.currency)),
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

/// What the open deals that share an expected close date come to, by currency. Sums over the scored deals in the last two.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct ForecastSum {
    pub expected_close: Option<NaiveDate>,
    pub currency: String,
    pub deals: i64,
    pub value: Option<Decimal>,
    /// Of value × probability.
    pub expected: Option<f64>,
    /// Of value² × probability × (1 − probability).
    pub variance: Option<f64>,
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

/// Win probabilities of the open deals that are scored.
pub async fn open_probabilities(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<f64>, StoreError> {
    Ok(deal::Entity::find()
        .select_only()
        .column(deal::Column::WinProbability)
        .filter(scope.condition())
        .filter(deal::Column::Outcome.eq(Outcome::Open))
        .filter(deal::Column::WinProbability.is_not_null())
        .into_tuple()
        .all(db)
        .await?)
}

/// Owners of deals in scope, by name.
pub async fn owners(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<Choice<UserId>>, StoreError> {
    let owning = Query::select().distinct().column(deal::Column::OwnerId).from(deal::Entity).cond_where(scope.condition()).to_owned();
    let rows: Vec<(Uuid, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Name])
        .filter(user::Column::Id.in_subquery(owning))
        .order_by_asc(user::Column::Name)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, label)| Choice { id: UserId(id), label }).collect())
}

/// All stages, by pipeline and position; the pipeline's name stands before them where there are several.
pub async fn stage_choices(db: &impl ConnectionTrait) -> Result<Vec<Choice<StageId>>, StoreError> {
    let pipelines = pipeline::Entity::find().order_by_asc(pipeline::Column::Name).all(db).await?;
    let stages = stage::Entity::find().order_by_asc(stage::Column::Position).all(db).await?;
    Ok(pipelines
        .iter()
        .flat_map(|pipeline| stages.iter().filter(|stage| stage.pipeline_id == pipeline.id).map(move |stage| (pipeline, stage)))
        .map(|(pipeline, stage)| Choice {
            id: StageId(stage.id),
            label: if pipelines.len() > 1 { format!("{}: {}", pipeline.name, stage.name) } else { stage.name.clone() },
        })
        .collect())
}

/// All stages of all pipelines.
pub async fn stages(db: &impl ConnectionTrait) -> Result<Vec<(Uuid, Stage)>, StoreError> {
    stage::Entity::find()
        .order_by_asc(stage::Column::PipelineId)
        .order_by_asc(stage::Column::Position)
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            let kind = row.kind;
            let default_probability = row.default_probability.map(Probability::saturating);
            Ok((row.pipeline_id, Stage { id: StageId(row.id), name: row.name, position: row.position, kind, default_probability }))
        })
        .collect()
}

/// The custom fields in their order.
pub async fn custom_fields(db: &impl ConnectionTrait) -> Result<Vec<CustomField>, StoreError> {
    custom_field::Entity::find()
        .order_by_asc(custom_field::Column::Position)
        .all(db)
        .await?
        .into_iter()
        .map(|row| Ok(CustomField { kind: row.kind, key: row.key, in_model: row.in_model }))
        .collect()
}

/// Switches whether models may learn from a custom field; tells whether there is such a field.
pub async fn switch_custom_field(db: &impl ConnectionTrait, key: &str, in_model: bool) -> Result<bool, StoreError> {
    let updated = custom_field::Entity::update_many()
        .col_expr(custom_field::Column::InModel, Expr::value(in_model))
        .filter(custom_field::Column::Key.eq(key))
        .exec(db)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// One deal in scope.
pub async fn find(db: &impl ConnectionTrait, scope: &Scope, id: DealId) -> Result<Option<DealDetail>, StoreError> {
    let Some(row) = deal::Entity::find_by_id(id.0).filter(scope.condition()).one(db).await? else { return Ok(None) };
    let account = match row.account_id {
        Some(id) => account::Entity::find_by_id(id).one(db).await?,
        None => None,
    };
    let owner = match row.owner_id {
        Some(id) => user::Entity::find_by_id(id).one(db).await?.map(|user| user.name),
        None => None,
    };
    let team = match row.team_id {
        Some(id) => team::Entity::find_by_id(id).one(db).await?.map(|team| team.name),
        None => None,
    };
    let pipeline = pipeline::Entity::find_by_id(row.pipeline_id).one(db).await?.map(|pipeline| pipeline.name);
    let stages = stages(db).await?.into_iter().filter(|(of, _)| *of == row.pipeline_id).map(|(_, stage)| stage).collect();
    let outcome = row.outcome;
    Ok(Some(DealDetail { row, outcome, account, owner, team, pipeline, stages }))
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

/// Which of these deals are open.
pub async fn open_among(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = DealId>) -> Result<HashSet<DealId>, StoreError> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    let mut open = HashSet::with_capacity(ids.len());
    for some in ids.chunks(IN_LIST) {
        let found: Vec<Uuid> = deal::Entity::find()
            .select_only()
            .column(deal::Column::Id)
            .filter(deal::Column::Outcome.eq(Outcome::Open))
            .filter(deal::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        open.extend(found.into_iter().map(DealId));
    }
    Ok(open)
}

/// Changes columns of an open deal if it still has `version`, and says that something new is known of it.
pub async fn change(db: &impl ConnectionTrait, id: DealId, version: i32, row: deal::ActiveModel) -> Result<(), StoreError> {
    let open = deal::Column::Outcome.eq(Outcome::Open);
    change_if(db, id, version, open, row).await
}

/// Opens a deal again that was `closed_at`, if it still has `version`; the row says what else becomes of it.
pub async fn reopen(
    db: &impl ConnectionTrait,
    (id, version): (DealId, i32),
    closed_at: Option<Instant>,
    row: deal::ActiveModel,
) -> Result<(), StoreError> {
    summaries::mark_closes(db, [closed_at]).await?;
    let row = deal::ActiveModel {
        outcome: Set(Outcome::Open),
        closed_at: Set(None),
        loss_reason: Set(None),
        competitor: Set(None),
        closed_from_stage_id: Set(None),
        ..row
    };
    let closed = deal::Column::Outcome.ne(Outcome::Open);
    change_if(db, id, version, closed, row).await
}

async fn change_if(
    db: &impl ConnectionTrait,
    id: DealId,
    version: i32,
    state: SimpleExpr,
    mut row: deal::ActiveModel,
) -> Result<(), StoreError> {
    row.version = Set(version + 1);
    let updated = deal::Entity::update_many()
        .set(row)
        .col_expr(deal::Column::Revision, Expr::col(deal::Column::Revision).add(1))
        .filter(deal::Column::Id.eq(id.0))
        .filter(deal::Column::Version.eq(version))
        .filter(state)
        .exec(db)
        .await?;
    if updated.rows_affected == 1 { Ok(()) } else { Err(StoreError::StaleVersion) }
}

/// What recording an outcome writes onto the deal.
#[derive(Debug, Clone)]
pub struct Closing {
    pub outcome: Outcome,
    pub stage: Option<StageId>,
    /// The open stage that it leaves.
    pub from: Option<StageId>,
    pub value: Option<Decimal>,
    pub loss_reason: Option<String>,
    pub competitor: Option<String>,
    pub notes: Option<String>,
    pub at: Instant,
}

/// Closes the deal if it still has `version`; its scores stay in the history but no longer rank it.
pub async fn close(db: &impl ConnectionTrait, id: DealId, version: i32, closing: Closing) -> Result<(), StoreError> {
    summaries::mark_closes(db, [Some(closing.at)]).await?;
    let mut row = deal::ActiveModel {
        outcome: Set(closing.outcome),
        closed_at: Set(Some(closing.at)),
        loss_reason: Set(closing.loss_reason),
        competitor: Set(closing.competitor),
        closed_from_stage_id: Set(closing.from.map(|stage| stage.0)),
        value: Set(closing.value),
        notes: Set(closing.notes),
        health: Set(None),
        revenue_at_risk: Set(None),
        ..Default::default()
    };
    if let Some(stage) = closing.stage {
        row.stage_id = Set(Some(stage.0));
    }
    change(db, id, version, row).await
}

/// All teams by name.
pub async fn teams(db: &impl ConnectionTrait) -> Result<Vec<Choice<TeamId>>, StoreError> {
    let rows = team::Entity::find().order_by_asc(team::Column::Name).all(db).await?;
    Ok(rows.into_iter().map(|row| Choice { id: TeamId(row.id), label: row.name }).collect())
}

/// All pipelines by name.
pub async fn pipelines(db: &impl ConnectionTrait) -> Result<Vec<(PipelineId, String)>, StoreError> {
    let rows = pipeline::Entity::find().order_by_asc(pipeline::Column::Name).all(db).await?;
    Ok(rows.into_iter().map(|row| (PipelineId(row.id), row.name)).collect())
}

/// Deals that closed after an instant, or at all.
pub async fn closed_since(db: &impl ConnectionTrait, since: Option<Instant>) -> Result<u64, StoreError> {
    let mut closed = deal::Entity::find().filter(deal::Column::Outcome.ne(Outcome::Open));
    if let Some(since) = since {
        closed = closed.filter(deal::Column::ClosedAt.gt(since));
    }
    Ok(closed.count(db).await?)
}

/// All pipelines by name, to choose from.
pub async fn pipeline_choices(db: &impl ConnectionTrait) -> Result<Vec<Choice<PipelineId>>, StoreError> {
    Ok(pipelines(db).await?.into_iter().map(|(id, label)| Choice { id, label }).collect())
}
