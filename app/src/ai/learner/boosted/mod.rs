//! Gradient-boosted decision trees for log-loss, on histograms, with missing values and categories as they are.
//!
//! - [`bins`]: values as small numbers. [`histogram`], [`split`], [`grow`]: one tree, best leaf first.
//! - [`fit`]: boosting. [`select`]: the number of trees by cross-validation. [`explain`]: exact Shapley values.
//!
//! Threads never change a result: each column's sums are added up by one thread in the order of the rows, and ties go to the
//! first column.

pub mod bins;
mod explain;
mod fit;
mod grow;
mod histogram;
mod params;
mod select;
mod split;
mod tree;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::{
    bins::{BinnedColumn, BinnedTable, MAX_BINS},
    explain::Explainer,
    fit::Booster,
    tree::Tree,
};
pub use self::{
    fit::Labels,
    histogram::Columns,
    params::BoostParams,
    select::{Selection, Stopping, cross_validate},
};
use super::Contributions;

/// Rows handled by one thread at a time.
const CHUNK: usize = 256;
/// Trees of an artifact, at most.
const MAX_TREES: usize = 5_000;

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    pub columns: Vec<BinnedColumn>,
    /// Log-odds before any tree.
    bias: f32,
    trees: Vec<Tree>,
    #[serde(skip)]
    explainer: OnceLock<Explainer>,
}

impl Forest {
    /// Fits `trees` trees to all rows of the table.
    pub fn fit(columns: &[BinnedColumn], table: &BinnedTable, labels: Labels, params: &BoostParams, trees: usize) -> Self {
        let rows = (0..table.rows as u32).collect();
        let mut booster = Booster::new(Columns { definitions: columns, table }, labels, rows, params.clone());
        for _ in 0..trees {
            booster.step();
        }
        Self { columns: columns.to_vec(), bias: booster.bias, trees: booster.trees, explainer: OnceLock::new() }
    }

    pub fn tree_count(&self) -> usize {
        self.trees.len()
    }

    /// Log-odds by row.
    pub fn margins(&self, table: &BinnedTable) -> Vec<f64> {
        let mut margins = vec![f64::from(self.bias); table.rows];
        // Tree by tree over a few rows: the tree stays in the cache.
        margins.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, margins)| {
            for tree in &self.trees {
                for (place, margin) in margins.iter_mut().enumerate() {
                    *margin += tree.value(table, chunk * CHUNK + place);
                }
            }
        });
        margins
    }

    /// Exact path-dependent Shapley values by column of the model.
    pub fn contributions(&self, table: &BinnedTable) -> Contributions {
        let explainer = self.explainer.get_or_init(|| Explainer::new(&self.trees));
        let mut per_row = vec![vec![0.0; self.columns.len()]; table.rows];
        per_row.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, rows)| explainer.explain(table, chunk * CHUNK, rows));
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
            if tree.leaves.len() > BoostParams::MAX_LEAVES {
                return Err(format!("tree {index}: too many leaves"));
            }
            tree.check(&bin_counts, BoostParams::MAX_DEPTH).map_err(|problem| format!("tree {index}: {problem}"))?;
        }
        Ok(())
    }
}

impl BinnedColumn {
    fn check(&self) -> Result<(), &'static str> {
        if self.bin_count() > MAX_BINS + 1 {
            return Err("too many bins");
        }
        match &self.kind {
            bins::BinKind::Numeric { cuts } if !cuts.iter().all(|cut| cut.is_finite()) || !cuts.is_sorted() => Err("cuts out of order"),
            _ => Ok(()),
        }
    }
}
