//! How a forest is grown.

use serde::{Deserialize, Serialize};

use crate::ai::learner::trees::tree::Tree;

/// How the forest is grown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForestParams {
    /// 1 to [`ForestParams::MAX_TREES`].
    pub trees: u16,
    /// Questions on a path, at most; 1 to 16.
    pub max_depth: u16,
    /// Drawn rows of a leaf, at least; where the snapshots of a deal weigh 1 together, about one of them is drawn.
    pub min_leaf: usize,
    /// Of the draws of rows and columns.
    pub seed: u64,
}

impl ForestParams {
    pub const MAX_TREES: u16 = 1_000;

    /// The nearest settings that can be computed with.
    pub fn clamped(&self) -> Self {
        Self {
            trees: self.trees.clamp(1, Self::MAX_TREES),
            max_depth: self.max_depth.clamp(1, Tree::MAX_DEPTH as u16),
            min_leaf: self.min_leaf.max(1),
            seed: self.seed,
        }
    }
}
