//! What a person said of a score.

use sea_orm::entity::prelude::*;

use crate::domain::scoring::FeedbackReason;
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "score_feedback")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub deal_id: Uuid,
    pub user_id: Uuid,
    pub at: DateTimeUtc,
    pub probability: f64,
    pub model_version: Option<i32>,
    pub reason: FeedbackReason,
    pub estimate: Option<f64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
