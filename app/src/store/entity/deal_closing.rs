//! That a deal was closed, and how it was before.

use sea_orm::entity::prelude::*;

use crate::domain::deals::Outcome;
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deal_closing")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub deal_id: Uuid,
    pub outcome: Outcome,
    pub at: DateTimeUtc,
    pub by: Option<Uuid>,
    pub before: Json,
    pub reopened_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
