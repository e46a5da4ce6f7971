//! The features by which closed deals are compared; one row.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "comparison")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub epoch: String,
    pub made_at: DateTimeUtc,
    pub features: Json,
}

impl ActiveModelBehavior for ActiveModel {}
