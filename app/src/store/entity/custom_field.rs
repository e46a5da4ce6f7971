//! The definition of a custom field.

use sea_orm::entity::prelude::*;

use crate::domain::deals::CustomKind;
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_field")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub kind: CustomKind,
    pub position: i32,
    pub in_model: bool,
}

impl ActiveModelBehavior for ActiveModel {}
