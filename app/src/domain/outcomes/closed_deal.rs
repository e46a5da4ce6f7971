//! Closed deals, as the analysis of won and lost takes them.

use crate::domain::{
    Instant,
    ids::{DealId, PipelineId, StageId, TeamId, UserId},
    money::{Currency, Money},
};

/// A closed deal, as far as the analysis looks at it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedDeal {
    pub id: DealId,
    pub won: bool,
    pub value: Option<Money>,
    pub currency: Currency,
    pub created_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub loss_reason: Option<String>,
    pub competitor: Option<String>,
    pub owner: Option<UserId>,
    pub team: Option<TeamId>,
    pub closed_from: Option<StageId>,
    pub source: String,
    pub pipeline: PipelineId,
}
