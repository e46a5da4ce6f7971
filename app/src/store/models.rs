//! Trained models and which one is the champion.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::{StoreError, entity::model};
use crate::domain::Instant;

/// A model to store.
#[derive(Debug, Clone)]
pub struct NewModel {
    pub learner: String,
    pub ready: bool,
    pub reason: Option<String>,
    pub report: serde_json::Value,
    /// `None` when there was too little data to fit anything.
    pub artifact: Option<Vec<u8>>,
    pub artifact_sha256: Option<String>,
}

/// The published model.
#[derive(Debug, Clone)]
pub struct StoredModel {
    pub version: i32,
    pub artifact: Vec<u8>,
    pub artifact_sha256: String,
}

/// Where scoring stands: the newest training and the champion's version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelStatus {
    pub champion: Option<i32>,
    /// Reason of the newest training that ended "not ready".
    pub not_ready: Option<String>,
    pub trained: bool,
}

/// Stores a model under the next version. A ready one becomes the champion and the champion before it retires; call it
/// in a transaction, so that there is never none or two.
pub async fn publish(db: &impl ConnectionTrait, new: NewModel, now: Instant) -> Result<i32, StoreError> {
    let newest: Option<i32> = model::Entity::find()
        .select_only()
        .column(model::Column::Version)
        .order_by_desc(model::Column::Version)
        .into_tuple()
        .one(db)
        .await?;
    let version = newest.unwrap_or(0) + 1;
    if new.ready {
        model::Entity::update_many()
            .col_expr(model::Column::State, Expr::value("retired"))
            .filter(model::Column::State.eq("champion"))
            .exec(db)
            .await?;
    }
    model::Entity::insert(model::ActiveModel {
        version: Set(version),
        state: Set(if new.ready { "champion" } else { "not_ready" }.into()),
        learner: Set(new.learner),
        reason: Set(new.reason),
        report: Set(new.report),
        artifact: Set(new.artifact),
        artifact_sha256: Set(new.artifact_sha256),
        trained_at: Set(now),
    })
    .exec_without_returning(db)
    .await?;
    Ok(version)
}

pub async fn champion(db: &impl ConnectionTrait) -> Result<Option<StoredModel>, StoreError> {
    let row = model::Entity::find().filter(model::Column::State.eq("champion")).one(db).await?;
    Ok(row.and_then(|row| {
        Some(StoredModel { version: row.version, artifact: row.artifact?, artifact_sha256: row.artifact_sha256.unwrap_or_default() })
    }))
}

pub async fn champion_version(db: &impl ConnectionTrait) -> Result<Option<i32>, StoreError> {
    Ok(model::Entity::find()
        .select_only()
        .column(model::Column::Version)
        .filter(model::Column::State.eq("champion"))
        .into_tuple()
        .one(db)
        .await?)
}

pub async fn status(db: &impl ConnectionTrait) -> Result<ModelStatus, StoreError> {
    let newest: Option<(String, Option<String>)> = model::Entity::find()
        .select_only()
        .column(model::Column::State)
        .column(model::Column::Reason)
        .order_by_desc(model::Column::Version)
        .into_tuple()
        .one(db)
        .await?;
    Ok(ModelStatus {
        champion: champion_version(db).await?,
        trained: newest.is_some(),
        not_ready: newest.filter(|(state, _)| state == "not_ready").and_then(|(_, reason)| reason),
    })
}
