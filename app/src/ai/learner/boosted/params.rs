//! Settings of the booster.

use serde::{Deserialize, Serialize};

use crate::ai::learner::trees::tree::Tree;

/// How trees are grown. Weights are sums of example weights: where the snapshots of a deal add up to 1, they count deals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoostParams {
    pub learning_rate: f64,
    /// Leaves of a tree, at most; 2 or more.
    pub leaves: usize,
    /// Questions on a path, at most; 1 to [`Tree::MAX_DEPTH`].
    pub depth: usize,
    /// Weight of a leaf's rows, at least.
    pub min_leaf_weight: f64,
    /// Sum of a leaf's second derivatives, at least.
    pub min_leaf_hessian: f64,
    /// Gain of a split, at least.
    pub min_gain: f64,
    /// Added to each leaf's second derivatives.
    pub l2: f64,
    /// Added to `l2` where categories are grouped.
    pub category_l2: f64,
    /// Draws the mean gradient of small categories to 0; categories of less weight are not put into groups.
    pub category_smoothing: f64,
    /// Weight that the next larger group of categories must add to be tried.
    pub min_group_weight: f64,
    /// Categories of less weight are pooled.
    pub min_category_weight: f64,
    /// Share of the columns that each tree sees, 0 to 1.
    pub column_share: f64,
    /// Share of the rows that each tree sees, 0 to 1.
    pub row_share: f64,
    /// Of the draws of columns and rows.
    pub seed: u64,
}

impl BoostParams {
    /// The nearest settings that can be computed with.
    pub fn clamped(mut self) -> Self {
        self.leaves = self.leaves.max(2);
        self.depth = self.depth.clamp(1, Tree::MAX_DEPTH);
        self
    }

    /// Settings for so many deals, found by cross-validation on the older 80 % of the IBM sales win/loss file (78,025 deals, and
    /// samples of 600 to 10,000 of them) and on salvirt (448 deals). Few deals want small trees and small steps.
    pub fn for_deals(deals: usize, seed: u64) -> Self {
        let large = Self {
            learning_rate: 0.15,
            leaves: 31,
            depth: 6,
            min_leaf_weight: 20.0,
            min_leaf_hessian: 1e-3,
            min_gain: 1e-6,
            l2: 10.0,
            category_l2: 10.0,
            category_smoothing: 10.0,
            min_group_weight: 50.0,
            min_category_weight: 5.0,
            column_share: 0.7,
            row_share: 1.0,
            seed,
        };
        let medium = Self {
            learning_rate: 0.08,
            leaves: 16,
            depth: 5,
            min_leaf_weight: 10.0,
            l2: 5.0,
            min_group_weight: 20.0,
            column_share: 0.5,
            ..large.clone()
        };
        match deals {
            0..1_000 => Self {
                learning_rate: 0.05,
                leaves: 8,
                depth: 3,
                min_leaf_weight: 5.0,
                category_smoothing: 5.0,
                min_group_weight: 10.0,
                ..medium
            },
            1_000..20_000 => medium,
            _ => large,
        }
    }
}
