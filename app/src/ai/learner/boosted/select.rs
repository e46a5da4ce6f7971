//! How many trees: cross-validation with early stopping.

use rayon::prelude::*;

use super::{
    fit::{Booster, Labels},
    histogram::Columns,
    params::BoostParams,
};

/// Trees grown before the loss is looked at again.
const STRIDE: usize = 10;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub struct Stopping {
    /// Trees, at most.
    pub most: usize,
    /// Stop when so many trees …
    pub patience: usize,
    /// … lowered the mean loss by less than this share of it: the last little gains cost most of the time.
    pub tolerance: f64,
}

/// What a cross-validation says.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Mean of the folds' validation log-loss after each tree.
    pub losses: Vec<f64>,
    /// The number of trees with the least of them.
    pub trees: usize,
    /// Margins of all rows with so many trees, each from the fold that did not learn from it.
    pub margins: Vec<f64>,
}

impl Selection {
    pub fn loss(&self) -> f64 {
        self.trees.checked_sub(1).and_then(|last| self.losses.get(last)).copied().unwrap_or(f64::INFINITY)
    }
}

/// Grows one forest per fold side by side. `fold` says which fold holds out each row; `progress` hears the number of trees
/// and answers whether to go on.
pub fn cross_validate(
    columns: Columns,
    labels: Labels,
    fold: &[usize],
    params: &BoostParams,
    stopping: Stopping,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Selection {
    let folds = fold.iter().max().map_or(0, |last| last + 1);
    let learned = |held_out: usize| (0..fold.len() as u32).filter(|row| fold[*row as usize] != held_out).collect();
    let mut boosters: Vec<Booster> = (0..folds).map(|held_out| Booster::new(columns, labels, learned(held_out), params.clone())).collect();
    let mut losses: Vec<f64> = Vec::new();
    // The last tree that was worth going on for, and the best.
    let (mut worth, mut best) = (0, 0);
    while losses.len() < stopping.most && losses.len() - worth < stopping.patience {
        let stride = STRIDE.min(stopping.most - losses.len());
        let stretch = |booster: &mut Booster| -> Vec<f64> {
            (0..stride)
                .map(|_| {
                    booster.step();
                    booster.validation_loss()
                })
                .collect()
        };
        let by_fold: Vec<Vec<f64>> = boosters.par_iter_mut().map(stretch).collect();
        for tree in 0..stride {
            losses.push(by_fold.iter().map(|losses| losses[tree]).sum::<f64>() / folds.max(1) as f64);
            let last = losses.len() - 1;
            if losses[last] < losses[best] {
                best = last;
            }
            if losses[last] < losses[worth] * (1.0 - stopping.tolerance) {
                worth = last;
            }
        }
        if !progress(losses.len()) {
            break;
        }
    }
    let trees = if losses.is_empty() { 0 } else { best + 1 };
    let margin = |row: usize| {
        let booster = &boosters[fold[row]];
        booster.trees[..trees].iter().fold(f64::from(booster.bias), |margin, tree| margin + tree.value(columns.table, row))
    };
    let margins = (0..fold.len()).into_par_iter().map(margin).collect();
    Selection { losses, trees, margins }
}
