//! The features by which closed deals are compared, made by a job where they are many.

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QuerySelect, sea_query::OnConflict};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    domain::Instant,
    store::{StoreError, entity::comparison, json},
};

/// There is one.
const NEWEST: i32 = 1;

/// What is kept, and the epoch of the past that it was made from; `None` where there is none that can be read.
pub async fn comparison<T: DeserializeOwned>(db: &impl ConnectionTrait) -> Result<Option<(String, T)>, StoreError> {
    let Some(row) = comparison::Entity::find_by_id(NEWEST).one(db).await? else { return Ok(None) };
    Ok(json::derived(json::read("comparison.features", row.features)).map(|features| (row.epoch, features)))
}

/// The epoch of the past that the kept one was made from.
pub async fn comparison_epoch(db: &impl ConnectionTrait) -> Result<Option<String>, StoreError> {
    let epoch = comparison::Entity::find_by_id(NEWEST).select_only().column(comparison::Column::Epoch);
    Ok(epoch.into_tuple().one(db).await?)
}

/// Keeps features in place of those kept before.
pub async fn keep_comparison(db: &impl ConnectionTrait, epoch: &str, features: &impl Serialize, now: Instant) -> Result<(), StoreError> {
    let row = comparison::ActiveModel {
        id: Set(NEWEST),
        epoch: Set(epoch.to_owned()),
        made_at: Set(now),
        features: Set(json::write("comparison.features", features)?),
    };
    let replace = OnConflict::column(comparison::Column::Id)
        .update_columns([comparison::Column::Epoch, comparison::Column::MadeAt, comparison::Column::Features])
        .to_owned();
    comparison::Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}
