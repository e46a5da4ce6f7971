//! Models that add up decision trees over bins, however they were grown.
//!
//! - [`bins`]: values as small numbers. [`tree`]: one tree. [`explain`]: exact Shapley values.

pub mod bins;
mod explain;
pub mod tree;

#[cfg(test)]
pub(super) mod tests;

use std::sync::OnceLock;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::{
    bins::{BinnedColumn, BinnedTable},
    explain::Explainer,
    tree::Tree,
};
use super::Contributions;

/// Rows handled by one thread at a time.
const CHUNK: usize = 256;
/// Trees of an artifact, at most.
const MAX_TREES: usize = 5_000;

/// A fitted model: a row's margin is `bias` plus the value of its leaf in each tree.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Forest {
    pub columns: Vec<BinnedColumn>,
    pub(super) bias: f32,
    pub(super) trees: Vec<Tree>,
    /// Made when first needed.
    #[serde(skip)]
    explainer: OnceLock<Explainer>,
}

impl PartialEq for Forest {
    fn eq(&self, other: &Self) -> bool {
        (&self.columns, self.bias, &self.trees) == (&other.columns, other.bias, &other.trees)
    }
}

impl Forest {
    /// Trees must be valid for the columns ([`Forest::check`]).
    pub fn new(columns: Vec<BinnedColumn>, bias: f32, trees: Vec<Tree>) -> Self {
        Self { columns, bias, trees, explainer: OnceLock::new() }
    }

    pub fn tree_count(&self) -> usize {
        self.trees.len()
    }

    /// Margins by row.
    pub fn margins(&self, table: &BinnedTable) -> Vec<f64> {
        let mut margins = vec![f64::from(self.bias); table.rows];
        // Tree by tree over a few rows: the tree stays in the cache.
        in_chunks(&mut margins, |first, margins| {
            for tree in &self.trees {
                for (place, margin) in margins.iter_mut().enumerate() {
                    *margin += tree.value(table, first + place);
                }
            }
        });
        margins
    }

    /// Exact path-dependent Shapley values by column of the model.
    pub fn contributions(&self, table: &BinnedTable) -> Contributions {
        let explainer = self.explainer.get_or_init(|| Explainer::new(&self.trees));
        let mut per_row = vec![vec![0.0; self.columns.len()]; table.rows];
        in_chunks(&mut per_row, |first, rows| explainer.explain(table, first, rows));
        Contributions { base: f64::from(self.bias) + explainer.expected(), per_row }
    }

    /// Checks a forest that was read from outside.
    pub fn check(&self) -> Result<(), String> {
        if !self.bias.is_finite() || self.trees.len() > MAX_TREES {
            return Err("bias or number of trees out of range".into());
        }
        for column in &self.columns {
            column.check().map_err(|problem| format!("column {}: {problem}", column.name))?;
        }
        let bin_counts: Vec<usize> = self.columns.iter().map(BinnedColumn::bin_count).collect();
        for (index, tree) in self.trees.iter().enumerate() {
            tree.check(&bin_counts).map_err(|problem| format!("tree {index}: {problem}"))?;
        }
        Ok(())
    }
}

/// Calls `f` with the first row and the items of each chunk. A single chunk stays on this thread: waking another one takes
/// longer than scoring a row.
fn in_chunks<T: Send>(items: &mut [T], f: impl Fn(usize, &mut [T]) + Sync) {
    if items.len() <= CHUNK {
        f(0, items);
    } else {
        items.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, items)| f(chunk * CHUNK, items));
    }
}
