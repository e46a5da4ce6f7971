//! Work that waits or runs, written with the change that makes it necessary.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub job: String,
    pub attempt: i32,
    pub created_at: DateTimeUtc,
    pub due_at: DateTimeUtc,
    pub holder: Option<Uuid>,
    pub held_until: Option<DateTimeUtc>,
    pub started_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
