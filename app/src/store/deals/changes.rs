//! Changing a deal's row, if it still is what was read.

use rust_decimal::Decimal;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, SimpleExpr},
};

use crate::{
    domain::{
        Instant,
        deals::Outcome,
        ids::{DealId, StageId},
    },
    store::{StoreError, entity::deal, summaries},
};

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
    summaries::mark_closes(db, &[id], [closed_at]).await?;
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
    summaries::mark_closes(db, &[id], [Some(closing.at)]).await?;
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
