//! Which model scored the deals, from when until when.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "model_reign")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i32,
    pub since: DateTimeUtc,
    pub until: Option<DateTimeUtc>,
    pub previous: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
