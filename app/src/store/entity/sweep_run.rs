//! What a sweep did.

use sea_orm::entity::prelude::*;

use crate::domain::alerts::SweepCause;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sweep_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub started_at: DateTimeUtc,
    pub milliseconds: i64,
    pub cause: SweepCause,
    pub deals: i64,
    pub raised: i64,
    pub worsened: i64,
    pub woken: i64,
    pub resolved: i64,
}

impl ActiveModelBehavior for ActiveModel {}
