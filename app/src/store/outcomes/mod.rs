//! Closed deals as the win/loss analysis looks at them.

pub mod closing;
pub mod impact;

use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Scope, StoreError, deals::money, entity::deal};
use crate::{
    domain::{
        Instant,
        deals::{DealQuery, Outcome},
        ids::{DealId, PipelineId, StageId, TeamId, UserId},
        money::Currency,
        outcomes::ClosedDeal,
    },
    store::deals::filter::matching,
};

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    outcome: Outcome,
    value: Option<Decimal>,
    currency: String,
    created_at: Option<Instant>,
    closed_at: Option<Instant>,
    loss_reason: Option<String>,
    competitor: Option<String>,
    owner_id: Option<Uuid>,
    team_id: Option<Uuid>,
    closed_from_stage_id: Option<Uuid>,
    source: String,
    pipeline_id: Uuid,
}

/// The closed deals that the deal list would show for `query`, on all its pages, the newest close first.
pub async fn closed(db: &impl ConnectionTrait, scope: &Scope, query: &DealQuery) -> Result<Vec<ClosedDeal>, StoreError> {
    use deal::Column as D;
    let rows: Vec<Row> = deal::Entity::find()
        .select_only()
        .columns([D::Id, D::Outcome, D::Value, D::Currency, D::CreatedAt, D::ClosedAt, D::LossReason, D::Competitor])
        .columns([D::OwnerId, D::TeamId, D::ClosedFromStageId, D::Source, D::PipelineId])
        .filter(matching(scope, query))
        .filter(D::Outcome.ne(Outcome::Open))
        .order_by_with_nulls(D::ClosedAt, sea_orm::Order::Desc, sea_orm::sea_query::NullOrdering::Last)
        .order_by_desc(D::Id)
        .into_model()
        .all(db)
        .await?;
    rows.into_iter().map(closed_deal).collect()
}

fn closed_deal(row: Row) -> Result<ClosedDeal, StoreError> {
    // An empty text says nothing.
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(ClosedDeal {
        id: DealId(row.id),
        won: row.outcome == Outcome::Won,
        value: row.value.map(|value| money(value, &row.currency)),
        currency: Currency::new(&row.currency).unwrap_or_default(),
        created_at: row.created_at,
        closed_at: row.closed_at,
        loss_reason: said(row.loss_reason),
        competitor: said(row.competitor),
        owner: row.owner_id.map(UserId),
        team: row.team_id.map(TeamId),
        closed_from: row.closed_from_stage_id.map(StageId),
        source: row.source,
        pipeline: PipelineId(row.pipeline_id),
    })
}
