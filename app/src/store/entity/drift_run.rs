//! A look at how far the present is from what the model learned.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "drift_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: DateTimeUtc,
    pub model_version: i32,
    pub alarm: bool,
    pub report: Json,
}

impl ActiveModelBehavior for ActiveModel {}
