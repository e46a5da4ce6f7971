//! Finding the deals most like another.

use crate::{
    ai::similarity::{Hit, Only, SimilarQuery},
    domain::{Instant, ids::DealId},
    services::{ServiceError, similarity::Similarity},
    store::similarity::embeddings,
};

/// A deal that others are compared with: those closed before an instant, or all closed ones.
pub(in crate::services) type Asking = (DealId, Option<Instant>);

/// What closed deals are compared with.
pub(in crate::services) enum Like {
    Deal(DealId),
    Vector(Vec<f32>),
}

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

    /// The closed deals most like a deal or a text, of those that `only` admits; `None` where the deal has no vector.
    pub(in crate::services) async fn nearest_of(&self, to: Like, only: Only, limit: usize) -> Result<Option<Vec<Hit>>, ServiceError> {
        let index = self.engine.index.up_to_date(&self.store).await?;
        tokio::task::spawn_blocking(move || {
            let (vector, exclude) = match to {
                Like::Vector(vector) => (Some(vector), None),
                Like::Deal(deal) => (index.vectors(&[deal])?.pop().flatten(), Some(deal)),
            };
            let Some(vector) = vector else { return Ok(None) };
            Ok(Some(index.search(&SimilarQuery { vector, limit, only, exclude })?))
        })
        .await?
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
                    let only = Only { closed_before, ..Only::default() };
                    Some(SimilarQuery { vector: vector?, limit, only, exclude: Some(deal) })
                })
                .collect();
            let mut found = index.search_many(&queries)?.into_iter();
            Ok(known.into_iter().map(|known| known.then(|| found.next()).flatten()).collect())
        })
        .await?
    }
}
