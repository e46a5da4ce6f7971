//! Deals as people see them: the list, one deal, sums, and what is written when they change.

mod changes;
mod choices;
pub mod filter;
pub mod history;
mod listed;
mod sums;

use std::collections::HashSet;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

pub use self::{
    changes::{Closing, change, close, reopen},
    choices::{custom_fields, owners, pipeline_choices, pipelines, stage_choices, stages, switch_custom_field, teams},
    listed::{ids, list, rows},
    sums::{ForecastSum, HealthSum, Total, open_by_expected_close, open_by_health, open_by_tenth, totals, totals_of_some},
};
use super::{
    IN_LIST, Scope, StoreError,
    entity::{account, deal, pipeline, team, user},
};
use crate::domain::{
    Instant,
    deals::{Outcome, Stage},
    ids::DealId,
};

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

/// Deals in scope that closed at an instant or later, or `most` if there are as many.
pub async fn closed_since_in(db: &impl ConnectionTrait, scope: &Scope, since: Instant, most: u64) -> Result<u64, StoreError> {
    let closed: Vec<Uuid> = deal::Entity::find()
        .select_only()
        .column(deal::Column::Id)
        .filter(scope.condition())
        .filter(deal::Column::ClosedAt.gte(since))
        .filter(deal::Column::Outcome.ne(Outcome::Open))
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    Ok(closed.len() as u64)
}

/// Deals that closed after an instant, or at all.
pub async fn closed_since(db: &impl ConnectionTrait, since: Option<Instant>) -> Result<u64, StoreError> {
    let mut closed = deal::Entity::find().filter(deal::Column::Outcome.ne(Outcome::Open));
    if let Some(since) = since {
        closed = closed.filter(deal::Column::ClosedAt.gt(since));
    }
    Ok(closed.count(db).await?)
}
