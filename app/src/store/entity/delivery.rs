//! Something sent to a person outside the app.

use sea_orm::entity::prelude::*;

use crate::domain::notifications::Channel;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DeliveryState {
    Planned,
    /// Written before anything goes out.
    Sending,
    Sent,
    /// Given up.
    Failed,
    /// Interrupted twice while sending: nobody knows whether it arrived, and it is not sent a third time.
    Uncertain,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub channel: Channel,
    pub user_id: Uuid,
    pub subject: String,
    pub state: DeliveryState,
    pub content: Json,
    pub attempts: i32,
    pub repeat: bool,
    pub planned_at: DateTimeUtc,
    pub due_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    pub unsubscribe_hash: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
