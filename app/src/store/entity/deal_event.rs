//! One change of a deal, append-only: the source of truth for its history.

use sea_orm::entity::prelude::*;

/// Kinds of `deal_event`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum EventKind {
    Created,
    Stage,
    Value,
    Probability,
    CloseDate,
    Owner,
    Outcome,
    /// A custom field, named in `field`.
    Field,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deal_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub deal_id: Uuid,
    pub at: Option<DateTimeUtc>,
    pub recorded_at: DateTimeUtc,
    pub actor_id: Option<Uuid>,
    pub kind: EventKind,
    pub field: Option<String>,
    pub old: Option<String>,
    pub new: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
