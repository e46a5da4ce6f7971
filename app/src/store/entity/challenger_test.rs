//! A challenger against the champion.

use sea_orm::entity::prelude::*;

use crate::domain::models::ChallengerTestEnding;
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trial")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub challenger: i32,
    pub champion: i32,
    pub began_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub ending: Option<ChallengerTestEnding>,
    #[sea_orm(column_type = "Text", nullable)]
    pub said: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
