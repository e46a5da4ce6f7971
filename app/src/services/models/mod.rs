//! Models: training, the registry, the learning loop, accuracy, and the walk forward through history.

pub mod accuracy;
mod activation;
pub mod examples;
pub mod learning;
pub mod registry;
pub mod train;
pub mod walk_forward;

use crate::{
    ai::training::Effort,
    services::{clock::Clock, jobs::Jobs, notifications::Notifications, scoring::Scoring, similarity::Similarity},
    store::{ArtifactStore, Store},
};

/// Closed deals that a training learns from unless told otherwise, at most.
pub const MOST_DEALS: usize = 150_000;

/// Models: training, the registry, the learning loop, accuracy.
#[derive(Clone)]
pub struct Models {
    pub(super) store: Store,
    pub(super) artifacts: ArtifactStore,
    pub(super) clock: Clock,
    pub(super) jobs: Jobs,
    pub(super) notifications: Notifications,
    pub(super) scoring: Scoring,
    pub(super) similarity: Similarity,
    /// Closed deals that a training learns from, at most.
    pub(super) most_deals: usize,
    /// What pages count themselves, at most; of more a job counts.
    pub(super) counted_by_pages: u64,
    pub(super) effort: Effort,
}

impl Models {
    /// The same over a store whose writes depend on a lease.
    fn within(&self, store: Store) -> Self {
        let scoring = Scoring { store: store.clone(), ..self.scoring.clone() };
        Self { store, scoring, ..self.clone() }
    }
}
