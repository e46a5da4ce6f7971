//! A trained scoring model with its report.

use sea_orm::entity::prelude::*;

use crate::domain::models::ModelState;
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "model")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    pub state: ModelState,
    pub ready: bool,
    pub learner: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub report: Json,
    pub artifact_path: Option<String>,
    pub artifact_sha256: Option<String>,
    pub schema_version: Option<i32>,
    pub trained_at: DateTimeUtc,
    pub published_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
