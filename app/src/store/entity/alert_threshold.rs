//! The limit of a rule in a place.

use sea_orm::entity::prelude::*;

use crate::domain::alerts::AlertRule;
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_threshold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub rule: AlertRule,
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub place_id: Uuid,
    pub limit_value: Option<f64>,
    pub updated_at: DateTimeUtc,
    pub updated_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
