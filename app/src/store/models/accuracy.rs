//! Scores as they were shown while their deals were open.

use std::collections::HashMap;

use rust_decimal::Decimal;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    Select,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    domain::{Instant, deals::Outcome, ids::DealId, money::Currency},
    store::{
        Scope, StoreError,
        entity::{challenger_test, deal, model, model_deployment, score},
    },
};

/// A score that people saw, or would have seen.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Shown {
    pub deal_id: Uuid,
    pub at: Instant,
    pub probability: f64,
    pub model_version: Option<i32>,
}

/// What was made while the deal was open, and not for a time before its model was trained.
fn without_hindsight() -> Condition {
    let made_at = || Expr::col((score::Entity, score::Column::At));
    let closed_at = Expr::col((deal::Entity, deal::Column::ClosedAt));
    let open_then = Condition::any().add(deal::Column::ClosedAt.is_null()).add(made_at().lt(closed_at));
    let trained_at = Expr::col((model::Entity, model::Column::TrainedAt));
    let by_then = Condition::any().add(score::Column::ModelVersion.is_null()).add(made_at().gte(trained_at));
    Condition::all().add(open_then).add(by_then)
}

/// Made by the stages' win rates, or by a model that had come into charge or under test by then. What a replay of the past made was seen
/// by nobody.
fn seen_by_people() -> Condition {
    let made_at = || Expr::col((score::Entity, score::Column::At));
    let version = || Expr::col((score::Entity, score::Column::ModelVersion));
    let in_charge = Query::select()
        .expr(Expr::val(1))
        .from(model_deployment::Entity)
        .and_where(Expr::col((model_deployment::Entity, model_deployment::Column::Version)).eq(version()))
        .and_where(Expr::col((model_deployment::Entity, model_deployment::Column::Since)).lte(made_at()))
        .to_owned();
    let under_test = Query::select()
        .expr(Expr::val(1))
        .from(challenger_test::Entity)
        .and_where(Expr::col((challenger_test::Entity, challenger_test::Column::Challenger)).eq(version()))
        .and_where(Expr::col((challenger_test::Entity, challenger_test::Column::BeganAt)).lte(made_at()))
        .to_owned();
    Condition::any().add(score::Column::ModelVersion.is_null()).add(Expr::exists(in_charge)).add(Expr::exists(under_test))
}

/// Whether any deal has a score made between these instants without hindsight, by a replay too.
pub async fn any_between(db: &impl ConnectionTrait, from: Instant, to: Instant) -> Result<bool, StoreError> {
    use score::Column as S;
    let found: Option<Uuid> = score::Entity::find()
        .select_only()
        .column(S::Id)
        .join(JoinType::InnerJoin, score::Entity::belongs_to(deal::Entity).from(S::DealId).to(deal::Column::Id).into())
        .join(JoinType::LeftJoin, score::Entity::belongs_to(model::Entity).from(S::ModelVersion).to(model::Column::Version).into())
        .filter(S::At.between(from, to))
        .filter(without_hindsight())
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// The newest score of a deal that people saw at an instant.
pub async fn shown_by(db: &impl ConnectionTrait, deal: DealId, at: Instant) -> Result<Option<Uuid>, StoreError> {
    use score::Column as S;
    Ok(score::Entity::find()
        .select_only()
        .column(S::Id)
        .join(JoinType::InnerJoin, score::Entity::belongs_to(deal::Entity).from(S::DealId).to(deal::Column::Id).into())
        .join(JoinType::LeftJoin, score::Entity::belongs_to(model::Entity).from(S::ModelVersion).to(model::Column::Version).into())
        .filter(S::DealId.eq(deal.0))
        .filter(S::At.lte(at))
        .filter(without_hindsight())
        .filter(seen_by_people())
        .order_by_desc(S::At)
        .order_by_desc(S::Id)
        .into_tuple()
        .one(db)
        .await?)
}

/// The scores of some deals made within a time, deal by deal, oldest first. What was made in hindsight is left out: after the close, or
/// for a time before the model was trained.
pub async fn shown(db: &impl ConnectionTrait, deals: &[Uuid], since: Instant, until: Instant) -> Result<Vec<Shown>, StoreError> {
    use score::Column as S;
    Ok(score::Entity::find()
        .select_only()
        .columns([S::DealId, S::At, S::Probability, S::ModelVersion])
        .join(JoinType::InnerJoin, score::Entity::belongs_to(deal::Entity).from(S::DealId).to(deal::Column::Id).into())
        .join(JoinType::LeftJoin, score::Entity::belongs_to(model::Entity).from(S::ModelVersion).to(model::Column::Version).into())
        .filter(S::DealId.is_in(deals.iter().copied()))
        .filter(S::At.between(since, until))
        .filter(without_hindsight())
        .order_by_asc(S::DealId)
        .order_by_asc(S::At)
        .order_by_asc(S::Id)
        .into_model()
        .all(db)
        .await?)
}

/// A deal as far as its end and its value matter.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Ended {
    pub id: Uuid,
    outcome: Outcome,
    pub closed_at: Option<Instant>,
    pub value: Option<Decimal>,
    pub currency: Currency,
    pub team_id: Option<Uuid>,
}

impl Ended {
    pub fn won(&self) -> bool {
        self.outcome == Outcome::Won
    }
}

fn ends() -> Select<deal::Entity> {
    use deal::Column as D;
    deal::Entity::find().select_only().columns([D::Id, D::Outcome, D::ClosedAt, D::Value, D::Currency, D::TeamId])
}

/// The deals in scope that closed within a time, in the order of their ids.
pub async fn ended_between(db: &impl ConnectionTrait, scope: &Scope, from: Instant, until: Instant) -> Result<Vec<Ended>, StoreError> {
    use deal::Column as D;
    let closed = ends().filter(scope.condition()).filter(D::Outcome.ne(Outcome::Open));
    Ok(closed.filter(D::ClosedAt.gte(from)).filter(D::ClosedAt.lt(until)).order_by_asc(D::Id).into_model().all(db).await?)
}

/// Some deals, open or not.
pub async fn ended(db: &impl ConnectionTrait, deals: &[Uuid]) -> Result<HashMap<Uuid, Ended>, StoreError> {
    let found: Vec<Ended> = ends().filter(deal::Column::Id.is_in(deals.iter().copied())).into_model().all(db).await?;
    Ok(found.into_iter().map(|deal| (deal.id, deal)).collect())
}

/// The deals in scope that were not closed before an instant and have a score made within a time, in the order of their ids.
pub async fn open_since(
    db: &impl ConnectionTrait,
    scope: &Scope,
    at: Instant,
    (since, until): (Instant, Instant),
) -> Result<Vec<DealId>, StoreError> {
    use deal::Column as D;
    let scored = Query::select()
        .expr(Expr::val(1))
        .from(score::Entity)
        .and_where(Expr::col((score::Entity, score::Column::DealId)).equals((deal::Entity, D::Id)))
        .and_where(Expr::col((score::Entity, score::Column::At)).between(since, until))
        .to_owned();
    let ids: Vec<Uuid> = deal::Entity::find()
        .select_only()
        .column(D::Id)
        .filter(scope.condition())
        .filter(Condition::any().add(D::ClosedAt.is_null()).add(D::ClosedAt.gte(at)))
        .filter(Expr::exists(scored))
        .order_by_asc(D::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(DealId).collect())
}
