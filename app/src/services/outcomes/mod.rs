//! Outcomes: closing and reopening deals, the analysis of won and lost, impact.

pub mod analysis;
pub mod close;
pub mod impact;
mod late;

pub(super) use late::LateFeatures;

use std::sync::Arc;

use crate::{
    services::{alerts::Alerts, clock::Clock, jobs::Jobs, similarity::Similarity},
    store::Store,
};

/// Outcomes: closing and reopening, the analysis of won and lost, impact.
#[derive(Clone)]
pub struct Outcomes {
    pub(super) store: Store,
    pub(super) late_features: Arc<LateFeatures>,
    /// What pages count themselves, at most; of more a job counts.
    pub(super) counted_by_pages: u64,
    pub(super) clock: Clock,
    pub(super) alerts: Alerts,
    pub(super) jobs: Jobs,
    pub(super) similarity: Similarity,
}
