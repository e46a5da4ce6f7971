//! Where the previous version wrote what a change made necessary; read once more at each start, in case its servers left something.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub job: String,
    pub attempt: i32,
    pub created_at: DateTimeUtc,
    pub due_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
