//! Similar deals: an index over the vectors of deals that finds the closed deals most like a given one.
//!
//! Times count in whole microseconds, as the database stores them.

#[cfg(test)]
mod contract;
mod exact;
pub mod next;
pub mod shared;

use rayon::prelude::*;
use thiserror::Error;

pub use exact::ExactIndex;

use crate::domain::{
    Instant,
    ids::{DealId, PipelineId, TeamId, UserId},
};

/// Whose a deal is, and where it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Belongs {
    pub owner: Option<UserId>,
    pub team: Option<TeamId>,
    pub pipeline: Option<PipelineId>,
}

/// Closed deals of one kind; what is not said is all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Only {
    pub belongs: Belongs,
    pub won: Option<bool>,
    /// Closed at this instant or later.
    pub closed_from: Option<Instant>,
    /// Closed strictly before this instant.
    pub closed_before: Option<Instant>,
}

impl Only {
    /// Whether it is about a deal that belongs there and closed then, that way.
    pub fn admits(&self, belongs: &Belongs, closed_at: Instant, won: bool) -> bool {
        fn is<T: PartialEq>(asked: Option<T>, of_deal: Option<T>) -> bool {
            asked.is_none() || asked == of_deal
        }
        is(self.belongs.owner, belongs.owner)
            && is(self.belongs.team, belongs.team)
            && is(self.belongs.pipeline, belongs.pipeline)
            && self.won.is_none_or(|asked| asked == won)
            && self.closed_from.is_none_or(|from| whole_micros(closed_at) >= whole_micros(from))
            && self.closed_before.is_none_or(|before| whole_micros(closed_at) < whole_micros(before))
    }
}

/// A deal's vector and, if it is closed, when and how. A deal without both `closed_at` and `won` counts as open.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorPoint {
    pub deal: DealId,
    /// Any length but zero; only its direction counts.
    pub vector: Vec<f32>,
    pub closed_at: Option<Instant>,
    pub won: Option<bool>,
    pub belongs: Belongs,
}

impl VectorPoint {
    fn closed(&self) -> Option<(Instant, bool)> {
        self.closed_at.map(whole_micros).zip(self.won)
    }
}

/// Which closed deals are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarQuery {
    pub vector: Vec<f32>,
    /// At most so many hits.
    pub limit: usize,
    /// Which closed deals; closed before an instant are those that were known then.
    pub only: Only,
    /// A deal to leave out: the one that asks.
    pub exclude: Option<DealId>,
}

/// A closed deal like the one asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    pub deal: DealId,
    /// Cosine of the two vectors, negative ones as 0, to five decimals: 0 to 1.
    pub similarity: f32,
    pub won: bool,
    pub closed_at: Instant,
}

/// Finds similar closed deals. Synchronous: call it off the async threads.
///
/// The database is the source: what an index holds can be filled from it again, in any order, and answers the same then.
pub trait VectorIndex: Send + Sync {
    /// Adds deals, replacing what is known of them. Among points of the same deal the last counts.
    fn upsert(&self, points: &[VectorPoint]) -> Result<(), IndexError>;

    /// Forgets deals; unknown ones are no error.
    fn remove(&self, deals: &[DealId]) -> Result<(), IndexError>;

    /// The closed deals nearest to the query's vector, best first; of equally similar ones the last closed, then the lost ones.
    /// Only what is alike in all of that goes by its id, which is another in every workspace.
    fn search(&self, query: &SimilarQuery) -> Result<Vec<Hit>, IndexError>;

    /// `search` for many queries at once, on all cores; answers in the queries' order.
    fn search_many(&self, queries: &[SimilarQuery]) -> Result<Vec<Vec<Hit>>, IndexError> {
        queries.par_iter().map(|query| self.search(query)).collect()
    }

    /// The vectors of deals, open ones too, each of some length; `None` for unknown deals. In the order of `deals`.
    fn vectors(&self, deals: &[DealId]) -> Result<Vec<Option<Vec<f32>>>, IndexError>;

    /// All deals in the index, open ones too, in ascending order.
    fn ids(&self) -> Result<Vec<DealId>, IndexError>;

    /// How many deals are in the index, open ones too.
    fn count(&self) -> Result<usize, IndexError> {
        self.ids().map(|ids| ids.len())
    }
}

/// Why an index did not do what it was asked to.
#[derive(Debug, Error)]
pub enum IndexError {
    #[error("a vector has {got} numbers, the index holds vectors of {expected}")]
    Dimensions { expected: usize, got: usize },
    #[error("a vector has numbers that are not finite, or only zeros")]
    NoDirection,
}

/// Takes only vectors of the index's size that point somewhere.
fn check_vector(vector: &[f32], dimensions: usize) -> Result<(), IndexError> {
    if vector.len() != dimensions {
        return Err(IndexError::Dimensions { expected: dimensions, got: vector.len() });
    }
    if has_direction(vector) { Ok(()) } else { Err(IndexError::NoDirection) }
}

/// Whether a vector points somewhere: its numbers are finite, and not all of them zero.
pub fn has_direction(vector: &[f32]) -> bool {
    vector.iter().map(|x| x * x).sum::<f32>().is_normal()
}

/// A cosine as the similarity of a hit. Rounded, as the last bits depend on the order of adding up: deals with the
/// same text tie, wherever the engine keeps them.
fn similarity(cosine: f32) -> f32 {
    (cosine.clamp(0.0, 1.0) * 1e5).round() / 1e5
}

/// Best first, at most `limit`; see [`VectorIndex::search`].
fn best(mut hits: Vec<Hit>, limit: usize) -> Vec<Hit> {
    let order = |a: &Hit, b: &Hit| {
        let newest_first = b.closed_at.cmp(&a.closed_at);
        b.similarity.total_cmp(&a.similarity).then(newest_first).then(a.won.cmp(&b.won)).then(a.deal.cmp(&b.deal))
    };
    if limit < hits.len() {
        hits.select_nth_unstable_by(limit, order);
        hits.truncate(limit);
    }
    hits.sort_unstable_by(order);
    hits
}

fn whole_micros(at: Instant) -> Instant {
    Instant::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
