//! Deals: the list, the board, the page of one, and changing one.

pub mod board;
pub mod edit;
pub mod list;
pub mod page;

use crate::{
    services::{clock::Clock, jobs::Jobs, outcomes::Outcomes, scoring::Scoring, similarity::Similarity},
    store::Store,
};

/// Deals: lists, the board, a deal's page, changes.
#[derive(Clone)]
pub struct Deals {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) jobs: Jobs,
    pub(super) outcomes: Outcomes,
    pub(super) scoring: Scoring,
    pub(super) similarity: Similarity,
}
