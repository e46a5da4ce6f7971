//! Similar deals: the engine that embeds and finds, and the job that keeps it up.

pub mod embed;
pub mod engine;

use std::sync::Arc;

use crate::{
    services::{
        app::{App, Clock},
        jobs::Jobs,
        similarity::engine::Engine,
    },
    store::{ArtifactStore, Store},
};

/// Embedding deals and finding similar ones.
#[derive(Clone)]
pub struct Similarity {
    pub(in crate::services) store: Store,
    artifacts: ArtifactStore,
    pub(in crate::services) engine: Arc<Engine>,
    clock: Clock,
    jobs: Jobs,
}

impl Similarity {
    pub(in crate::services) fn of(app: &App) -> Self {
        Self { store: app.store.clone(), artifacts: app.artifacts.clone(), engine: app.engine.clone(), clock: app.clock, jobs: app.jobs() }
    }
}
