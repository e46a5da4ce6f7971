//! A score that a deal had; the newest is copied onto the deal.

use sea_orm::entity::prelude::*;

use crate::domain::{risk::Health, scoring::ScoreBasis};
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "score")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub deal_id: Uuid,
    pub run_id: Uuid,
    pub at: DateTimeUtc,
    pub basis: ScoreBasis,
    pub model_version: Option<i32>,
    pub probability: f64,
    pub low: f64,
    pub high: f64,
    pub health: Health,
    #[sea_orm(column_type = "Decimal(Some((19, 4)))", nullable)]
    pub revenue_at_risk: Option<Decimal>,
    pub reasons: Json,
    pub input_hash: Option<String>,
    pub advice: Option<Json>,
    pub deal_revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
