//! This process's vector index, kept in line with the `embedding` table.
//!
//! Each process holds all vectors in memory and shares nothing with others but the table: changes are numbered there, and a
//! process reads on from the last one it saw before it searches. So a server sees what the command line or another server
//! embedded, and what others closed.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::{
    ai::similarity::{Belongs, ExactIndex, IndexError, VectorIndex, VectorPoint, has_direction},
    domain::deals::Outcome,
    services::ServiceError,
    store::{
        Store,
        similarity::embeddings::{self, Seen, StoredVector, UNSEEN},
    },
};

/// Length of the vectors.
pub(super) const DIMENSIONS: usize = 384;
/// Vectors read at a time.
const PAGE: u64 = 1_000;

/// The index, with how far it has read.
pub(in crate::services) struct LocalIndex {
    index: Arc<dyn VectorIndex>,
    seen: Mutex<Seen>,
}

impl LocalIndex {
    pub fn new() -> Self {
        Self { index: Arc::new(ExactIndex::new(DIMENSIONS)), seen: Mutex::new(UNSEEN) }
    }

    /// The index with all that is numbered: at first that is everything, later one query that mostly finds nothing.
    pub async fn up_to_date(&self, store: &Store) -> Result<Arc<dyn VectorIndex>, ServiceError> {
        let mut seen = self.seen.lock().await;
        loop {
            let (places, vectors): (Vec<Seen>, Vec<StoredVector>) =
                embeddings::changed_since(store.db(), *seen, PAGE).await?.into_iter().unzip();
            let Some(last) = places.last() else { break };
            let index = self.index.clone();
            tokio::task::spawn_blocking(move || add(index.as_ref(), vectors)).await??;
            // Only now: whoever is cancelled before leaves what it read to be read again.
            *seen = *last;
            if (places.len() as u64) < PAGE {
                break;
            }
        }
        Ok(self.index.clone())
    }
}

/// Adds what can be compared: of another model's vectors, and of those that point nowhere, no index knows anything.
fn add(index: &dyn VectorIndex, stored: Vec<StoredVector>) -> Result<(), IndexError> {
    let comparable = |stored: &StoredVector| stored.vector.len() == DIMENSIONS && has_direction(&stored.vector);
    let (points, others): (Vec<StoredVector>, Vec<StoredVector>) = stored.into_iter().partition(comparable);
    index.remove(&others.iter().map(|stored| stored.deal).collect::<Vec<_>>())?;
    index.upsert(&points.into_iter().map(point).collect::<Vec<_>>())
}

/// A stored vector as the index takes it.
fn point(stored: StoredVector) -> VectorPoint {
    let closed = stored.outcome.is_closed();
    VectorPoint {
        deal: stored.deal,
        vector: stored.vector,
        closed_at: stored.closed_at.filter(|_| closed),
        won: closed.then_some(stored.outcome == Outcome::Won),
        belongs: Belongs { owner: stored.owner, team: stored.team, pipeline: Some(stored.pipeline) },
    }
}

impl From<IndexError> for ServiceError {
    fn from(error: IndexError) -> Self {
        Self::Engine(error.to_string())
    }
}
