//! A deal's embedding, or that it still waits for one.

use sea_orm::entity::prelude::*;

/// Where a request for an embedding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum EmbeddingState {
    Ready,
    Pending,
    Failed,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "embedding")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub deal_id: Uuid,
    pub state: EmbeddingState,
    pub text_hash: Option<String>,
    pub model: Option<String>,
    pub vector: Option<Vec<u8>>,
    pub error: Option<String>,
    /// False: changed, and not numbered yet.
    pub indexed: bool,
    pub requested: i64,
    /// The number of its newest change; 0 before the first.
    pub changed: i64,
}

impl ActiveModelBehavior for ActiveModel {}
