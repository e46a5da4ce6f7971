//! How to train.

use crate::domain::models::{FeatureSet, ThresholdGoal};

/// How much work a training makes of it; less gives a worse model, sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Trees of a forest or boosted one after the other, at most.
    pub max_trees: usize,
    /// Resamples behind the report's intervals.
    pub resamples: usize,
    /// Cuts into folds that the entrants of the model selection are judged on where there are few deals.
    pub cuts_of_few: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { max_trees: 2_000, resamples: 300, cuts_of_few: 4 }
    }
}

impl Effort {
    /// For tests of what is done with a model, whatever it is worth.
    pub const LEAST: Self = Self { max_trees: 20, resamples: 20, cuts_of_few: 1 };
}

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// What may be learned from.
    pub feature_set: FeatureSet,
    /// What the threshold is chosen for.
    pub goal: ThresholdGoal,
    /// Of all chance: splits, draws of rows and columns, bootstrap.
    pub seed: u64,
    pub effort: Effort,
    /// For models of a world that has changed: days after which a deal weighs half as much when models and calibration are fitted.
    /// Whatever is measured counts each deal once all the same. `None`: a deal's age does not matter.
    pub half_life_days: Option<f64>,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self { feature_set: FeatureSet::All, goal: ThresholdGoal::default(), seed: 1, effort: Effort::default(), half_life_days: None }
    }
}
