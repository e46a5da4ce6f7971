//! A deal in its newest state; `deal_event` has the way there.

use sea_orm::entity::prelude::*;

use crate::domain::{deals::Outcome, money::Currency, risk::Health};
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub source: String,
    pub external_id: String,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub notes: Option<String>,
    pub account_id: Option<Uuid>,
    pub owner_id: Option<Uuid>,
    pub team_id: Option<Uuid>,
    pub pipeline_id: Uuid,
    pub stage_id: Option<Uuid>,
    #[sea_orm(column_type = "Decimal(Some((19, 4)))", nullable)]
    pub value: Option<Decimal>,
    pub currency: Currency,
    pub rep_probability: Option<f64>,
    pub expected_close: Option<Date>,
    pub created_at: Option<DateTimeUtc>,
    pub closed_at: Option<DateTimeUtc>,
    pub recorded_at: DateTimeUtc,
    pub outcome: Outcome,
    pub loss_reason: Option<String>,
    pub competitor: Option<String>,
    pub closed_from_stage_id: Option<Uuid>,
    pub sequence: Option<i64>,
    pub custom: Json,
    pub version: i32,
    pub win_probability: Option<f64>,
    pub win_low: Option<f64>,
    pub win_high: Option<f64>,
    pub health: Option<Health>,
    #[sea_orm(column_type = "Decimal(Some((19, 4)))", nullable)]
    pub revenue_at_risk: Option<Decimal>,
    #[sea_orm(column_type = "Text", nullable)]
    pub main_reason: Option<String>,
    pub revision: i64,
    pub score_key: Option<String>,
    pub score_id: Option<Uuid>,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<Option<super::account::Entity>>,
    #[sea_orm(belongs_to, from = "owner_id", to = "id")]
    pub owner: BelongsTo<Option<super::user::Entity>>,
    #[sea_orm(belongs_to, from = "stage_id", to = "id")]
    pub stage: BelongsTo<Option<super::stage::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
