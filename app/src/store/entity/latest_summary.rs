//! What was last counted up to then, of a team or of all.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "latest_summary")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub team_id: Option<Uuid>,
    pub counted_at: DateTimeUtc,
    pub summary: Json,
}

impl ActiveModelBehavior for ActiveModel {}
