//! What models said: of open deals side by side, and recorded at the close, to be judged.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    domain::{Instant, deals::Outcome, ids::DealId, probability::Probability},
    store::{
        IN_LIST, INSERT_ROWS, StoreError,
        entity::{deal, prediction, shadow_score},
        scoring::scores,
        statement,
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
/// and challenger said. Call it in the transaction that closes them. What is recorded already stays.
pub async fn record(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<(), StoreError> {
    for some in deals.chunks(IN_LIST) {
        let rows = deal::Entity::find()
            .filter(deal::Column::Id.is_in(some.iter().map(|deal| deal.0)))
            .filter(deal::Column::Outcome.ne(Outcome::Open.as_str()))
            .filter(deal::Column::ClosedAt.is_not_null())
            .all(db)
            .await?;
        let mut recorded = Vec::new();
        for row in rows {
            if let Some(closed_at) = row.closed_at {
                recorded.extend(of_deal(db, &row, closed_at).await?);
            }
        }
        for rows in recorded.chunks(INSERT_ROWS) {
            let stays = OnConflict::columns([prediction::Column::DealId, prediction::Column::ModelVersion]).do_nothing().to_owned();
            prediction::Entity::insert_many(rows.iter().cloned()).on_conflict(stays).exec_without_returning(db).await?;
        }
        let closed = shadow_score::Column::DealId.is_in(some.iter().map(|deal| deal.0));
        shadow_score::Entity::delete_many().filter(closed).exec(db).await?;
    }
    Ok(())
}

async fn of_deal(db: &impl ConnectionTrait, row: &deal::Model, closed_at: Instant) -> Result<Vec<prediction::ActiveModel>, StoreError> {
    let deal = DealId(row.id);
    let seen = scores::latest(db, deal, Some(closed_at)).await?.map(|stored| stored.score);
    let seen_model = seen.as_ref().map(|score| score.model_version.unwrap_or(STAGE_RATES));
    let recorded = |model: i32, at: Instant, probability: f64| prediction::ActiveModel {
        deal_id: Set(row.id),
        model_version: Set(model),
        live: Set(seen_model == Some(model)),
        at: Set(at),
        probability: Set(probability),
        won: Set(row.outcome == Outcome::Won.as_str()),
        closed_at: Set(closed_at),
    };
    let shadows = shadow_score::Entity::find()
        .filter(shadow_score::Column::DealId.eq(row.id))
        .filter(shadow_score::Column::At.lte(closed_at))
        .all(db)
        .await?;
    let live = seen.as_ref().zip(seen_model).map(|(score, model)| recorded(model, score.at, score.probability.get()));
    let others = shadows.iter().filter(|shadow| seen_model != Some(shadow.model_version));
    let others = others.map(|shadow| recorded(shadow.model_version, shadow.at, shadow.probability));
    Ok(live.into_iter().chain(others).collect())
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
pub async fn live_since(db: &impl ConnectionTrait, since: Instant) -> Result<Vec<prediction::Model>, StoreError> {
    Ok(prediction::Entity::find()
        .filter(prediction::Column::Live.eq(true))
        .filter(prediction::Column::ClosedAt.gte(since))
        .order_by_asc(prediction::Column::ClosedAt)
        .order_by_asc(prediction::Column::DealId)
        .all(db)
        .await?)
}
