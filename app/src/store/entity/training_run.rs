//! A training: who asked for it and why, how far it is, what came of it.

use sea_orm::entity::prelude::*;

use crate::domain::models::{TrainCause, TrainingState};
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "training_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub cause: TrainCause,
    pub asked_by: Option<Uuid>,
    pub asked_at: DateTimeUtc,
    pub state: TrainingState,
    pub started_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub done: i64,
    pub total: i64,
    pub doing: String,
    pub cancel: bool,
    pub attempts: i32,
    pub model_version: Option<i32>,
    #[sea_orm(column_type = "Text", nullable)]
    pub said: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
