//! Similar deals as of an instant, for the features of many deals.

use crate::{
    ai::{features::Neighbour, similarity::Hit},
    domain::{Instant, ids::DealId},
    services::{
        Progress, ServiceError,
        similarity::{Similarity, nearest::Asking},
    },
};

/// Similar deals behind the similarity features.
const NEIGHBOURS: usize = 10;
/// Queries sent to the index at a time.
const QUERIES: usize = 2_000;

/// The most similar deals closed before each deal's instant; `None` for deals without a vector, and for those without an instant,
/// of which nobody can say what was closed before.
pub(in crate::services) async fn neighbours(
    similarity: &Similarity,
    deals: &[(DealId, Option<Instant>)],
    progress: Progress<'_>,
) -> Result<Vec<Option<Vec<Neighbour>>>, ServiceError> {
    let asking: Vec<Asking> = deals.iter().filter_map(|(deal, at)| Some((*deal, Some((*at)?)))).collect();
    let mut hits = Vec::with_capacity(asking.len());
    for some in asking.chunks(QUERIES) {
        progress(hits.len() as u64, asking.len() as u64, "similar deals searched");
        hits.extend(similarity.nearest_to_each(some.to_vec(), NEIGHBOURS).await?);
    }
    let mut hits = hits.into_iter();
    let of = |at: &Option<Instant>| at.and_then(|_| hits.next().flatten()).map(|hits| hits.iter().map(neighbour).collect());
    Ok(deals.iter().map(|(_, at)| at).map(of).collect())
}

fn neighbour(hit: &Hit) -> Neighbour {
    Neighbour { won: hit.won, similarity: hit.similarity }
}
