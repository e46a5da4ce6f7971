//! Closed deals as the win/loss analysis looks at them.

pub mod closing;
pub mod comparison;
pub mod impact;

use std::collections::HashMap;

use futures::TryStreamExt;
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, StreamTrait};
use uuid::Uuid;

use super::{IN_LIST, Scope, StoreError, entity::deal};
use crate::{
    domain::{
        Instant,
        deals::{DealQuery, Outcome},
        ids::{DealId, PipelineId, StageId, TeamId, UserId},
        money::{Currency, Money},
        outcomes::ClosedDeal,
    },
    store::deals::filter::matching,
};

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    outcome: Outcome,
    value: Option<Decimal>,
    currency: Currency,
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

/// Gives each closed deal that the deal list would show for `query`, on all its pages, to `each`; however many they are, few are in
/// memory at a time.
pub async fn each_closed(
    db: &(impl ConnectionTrait + StreamTrait),
    scope: &Scope,
    query: &DealQuery,
    mut each: impl FnMut(ClosedDeal),
) -> Result<(), StoreError> {
    use deal::Column as D;
    let mut rows = deal::Entity::find()
        .select_only()
        .columns([D::Id, D::Outcome, D::Value, D::Currency, D::CreatedAt, D::ClosedAt, D::LossReason, D::Competitor])
        .columns([D::OwnerId, D::TeamId, D::ClosedFromStageId, D::Source, D::PipelineId])
        .filter(matching(scope, query))
        .filter(D::Outcome.ne(Outcome::Open))
        .into_model::<Row>()
        .stream(db)
        .await?;
    while let Some(row) = rows.try_next().await? {
        each(closed_deal(row)?);
    }
    Ok(())
}

/// Those of some deals that are closed and that the deal list would show for `query`, with their currencies and when they closed.
pub async fn closed_among(
    db: &impl ConnectionTrait,
    scope: &Scope,
    query: &DealQuery,
    deals: &[DealId],
) -> Result<HashMap<DealId, (Currency, Option<Instant>)>, StoreError> {
    use deal::Column as D;
    let mut found = HashMap::new();
    for some in deals.chunks(IN_LIST) {
        let rows: Vec<(Uuid, Currency, Option<Instant>)> = deal::Entity::find()
            .select_only()
            .columns([D::Id, D::Currency, D::ClosedAt])
            .filter(matching(scope, query))
            .filter(D::Outcome.ne(Outcome::Open))
            .filter(D::Id.is_in(some.iter().map(|deal| deal.0)))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|(id, currency, closed_at)| (DealId(id), (currency, closed_at))));
    }
    Ok(found)
}

/// When the first deal closed from an instant on.
pub async fn next_close(db: &impl ConnectionTrait, from: Instant) -> Result<Option<Instant>, StoreError> {
    use deal::Column as D;
    let first = deal::Entity::find().select_only().column(D::ClosedAt).filter(D::ClosedAt.gte(from)).order_by_asc(D::ClosedAt);
    Ok(first.limit(1).into_tuple().one(db).await?)
}

fn closed_deal(row: Row) -> Result<ClosedDeal, StoreError> {
    // An empty text says nothing.
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(ClosedDeal {
        id: DealId(row.id),
        won: row.outcome == Outcome::Won,
        value: row.value.map(|value| Money::new(value, row.currency.clone())),
        currency: row.currency,
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
