//! Something wrong with a deal, from when it was raised to how it ended.

use sea_orm::entity::prelude::*;

use crate::domain::alerts::{AlertState, DismissReason};
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alert")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub deal_id: Uuid,
    pub cause: String,
    pub state: AlertState,
    pub priority: i32,
    pub observation: Json,
    pub measure: f64,
    pub raised_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub snoozed_until: Option<DateTimeUtc>,
    pub acknowledged_at: Option<DateTimeUtc>,
    pub handled_by: Option<Uuid>,
    pub ended_at: Option<DateTimeUtc>,
    pub dismissed: Option<DismissReason>,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    pub created_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
