//! Outcomes: closing and reopening deals, the analysis of won and lost, impact.

pub mod analysis;
pub mod close;
pub mod impact;

use std::sync::Arc;

use crate::{
    services::{
        alerts::Alerts,
        app::{App, Clock},
        jobs::Jobs,
        outcomes::analysis::LateFeatures,
        similarity::Similarity,
    },
    store::Store,
};

/// Outcomes: closing and reopening, the analysis of won and lost, impact.
#[derive(Clone)]
pub struct Outcomes {
    store: Store,
    late_features: Arc<LateFeatures>,
    clock: Clock,
    alerts: Alerts,
    jobs: Jobs,
    similarity: Similarity,
}

impl Outcomes {
    pub(in crate::services) fn of(app: &App) -> Self {
        Self {
            store: app.store.clone(),
            late_features: app.late_features.clone(),
            clock: app.clock,
            alerts: app.alerts(),
            jobs: app.jobs(),
            similarity: app.similarity(),
        }
    }
}
