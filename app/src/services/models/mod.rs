//! Models: training, the registry, the learning loop, accuracy, and the walk forward through history.

pub mod accuracy;
pub mod examples;
pub mod learning;
pub mod registry;
pub mod train;
pub mod walk_forward;

use crate::{
    ai::training::Effort,
    services::{
        app::{App, Clock},
        jobs::Jobs,
        notifications::Notifications,
        scoring::Scoring,
        similarity::Similarity,
    },
    store::{ArtifactStore, Store},
};

/// Closed deals that a training learns from unless told otherwise, at most.
pub const MOST_DEALS: usize = 150_000;

/// Models: training, the registry, the learning loop, accuracy.
#[derive(Clone)]
pub struct Models {
    store: Store,
    artifacts: ArtifactStore,
    clock: Clock,
    jobs: Jobs,
    notifications: Notifications,
    scoring: Scoring,
    similarity: Similarity,
    /// Closed deals that a training learns from, at most.
    most_deals: usize,
    effort: Effort,
}

impl Models {
    pub(in crate::services) fn of(app: &App) -> Self {
        Self {
            store: app.store.clone(),
            artifacts: app.artifacts.clone(),
            clock: app.clock,
            jobs: app.jobs(),
            notifications: app.notifications(),
            scoring: app.scoring(),
            similarity: app.similarity(),
            most_deals: app.most_deals,
            effort: app.effort,
        }
    }

    /// The same over a store whose writes depend on a lease.
    fn within(&self, store: Store) -> Self {
        Self { store, ..self.clone() }
    }
}
