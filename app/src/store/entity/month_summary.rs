//! What was counted of a month, by pipeline and team.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "month_summary")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub month: Date,
    pub pipeline_id: Option<Uuid>,
    pub team_id: Option<Uuid>,
    pub summary: Json,
}

impl ActiveModelBehavior for ActiveModel {}
