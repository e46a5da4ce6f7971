//! This process's vector index, kept in line with the `embedding` table.
//!
//! Each process holds all vectors in memory and shares nothing with others but the table: changes are numbered there, and a
//! process reads on from the last one it saw before it searches. So a server sees what the command line or another server
//! embedded, and what others closed.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::{
    ai::similarity::{ExactIndex, Hit, IndexError, SimilarQuery, VectorIndex, VectorPoint, has_direction},
    domain::{Instant, deals::Outcome, ids::DealId},
    services::{ServiceError, similarity::Similarity},
    store::{
        Store,
        similarity::embeddings::{self, Seen, StoredVector, UNSEEN},
    },
};

/// Length of the vectors.
const DIMENSIONS: usize = 384;
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
    }
}

impl From<IndexError> for ServiceError {
    fn from(error: IndexError) -> Self {
        Self::Engine(error.to_string())
    }
}

/// A deal that others are compared with: those closed before an instant, or all closed ones.
pub(in crate::services) type Asking = (DealId, Option<Instant>);

impl Similarity {
    /// Makes what changed known to every process's index, and brings this one up to date; how many deals it holds.
    pub async fn refresh_index(&self) -> Result<usize, ServiceError> {
        if embeddings::unnumbered(self.store.db()).await? {
            let tx = self.store.begin_write().await?;
            embeddings::number_changes(&tx).await?;
            tx.commit().await?;
        }
        Ok(self.engine.index.up_to_date(&self.store).await?.count()?)
    }

    /// The closed deals most like a deal, best first; `None` where it has no vector.
    pub async fn nearest(&self, deal: DealId, closed_before: Option<Instant>, limit: usize) -> Result<Option<Vec<Hit>>, ServiceError> {
        Ok(self.nearest_to_each(vec![(deal, closed_before)], limit).await?.pop().flatten())
    }

    /// The same for many deals, in their order.
    pub(in crate::services) async fn nearest_to_each(
        &self,
        deals: Vec<Asking>,
        limit: usize,
    ) -> Result<Vec<Option<Vec<Hit>>>, ServiceError> {
        let index = self.engine.index.up_to_date(&self.store).await?;
        tokio::task::spawn_blocking(move || {
            let ids: Vec<DealId> = deals.iter().map(|(deal, _)| *deal).collect();
            let vectors = index.vectors(&ids)?;
            let known: Vec<bool> = vectors.iter().map(Option::is_some).collect();
            let queries: Vec<SimilarQuery> = deals
                .into_iter()
                .zip(vectors)
                .filter_map(|((deal, closed_before), vector)| {
                    Some(SimilarQuery { vector: vector?, limit, closed_before, exclude: Some(deal) })
                })
                .collect();
            let mut found = index.search_many(&queries)?.into_iter();
            Ok(known.into_iter().map(|known| known.then(|| found.next()).flatten()).collect())
        })
        .await?
    }
}
