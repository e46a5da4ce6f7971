//! Scoring: a probability with its interval, health, reasons, advice and revenue at risk for each deal.
//!
//! A live score is made once for each score key: a champion, a day, and the past as it was known then ([`ScoreKey`](crate::store::scoring::score_key::ScoreKey)), and once more
//! whenever something happens to its deal (its revision). The other deals are seen as they stood when the day began, the deal
//! itself as of its newest change; so asking twice gives the same answer, and what nothing happened to is not computed again.
//! Scores of past instants are made the same way as of their own day, and remembered for a while instead of stored.

mod background;
mod caches;
mod compute;
pub mod feedback;
mod loaded;
mod past;
pub mod past_score;
mod reference;
mod refresh;
mod request;
mod status;
pub mod trend;

use std::sync::Arc;

pub use background::ScoreReport;
pub(super) use caches::Caches;
pub use request::MAX_DEALS;

use crate::{
    services::{clock::Clock, similarity::Similarity, stop::Stop},
    store::{ArtifactStore, Store},
};

/// Scores: of open deals, on demand, of the past; feedback on them.
#[derive(Clone)]
pub struct Scoring {
    pub(super) store: Store,
    pub(super) artifacts: ArtifactStore,
    pub(super) caches: Arc<Caches>,
    pub(super) clock: Clock,
    pub(super) similarity: Similarity,
    /// Tells long work to give up.
    pub(super) stop: Stop,
}
