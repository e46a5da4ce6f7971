//! Deals: the list, the board, the page of one, and changing one.

pub mod board;
pub mod edit;
pub mod list;
pub mod page;

use std::sync::Arc;

use crate::{
    services::{
        app::{App, Clock},
        jobs::Jobs,
        outcomes::Outcomes,
        scoring::Scoring,
        similarity::{Similarity, engine::Engine},
    },
    store::Store,
};

/// Deals: lists, the board, a deal's page, changes.
#[derive(Clone)]
pub struct Deals {
    store: Store,
    engine: Arc<Engine>,
    clock: Clock,
    jobs: Jobs,
    outcomes: Outcomes,
    scoring: Scoring,
    similarity: Similarity,
}

impl Deals {
    pub(in crate::services) fn of(app: &App) -> Self {
        Self {
            store: app.store.clone(),
            engine: app.engine.clone(),
            clock: app.clock,
            jobs: app.jobs(),
            outcomes: app.outcomes(),
            scoring: app.scoring(),
            similarity: app.similarity(),
        }
    }
}
