//! A person: signs in, owns deals, or only appears in imported data.

use sea_orm::entity::prelude::*;

use crate::domain::people::Role;
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "app_user")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub email: Option<String>,
    pub password_hash: Option<String>,
    pub role: Role,
    pub team_id: Option<Uuid>,
    pub active: bool,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "team_id", to = "id")]
    pub team: BelongsTo<Option<super::team::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
