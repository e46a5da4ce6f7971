//! One piece of work on a deal.

use sea_orm::entity::prelude::*;

use crate::domain::deals::ActivityKind;
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub deal_id: Uuid,
    pub key: String,
    pub at: DateTimeUtc,
    pub kind: ActivityKind,
    pub subject: String,
    pub body: Option<String>,
    pub actor_id: Option<Uuid>,
    pub contact_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
