//! When to train, and what becomes of challengers.

use sea_orm::ConnectionTrait;

use crate::{
    domain::models::LearningRules,
    store::{StoreError, people},
};

/// The setting that holds them.
pub(in crate::store) const KEY: &str = "learning_rules";

/// The rules that hold.
pub async fn current(db: &impl ConnectionTrait) -> Result<LearningRules, StoreError> {
    Ok(people::json_setting(db, KEY).await?.unwrap_or_default())
}

/// Writes what is to hold from now on.
pub async fn set(db: &impl ConnectionTrait, rules: &LearningRules) -> Result<(), StoreError> {
    people::set_json_setting(db, KEY, rules).await
}
