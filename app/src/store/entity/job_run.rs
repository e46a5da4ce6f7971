//! What came of a job.

use sea_orm::entity::prelude::*;

use crate::domain::jobs::JobState;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub job: String,
    pub state: JobState,
    pub attempts: i32,
    pub started_at: DateTimeUtc,
    pub ended_at: DateTimeUtc,
    pub said: String,
}

impl ActiveModelBehavior for ActiveModel {}
