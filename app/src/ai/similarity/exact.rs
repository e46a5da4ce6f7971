//! Exact search in memory.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use rayon::prelude::*;

use super::{Belongs, Hit, IndexError, Only, SimilarQuery, VectorIndex, VectorPoint, best, check_vector, similarity};
use crate::domain::{Instant, ids::DealId};

/// Rows of a block: memory grows by a block at a time, and a block stays in a core's cache while several queries look at it.
const BLOCK: usize = 256;
/// Queries that look at a block together.
const GROUP: usize = 16;
/// Stands for "not closed": later than every instant that a query can name.
const OPEN: i64 = i64::MAX;
/// How much a cosine can gain by rounding.
const ROUNDING: f32 = 1e-5;

/// Compares the query with every closed deal. Holds a vector as 32-bit floats and beside it 150 bytes at most: with 384 numbers
/// 1.7 KB a deal, 170 MB for 100,000.
pub struct ExactIndex {
    dimensions: usize,
    rows: RwLock<Rows>,
}

#[derive(Default)]
struct Rows {
    deals: Vec<Row>,
    /// The unit vectors of `deals`, one after the other, [`BLOCK`] in each but the last.
    blocks: Vec<Vec<f32>>,
    /// Where in `deals` a deal is.
    position: HashMap<DealId, usize>,
}

struct Row {
    deal: DealId,
    /// Microseconds since 1970, or [`OPEN`].
    closed_at: i64,
    won: bool,
    belongs: Belongs,
}

impl Row {
    fn of(point: &VectorPoint) -> Self {
        let (closed_at, won) = point.closed().map_or((OPEN, false), |(at, won)| (at.timestamp_micros(), won));
        Self { deal: point.deal, closed_at, won, belongs: point.belongs }
    }
}

impl Rows {
    fn set(&mut self, row: Row, unit: &[f32]) {
        if let Some(at) = self.position.get(&row.deal).copied() {
            self.deals[at] = row;
            self.vector_mut(at, unit.len()).copy_from_slice(unit);
            return;
        }
        let at = self.deals.len();
        if at.is_multiple_of(BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK * unit.len()));
        }
        self.blocks[at / BLOCK].extend_from_slice(unit);
        self.position.insert(row.deal, at);
        self.deals.push(row);
    }

    /// The last row takes the place of the removed one.
    fn remove(&mut self, deal: DealId, dimensions: usize) {
        let Some(at) = self.position.remove(&deal) else { return };
        let last = self.deals.len() - 1;
        let moved = self.vector(last, dimensions).to_vec();
        self.vector_mut(at, dimensions).copy_from_slice(&moved);
        self.blocks[last / BLOCK].truncate(last % BLOCK * dimensions);
        self.blocks.truncate(last.div_ceil(BLOCK));
        self.deals.swap_remove(at);
        if let Some(row) = self.deals.get(at) {
            self.position.insert(row.deal, at);
        }
    }

    fn vector(&self, at: usize, dimensions: usize) -> &[f32] {
        &self.blocks[at / BLOCK][at % BLOCK * dimensions..][..dimensions]
    }

    fn vector_mut(&mut self, at: usize, dimensions: usize) -> &mut [f32] {
        &mut self.blocks[at / BLOCK][at % BLOCK * dimensions..][..dimensions]
    }
}

/// A query while the rows go by.
struct Search {
    unit: Vec<f32>,
    only: Only,
    before: i64,
    exclude: Option<DealId>,
    limit: usize,
    found: Vec<Hit>,
    /// Less similar deals are no longer among the best.
    floor: f32,
}

impl Search {
    fn of(query: &SimilarQuery) -> Self {
        Self {
            unit: normalised(&query.vector),
            only: query.only,
            before: query.only.closed_before.map_or(OPEN, |at| at.timestamp_micros()),
            exclude: query.exclude,
            limit: query.limit,
            found: Vec::new(),
            floor: f32::NEG_INFINITY,
        }
    }

    fn look_at(&mut self, rows: &[Row], vectors: &[f32]) {
        for (row, vector) in rows.iter().zip(vectors.chunks_exact(self.unit.len())) {
            if row.closed_at >= self.before || Some(row.deal) == self.exclude {
                continue;
            }
            // Within range, as it was made from an instant.
            let closed_at = Instant::from_timestamp_micros(row.closed_at).unwrap_or_default();
            if !self.only.admits(&row.belongs, closed_at, row.won) {
                continue;
            }
            let cosine = dot(&self.unit, vector);
            if cosine + ROUNDING >= self.floor {
                self.take(Hit { deal: row.deal, similarity: similarity(cosine), won: row.won, closed_at });
            }
        }
    }

    fn take(&mut self, hit: Hit) {
        self.found.push(hit);
        if self.found.len() >= self.limit.saturating_mul(2).max(64) {
            self.found = best(std::mem::take(&mut self.found), self.limit);
            self.floor = self.found.last().filter(|_| self.found.len() == self.limit).map_or(self.floor, |hit| hit.similarity);
        }
    }
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

    /// Answers queries in one walk over the rows.
    fn walk(&self, queries: &[SimilarQuery]) -> Result<Vec<Vec<Hit>>, IndexError> {
        queries.iter().try_for_each(|query| check_vector(&query.vector, self.dimensions))?;
        let mut searches: Vec<Search> = queries.iter().map(Search::of).collect();
        let rows = self.read();
        for (some, vectors) in rows.deals.chunks(BLOCK).zip(&rows.blocks) {
            searches.iter_mut().filter(|search| search.limit > 0).for_each(|search| search.look_at(some, vectors));
        }
        Ok(searches.into_iter().map(|search| best(search.found, search.limit)).collect())
    }
}

impl VectorIndex for ExactIndex {
    fn upsert(&self, points: &[VectorPoint]) -> Result<(), IndexError> {
        points.iter().try_for_each(|point| check_vector(&point.vector, self.dimensions))?;
        let mut rows = self.write();
        points.iter().for_each(|point| rows.set(Row::of(point), &normalised(&point.vector)));
        Ok(())
    }

    fn remove(&self, deals: &[DealId]) -> Result<(), IndexError> {
        let mut rows = self.write();
        deals.iter().for_each(|deal| rows.remove(*deal, self.dimensions));
        Ok(())
    }

    fn search(&self, query: &SimilarQuery) -> Result<Vec<Hit>, IndexError> {
        Ok(self.walk(std::slice::from_ref(query))?.pop().unwrap_or_default())
    }

    fn search_many(&self, queries: &[SimilarQuery]) -> Result<Vec<Vec<Hit>>, IndexError> {
        let groups: Vec<Vec<Vec<Hit>>> = queries.par_chunks(GROUP).map(|group| self.walk(group)).collect::<Result<_, _>>()?;
        Ok(groups.into_iter().flatten().collect())
    }

    fn vectors(&self, deals: &[DealId]) -> Result<Vec<Option<Vec<f32>>>, IndexError> {
        let rows = self.read();
        let vector = |deal| rows.position.get(deal).map(|at| rows.vector(*at, self.dimensions).to_vec());
        Ok(deals.iter().map(vector).collect())
    }

    fn ids(&self) -> Result<Vec<DealId>, IndexError> {
        let mut ids: Vec<DealId> = self.read().deals.iter().map(|row| row.deal).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    fn count(&self) -> Result<usize, IndexError> {
        Ok(self.read().deals.len())
    }
}

fn normalised(vector: &[f32]) -> Vec<f32> {
    let length = dot(vector, vector).sqrt();
    vector.iter().map(|x| x / length).collect()
}

/// Sums side by side, which the compiler turns into vector instructions; one sum it may not reorder.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
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
