//! What champion and challenger say of an open deal, side by side.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shadow_score")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub deal_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub model_version: i32,
    pub at: DateTimeUtc,
    pub probability: f64,
}

impl ActiveModelBehavior for ActiveModel {}
