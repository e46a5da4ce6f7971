//! Something sent to a person outside the app.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub channel: String,
    pub user_id: Uuid,
    pub subject: String,
    pub state: String,
    pub content: Json,
    pub attempts: i32,
    pub repeat: bool,
    pub planned_at: DateTimeUtc,
    pub due_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    pub unsubscribe_hash: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
