//! What a model said of a deal last before its close, with how it ended.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "prediction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub deal_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub model_version: i32,
    pub live: bool,
    pub at: DateTimeUtc,
    pub probability: f64,
    pub won: bool,
    pub closed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
