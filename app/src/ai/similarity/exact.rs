//! Exact search in memory.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::{Hit, IndexError, SimilarQuery, VectorIndex, VectorPoint, best, check_vector, similarity, whole_micros};
use crate::domain::{Instant, ids::DealId};

/// Compares the query with every closed deal: exact, nothing on disk, about 1.5 MB for a thousand deals. Used in
/// tests and where the embedded engine is not available.
pub struct ExactIndex {
    dimensions: usize,
    rows: RwLock<Rows>,
}

#[derive(Default)]
struct Rows {
    deals: Vec<Row>,
    /// The unit vectors of `deals`, one after the other.
    vectors: Vec<f32>,
    /// Where in `deals` a deal is.
    position: HashMap<DealId, usize>,
}

struct Row {
    deal: DealId,
    closed: Option<(Instant, bool)>,
}

impl ExactIndex {
    pub fn new(dimensions: usize) -> Self {
        Self { dimensions: dimensions.max(1), rows: RwLock::default() }
    }

    // No operation leaves the rows half changed, so a panic elsewhere does not spoil them.
    fn read(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Rows> {
        self.rows.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VectorIndex for ExactIndex {
    fn upsert(&self, points: &[VectorPoint]) -> Result<(), IndexError> {
        points.iter().try_for_each(|point| check_vector(&point.vector, self.dimensions))?;
        let mut rows = self.write();
        for point in points {
            let row = Row { deal: point.deal, closed: point.closed() };
            let unit = normalised(&point.vector);
            match rows.position.get(&point.deal).copied() {
                Some(at) => {
                    rows.deals[at] = row;
                    rows.vectors[at * self.dimensions..][..self.dimensions].copy_from_slice(&unit);
                }
                None => {
                    let at = rows.deals.len();
                    rows.position.insert(point.deal, at);
                    rows.deals.push(row);
                    rows.vectors.extend_from_slice(&unit);
                }
            }
        }
        Ok(())
    }

    fn remove(&self, deals: &[DealId]) -> Result<(), IndexError> {
        let mut rows = self.write();
        for deal in deals {
            let Some(at) = rows.position.remove(deal) else { continue };
            // The last row takes the place of the removed one.
            rows.deals.swap_remove(at);
            let last = rows.deals.len();
            if let Some(moved) = rows.deals.get(at).map(|row| row.deal) {
                rows.position.insert(moved, at);
                rows.vectors.copy_within(last * self.dimensions..(last + 1) * self.dimensions, at * self.dimensions);
            }
            rows.vectors.truncate(last * self.dimensions);
        }
        Ok(())
    }

    fn search(&self, query: &SimilarQuery) -> Result<Vec<Hit>, IndexError> {
        check_vector(&query.vector, self.dimensions)?;
        let unit = normalised(&query.vector);
        let before = query.closed_before.map(whole_micros);
        let rows = self.read();
        let hits = rows
            .deals
            .iter()
            .zip(rows.vectors.chunks_exact(self.dimensions))
            .filter(|(row, _)| Some(row.deal) != query.exclude)
            .filter_map(|(row, vector)| {
                let (closed_at, won) = row.closed.filter(|(at, _)| before.is_none_or(|before| *at < before))?;
                Some(Hit { deal: row.deal, similarity: similarity(dot(&unit, vector)), won, closed_at })
            })
            .collect();
        Ok(best(hits, query.limit))
    }

    fn ids(&self) -> Result<Vec<DealId>, IndexError> {
        let mut ids: Vec<DealId> = self.read().deals.iter().map(|row| row.deal).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    fn count(&self) -> Result<usize, IndexError> {
        Ok(self.read().deals.len())
    }

    fn flush(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn optimize(&self) -> Result<bool, IndexError> {
        Ok(false)
    }
}

fn normalised(vector: &[f32]) -> Vec<f32> {
    let length = dot(vector, vector).sqrt();
    vector.iter().map(|x| x / length).collect()
}

/// Eight sums side by side, which the compiler can turn into vector instructions; one sum it may not reorder.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0_f32; LANES];
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::{super::contract, *};

    #[test]
    fn keeps_the_contract() {
        contract::holds(ExactIndex::new);
    }
}
