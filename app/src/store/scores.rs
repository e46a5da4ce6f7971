//! Scores: every run is kept as history, and its newest values are copied onto the deals.

use rust_decimal::Decimal;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use uuid::Uuid;

use super::{INSERT_ROWS, StoreError, entity::score, known};
use crate::domain::{DealId, Health, Instant, Probability, Reason, Score, ScoreBasis};

/// A deal's new score, and what it puts at risk.
#[derive(Debug, Clone)]
pub struct NewScore {
    pub deal: DealId,
    pub score: Score,
    pub revenue_at_risk: Option<Decimal>,
}

/// Adds the scores of one run to the history.
pub async fn insert(db: &impl ConnectionTrait, run: Uuid, scores: &[NewScore]) -> Result<(), StoreError> {
    for some in scores.chunks(INSERT_ROWS) {
        let rows = some.iter().map(|new| score::ActiveModel {
            id: Set(Uuid::now_v7()),
            deal_id: Set(new.deal.0),
            run_id: Set(run),
            at: Set(new.score.at),
            basis: Set(new.score.basis.as_str().into()),
            model_version: Set(new.score.model_version),
            probability: Set(new.score.probability.get()),
            low: Set(new.score.low.get()),
            high: Set(new.score.high.get()),
            health: Set(new.score.health.as_str().into()),
            revenue_at_risk: Set(new.revenue_at_risk),
            reasons: Set(serde_json::to_value(&new.score.reasons).unwrap_or_default()),
        });
        score::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Copies a run's scores onto their deals, in one statement.
pub async fn copy_to_deals(db: &impl ConnectionTrait, run: Uuid) -> Result<(), StoreError> {
    let backend = db.get_database_backend();
    let (first_reason, parameter) = match backend {
        sea_orm::DbBackend::Postgres => ("s.reasons->0->>'text'", "$1"),
        _ => ("json_extract(s.reasons, '$[0].text')", "?"),
    };
    let sql = format!(
        "UPDATE deal SET win_probability = s.probability, win_low = s.low, win_high = s.high, health = s.health, \
         revenue_at_risk = s.revenue_at_risk, main_reason = {first_reason} \
         FROM score AS s WHERE s.deal_id = deal.id AND s.run_id = {parameter}"
    );
    db.execute_raw(Statement::from_sql_and_values(backend, sql, [run.into()])).await?;
    Ok(())
}

/// A deal's newest score, made at or before `until` if that is given.
pub async fn latest(
    db: &impl ConnectionTrait,
    deal: DealId,
    until: Option<Instant>,
) -> Result<Option<(Score, Option<Decimal>)>, StoreError> {
    let mut query = score::Entity::find().filter(score::Column::DealId.eq(deal.0)).order_by_desc(score::Column::At);
    if let Some(until) = until {
        query = query.filter(score::Column::At.lte(until));
    }
    let row = query.one(db).await?;
    row.map(|row| {
        let reasons: Vec<Reason> = serde_json::from_value(row.reasons).unwrap_or_default();
        let score = Score {
            at: row.at,
            probability: Probability::saturating(row.probability),
            low: Probability::saturating(row.low),
            high: Probability::saturating(row.high),
            health: known(Health::parse, "score.health", &row.health)?,
            basis: known(ScoreBasis::parse, "score.basis", &row.basis)?,
            model_version: row.model_version,
            reasons,
        };
        Ok((score, row.revenue_at_risk))
    })
    .transpose()
}

/// The probabilities that deals had at their newest score made at or before `at`.
pub async fn probabilities_at(db: &impl ConnectionTrait, at: Instant) -> Result<Vec<(DealId, f64)>, StoreError> {
    let rows: Vec<(Uuid, f64)> = score::Entity::find()
        .select_only()
        .column(score::Column::DealId)
        .column(score::Column::Probability)
        .filter(score::Column::At.lte(at))
        .order_by_asc(score::Column::At)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(deal, probability)| (DealId(deal), probability)).collect())
}
