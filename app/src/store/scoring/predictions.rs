//! What models said: of open deals side by side, and recorded at the close, to be judged.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, Order, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    domain::{Instant, deals::Outcome, ids::DealId, models::JudgedPrediction, probability::Probability},
    store::{
        IN_LIST, INSERT_ROWS, StoreError,
        entity::{deal, prediction, score, shadow_score},
        statement, subquery,
    },
};

/// Stands for the stages' win rates where a model's version is asked for.
pub const STAGE_RATES: i32 = 0;

/// What a model says of a deal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shadow {
    pub deal: DealId,
    pub model: i32,
    pub probability: Probability,
}

/// Keeps what champion and challenger say of open deals, in place of what they said before.
pub async fn keep_shadows(db: &impl ConnectionTrait, shadows: &[Shadow], now: Instant) -> Result<(), StoreError> {
    for some in shadows.chunks(INSERT_ROWS) {
        let rows = some.iter().map(|shadow| shadow_score::ActiveModel {
            deal_id: Set(shadow.deal.0),
            model_version: Set(shadow.model),
            at: Set(now),
            probability: Set(shadow.probability.get()),
        });
        let replace = OnConflict::columns([shadow_score::Column::DealId, shadow_score::Column::ModelVersion])
            .update_columns([shadow_score::Column::At, shadow_score::Column::Probability])
            .to_owned();
        shadow_score::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Forgets what models say that are neither champion nor challenger any more.
pub async fn forget_shadows_but(db: &impl ConnectionTrait, models: &[i32]) -> Result<(), StoreError> {
    let others = shadow_score::Column::ModelVersion.is_not_in(models.iter().copied());
    shadow_score::Entity::delete_many().filter(others).exec(db).await?;
    Ok(())
}

/// Records what was said of deals that are closed now: the last score that people saw before the close, and beside it what champion
/// and challenger said. Call it in the transaction that closes them. What is recorded already stays. A few statements for
/// [`IN_LIST`] deals, however many of them there are.
pub async fn record(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<(), StoreError> {
    for some in deals.chunks(IN_LIST) {
        let rows: Vec<(Uuid, Outcome, Instant)> = deal::Entity::find()
            .select_only()
            .columns([deal::Column::Id, deal::Column::Outcome, deal::Column::ClosedAt])
            .filter(deal::Column::Id.is_in(some.iter().map(|deal| deal.0)))
            .filter(deal::Column::Outcome.ne(Outcome::Open))
            .filter(deal::Column::ClosedAt.is_not_null())
            .into_tuple()
            .all(db)
            .await?;
        let seen = seen_before_close(db, some).await?;
        let mut shadows = shadows_of(db, some).await?;
        let recorded: Vec<prediction::ActiveModel> = rows
            .into_iter()
            .flat_map(|(id, outcome, closed_at)| {
                let close = Close { deal: id, won: outcome == Outcome::Won, at: closed_at };
                close.predictions(seen.get(&id), shadows.remove(&id).unwrap_or_default())
            })
            .collect();
        for rows in recorded.chunks(INSERT_ROWS) {
            let stays = OnConflict::columns([prediction::Column::DealId, prediction::Column::ModelVersion]).do_nothing().to_owned();
            prediction::Entity::insert_many(rows.iter().cloned()).on_conflict(stays).exec_without_returning(db).await?;
        }
        let closed = shadow_score::Column::DealId.is_in(some.iter().map(|deal| deal.0));
        shadow_score::Entity::delete_many().filter(closed).exec(db).await?;
    }
    Ok(())
}

/// Corrects what was recorded of deals whose close is told otherwise now: what was said of them is held against what they came to, and what
/// was said after the close was hindsight.
pub async fn correct(tx: &impl ConnectionTrait, deals: &[DealId]) -> Result<(), StoreError> {
    use prediction::Column as P;
    let own = |column: P| Expr::col((prediction::Entity, column));
    for some in deals.chunks(IN_LIST) {
        let ids: Vec<Uuid> = some.iter().map(|deal| deal.0).collect();
        let of_deal = |column: deal::Column| {
            let same = Expr::col((deal::Entity, deal::Column::Id)).equals((prediction::Entity, P::DealId));
            subquery(Query::select().column((deal::Entity, column)).from(deal::Entity).and_where(same).to_owned())
        };
        let hindsight = of_deal(deal::Column::ClosedAt).is_null().or(own(P::At).gt(of_deal(deal::Column::ClosedAt)));
        prediction::Entity::delete_many().filter(P::DealId.is_in(ids.iter().copied())).filter(hindsight).exec(tx).await?;
        prediction::Entity::update_many()
            .col_expr(P::Won, of_deal(deal::Column::Outcome).eq(Outcome::Won))
            .col_expr(P::ClosedAt, of_deal(deal::Column::ClosedAt))
            .filter(P::DealId.is_in(ids))
            .exec(tx)
            .await?;
    }
    record(tx, deals).await
}

/// What a model said, and when.
#[derive(Clone, Copy)]
struct Said {
    model: i32,
    at: Instant,
    probability: f64,
}

/// How a deal ended.
struct Close {
    deal: Uuid,
    won: bool,
    at: Instant,
}

impl Close {
    /// What people saw, and beside it what the other models had said by then.
    fn predictions(&self, seen: Option<&Said>, shadows: Vec<Said>) -> Vec<prediction::ActiveModel> {
        let others = shadows.into_iter().filter(|said| said.at <= self.at && seen.is_none_or(|seen| seen.model != said.model));
        let live = seen.map(|said| (*said, true));
        let row = |(said, live): (Said, bool)| prediction::ActiveModel {
            deal_id: Set(self.deal),
            model_version: Set(said.model),
            live: Set(live),
            at: Set(said.at),
            probability: Set(said.probability),
            won: Set(self.won),
            closed_at: Set(self.at),
        };
        live.into_iter().chain(others.map(|said| (said, false))).map(row).collect()
    }
}

/// The newest score of each of these deals that was made before it closed.
async fn seen_before_close(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<HashMap<Uuid, Said>, StoreError> {
    let earlier = |column: score::Column| Expr::col(("earlier", column));
    let newest = Query::select()
        .expr(earlier(score::Column::Id))
        .from_as(score::Entity, "earlier")
        .and_where(earlier(score::Column::DealId).equals((score::Entity, score::Column::DealId)))
        .and_where(earlier(score::Column::At).lte(Expr::col((deal::Entity, deal::Column::ClosedAt))))
        .order_by(("earlier", score::Column::At), Order::Desc)
        .order_by(("earlier", score::Column::Id), Order::Desc)
        .limit(1)
        .to_owned();
    let rows: Vec<(Uuid, Option<i32>, Instant, f64)> = score::Entity::find()
        .select_only()
        .columns([score::Column::DealId, score::Column::ModelVersion, score::Column::At, score::Column::Probability])
        .join(JoinType::InnerJoin, score::Entity::belongs_to(deal::Entity).from(score::Column::DealId).to(deal::Column::Id).into())
        .filter(score::Column::DealId.is_in(deals.iter().map(|deal| deal.0)))
        .filter(Expr::col((score::Entity, score::Column::Id)).eq(subquery(newest)))
        .into_tuple()
        .all(db)
        .await?;
    let said = |(deal, model, at, probability): (Uuid, Option<i32>, Instant, f64)| {
        (deal, Said { model: model.unwrap_or(STAGE_RATES), at, probability })
    };
    Ok(rows.into_iter().map(said).collect())
}

/// What champion and challenger said last of each of these deals.
async fn shadows_of(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<HashMap<Uuid, Vec<Said>>, StoreError> {
    let rows = shadow_score::Entity::find().filter(shadow_score::Column::DealId.is_in(deals.iter().map(|deal| deal.0))).all(db).await?;
    let mut said: HashMap<Uuid, Vec<Said>> = HashMap::new();
    for row in rows {
        said.entry(row.deal_id).or_default().push(Said { model: row.model_version, at: row.at, probability: row.probability });
    }
    Ok(said)
}

/// Forgets what was recorded of a deal: it is open again.
pub async fn discard(db: &impl ConnectionTrait, deal: DealId) -> Result<(), StoreError> {
    prediction::Entity::delete_many().filter(prediction::Column::DealId.eq(deal.0)).exec(db).await?;
    Ok(())
}

/// What two models said of a deal that was closed since.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Paired {
    pub deal_id: Uuid,
    pub closed_at: Instant,
    pub won: bool,
    pub champion: f64,
    pub challenger: f64,
}

/// The deals of which both said something before they closed, in the order in which they did.
pub async fn paired(db: &impl ConnectionTrait, champion: i32, challenger: i32) -> Result<Vec<Paired>, StoreError> {
    let sql = "SELECT a.deal_id, a.closed_at, a.won, a.probability AS champion, b.probability AS challenger \
               FROM prediction a JOIN prediction b ON b.deal_id = a.deal_id \
               WHERE a.model_version = ? AND b.model_version = ? ORDER BY a.closed_at, a.deal_id";
    let statement = statement(db.get_database_backend(), sql, [champion.into(), challenger.into()]);
    Ok(Paired::find_by_statement(statement).all(db).await?)
}

/// What a model said of the deals closed since an instant, live or in the shadow, in the order in which they closed.
pub async fn of_model_since(db: &impl ConnectionTrait, model: i32, since: Instant) -> Result<Vec<prediction::Model>, StoreError> {
    Ok(prediction::Entity::find()
        .filter(prediction::Column::ModelVersion.eq(model))
        .filter(prediction::Column::ClosedAt.gte(since))
        .order_by_asc(prediction::Column::ClosedAt)
        .order_by_asc(prediction::Column::DealId)
        .all(db)
        .await?)
}

/// What people saw of the deals closed since an instant, in the order in which they closed.
pub async fn live_since(db: &impl ConnectionTrait, since: Instant) -> Result<Vec<JudgedPrediction>, StoreError> {
    use prediction::Column as P;
    let rows: Vec<(Instant, f64, bool)> = of_live(since)
        .select_only()
        .columns([P::ClosedAt, P::Probability, P::Won])
        .order_by_asc(P::ClosedAt)
        .order_by_asc(P::DealId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(at, probability, won)| JudgedPrediction { at, probability, won }).collect())
}

/// How many those are, or `most` if there are as many.
pub async fn count_live(db: &impl ConnectionTrait, since: Instant, most: u64) -> Result<u64, StoreError> {
    let live: Vec<Uuid> = of_live(since).select_only().column(prediction::Column::DealId).limit(most).into_tuple().all(db).await?;
    Ok(live.len() as u64)
}

fn of_live(since: Instant) -> Select<prediction::Entity> {
    prediction::Entity::find().filter(prediction::Column::Live.eq(true)).filter(prediction::Column::ClosedAt.gte(since))
}
