//! Similar deals: the engine that embeds and finds, and the job that keeps it up.

pub mod embed;
pub mod engine;
mod index;
pub mod nearest;
pub mod neighbours;
pub mod similar;
mod status;

use std::sync::Arc;

use crate::{
    services::{clock::Clock, jobs::Jobs, similarity::engine::Engine},
    store::Store,
};

/// Embedding deals and finding similar ones.
#[derive(Clone)]
pub struct Similarity {
    pub(super) store: Store,
    pub(super) engine: Arc<Engine>,
    pub(super) clock: Clock,
    pub(super) jobs: Jobs,
}
