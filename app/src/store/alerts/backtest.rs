//! What a backtest of the alert rules looks at: closed deals, whose they were, and their scores while they were open.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        deals::Outcome,
        ids::{DealId, PipelineId},
        probability::Probability,
        scoring::ScorePoint,
    },
    store::{
        StoreError,
        deals::history::DealBatch,
        entity::{activity, deal},
        statement,
    },
};

fn dated() -> Condition {
    Condition::all()
        .add(deal::Column::Outcome.ne(Outcome::Open))
        .add(deal::Column::CreatedAt.is_not_null())
        .add(deal::Column::ClosedAt.is_not_null())
}

/// How many closed deals have a dated life.
pub async fn closed_dated(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(deal::Entity::find().filter(dated()).count(db).await?)
}

/// The closed deals whose life is dated, with their pipelines, the newest close first; at most so many.
pub async fn closed_deals(db: &impl ConnectionTrait, most: u64) -> Result<Vec<(DealId, PipelineId)>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = deal::Entity::find()
        .select_only()
        .columns([deal::Column::Id, deal::Column::PipelineId])
        .filter(dated())
        .order_by_desc(deal::Column::ClosedAt)
        .order_by_asc(deal::Column::Id)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(deal, pipeline)| (DealId(deal), PipelineId(pipeline))).collect())
}

/// The pipelines in which closed deals have activities.
pub async fn pipelines_with_activities(db: &impl ConnectionTrait) -> Result<HashSet<PipelineId>, StoreError> {
    let of_deal = Query::select()
        .expr(Expr::val(1))
        .from(activity::Entity)
        .and_where(Expr::col((activity::Entity, activity::Column::DealId)).equals((deal::Entity, deal::Column::Id)))
        .to_owned();
    let rows: Vec<Uuid> = deal::Entity::find()
        .select_only()
        .column(deal::Column::PipelineId)
        .distinct()
        .filter(deal::Column::Outcome.ne(Outcome::Open))
        .filter(Expr::exists(of_deal))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(PipelineId).collect())
}

#[derive(FromQueryResult)]
struct ScoreRow {
    deal_id: Uuid,
    at: Instant,
    probability: f64,
}

/// The model's scores of some closed deals that were made while they were open, oldest first.
pub async fn scores_while_open(db: &impl ConnectionTrait, batch: DealBatch<'_>) -> Result<HashMap<DealId, Vec<ScorePoint>>, StoreError> {
    let deals = vec!["?"; batch.len()].join(", ");
    let rows = ScoreRow::find_by_statement(statement(
        db.get_database_backend(),
        &format!(
            "SELECT s.deal_id, s.at, s.probability FROM score s JOIN deal d ON d.id = s.deal_id \
             WHERE s.deal_id IN ({deals}) AND d.outcome <> 'open' AND s.basis = 'model' AND s.at < d.closed_at \
             ORDER BY s.deal_id, s.at, s.id"
        ),
        batch.ids().map(Into::into),
    ))
    .all(db)
    .await?;
    let mut by_deal: HashMap<DealId, Vec<ScorePoint>> = HashMap::new();
    for row in rows {
        by_deal
            .entry(DealId(row.deal_id))
            .or_default()
            .push(ScorePoint { at: row.at, probability: Probability::saturating(row.probability) });
    }
    Ok(by_deal)
}
