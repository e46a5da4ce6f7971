//! A trained scoring model with its report.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "model")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    pub state: String,
    pub learner: String,
    pub reason: Option<String>,
    pub report: Json,
    pub artifact: Option<Vec<u8>>,
    pub artifact_sha256: Option<String>,
    pub trained_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
