//! How to train.

use crate::domain::models::{FeatureSet, ThresholdGoal};

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// What may be learned from.
    pub feature_set: FeatureSet,
    /// What the threshold is chosen for.
    pub goal: ThresholdGoal,
    /// Of all chance: splits, draws of rows and columns, bootstrap.
    pub seed: u64,
    /// Boosted trees, at most.
    pub max_trees: usize,
    /// Resamples behind the report's intervals.
    pub resamples: usize,
    /// For models of a world that has changed: days after which a deal weighs half as much when models and calibration are fitted.
    /// Whatever is measured counts each deal once all the same. `None`: a deal's age does not matter.
    pub half_life_days: Option<f64>,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            feature_set: FeatureSet::All,
            goal: ThresholdGoal::default(),
            seed: 1,
            max_trees: 2_000,
            resamples: 300,
            half_life_days: None,
        }
    }
}
