//! Something a person is told in the app.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub alert_id: Option<Uuid>,
    pub deal_id: Option<Uuid>,
    pub priority: i32,
    pub headline: String,
    pub at: DateTimeUtc,
    pub read_at: Option<DateTimeUtc>,
    pub quiet: bool,
    pub link: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
