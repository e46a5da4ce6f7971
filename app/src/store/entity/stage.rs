//! One stage of a pipeline.

use sea_orm::entity::prelude::*;

use crate::domain::deals::StageKind;
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "stage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub pipeline_id: Uuid,
    pub name: String,
    pub position: i32,
    pub kind: StageKind,
    pub default_probability: Option<f64>,
}

impl ActiveModelBehavior for ActiveModel {}
