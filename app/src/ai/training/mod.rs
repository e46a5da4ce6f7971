//! Training: from examples to a calibrated model and an honest report on it.
//!
//! 1. Columns that tell the outcome are left out ([`leaks`]); the newest 20 % of the deals are held out.
//! 2. On the older 80 %, all of the [`grid`] is judged by five-fold cross-validation (grouped by deal, stratified). The lowest log-loss
//!    wins, after a Platt scaling that was fitted on the other folds. How to calibrate the winner, and the threshold, are chosen on
//!    its out-of-fold margins.
//! 3. A model of the older 80 % is judged once, on the newest 20 %: the report.
//! 4. The model that goes to work learns from everything with the same settings. Its calibration uses the out-of-fold margins of
//!    step 2 and the holdout's of step 3: no deal's margin comes from a model that had seen the deal.
//!
//! With a half-life ([`TrainOptions::half_life_days`]) recent deals weigh more in all that is fitted. The holdout's margins in step 4, of
//! a model that hardly knew the recent deals, would then make the calibration distrust one that does: all deals' margins are
//! out-of-fold ones instead.
//!
//! Calibration takes all of these margins. Taking only the newest, since win rates drift, cost log-loss on the IBM file's newest deals
//! (.419 against .406) and on random ones (.250 against .245): `cargo xtask bench model`.

mod calibrate;
mod grid;
mod recency;
mod report;
pub mod selection;
mod verdict;

use std::collections::BTreeMap;

use self::{
    calibrate::{Calibrated, calibrate},
    recency::Recency,
    selection::{Winner, out_of_fold, select_model},
};
use super::{
    calibration::{Outcomes, VennAbers},
    evaluation::{Judged, choose_threshold},
    features,
    leaks::leaks,
    learner::{FitError, Recipe, sigmoid},
    model::ScoringModel,
    reasons::Benchmarks,
    split,
    table::{ColumnData, Examples},
};
use crate::domain::models::{Baseline, ExcludedColumn, FeatureSet, Threshold, ThresholdGoal, TrainingReport};

/// Share of the deals held out.
const HOLDOUT: f64 = 0.2;
/// Folds of the cross-validation.
const FOLDS: usize = 5;
/// Below this many won or lost deals there is nothing to learn from.
const MIN_TO_TRAIN: usize = 10;
/// Below this many won or lost deals a model is not published.
const MIN_TO_PUBLISH: usize = 40;
/// Below this many won or lost deals scores are marked as of low confidence.
const MIN_FOR_CONFIDENCE: usize = 200;

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

/// What came of a training.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// `None` if there was too little to learn from.
    pub model: Option<ScoringModel>,
    /// The model's learner and settings.
    pub recipe: Option<Recipe>,
    /// Whether the model is fit for use.
    pub ready: bool,
    /// Why, in plain words.
    pub reason: String,
    pub report: TrainingReport,
}

/// Why training could not be done at all. Too few deals are no error: see [`Trained`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    #[error("the examples are inconsistent: {0}")]
    Examples(String),
    #[error("the training was cancelled")]
    Cancelled,
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// Follows a training from outside.
pub struct TrainingProgress<'a> {
    /// Hears how far it is: done, total, what it is doing.
    pub progress: &'a mut dyn FnMut(u64, u64, &str),
    /// Asked every now and then whether to stop.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// Progress is told in thousandths.
const TOTAL: u64 = 1_000;

impl TrainingProgress<'_> {
    /// Tells how far it is, 0 to 1, and whether to go on.
    fn at(&mut self, share: f64, doing: &str) -> Result<(), TrainError> {
        if (self.cancelled)() {
            return Err(TrainError::Cancelled);
        }
        (self.progress)((share * TOTAL as f64).round() as u64, TOTAL, doing);
        Ok(())
    }
}

/// [`train`] where nobody follows.
pub fn train_unwatched(examples: &Examples, options: &TrainOptions) -> Result<Trained, TrainError> {
    train(examples.clone(), options, &mut TrainingProgress { progress: &mut |_, _, _| {}, cancelled: &|| false })
}

/// Trains on closed deals; see the module's words.
pub fn train(examples: Examples, options: &TrainOptions, progress: &mut TrainingProgress) -> Result<Trained, TrainError> {
    check(&examples)?;
    progress.at(0.0, "looking for columns that tell the outcome")?;
    let (examples, excluded) = learnable(examples, options.feature_set);
    let (won, lost) = deals(&examples);
    let split = split::temporal(&examples.group, &examples.close_order, HOLDOUT, options.seed);
    let older = examples.rows(&split.older);
    let (older_won, older_lost) = deals(&older);
    // Every fold needs both outcomes.
    if won.min(lost) < MIN_TO_TRAIN || older_won.min(older_lost) < FOLDS {
        let report = report::without_model((won, lost), options, excluded);
        let reason = if won.min(lost) < MIN_TO_TRAIN { verdict::too_few(won, lost) } else { verdict::one_sided(won, lost) };
        return Ok(Trained { model: None, recipe: None, ready: false, reason, report });
    }
    let newest = examples.rows(&split.newest);

    let recency = Recency::new(options.half_life_days);
    let older_weight = recency.weights(&older);
    let winner = select_model(&older, won + lost, options, progress, 0.6)?;
    let Calibrated { method, margins, report: calibration_report } = calibrate(&winner, &older, &older_weight);
    let threshold = threshold(&margins, &older, options.goal);
    let calibration = method.fit(outcomes(&older, &winner.margins, &older_weight));

    progress.at(0.6, "fitting the older deals")?;
    let judged_model = winner.recipe.fit(&older.table, &older.won, &older_weight)?;
    progress.at(0.72, "testing on the newest deals")?;
    let newest_margins = judged_model.margins(&newest.table);
    let mut report = report::report(report::Tested {
        winner: &winner,
        model: &judged_model,
        calibration: &calibration,
        threshold,
        older: &older,
        newest: (&newest, &newest_margins),
        options,
        base: report::without_model((won, lost), options, excluded),
    });
    report.calibration = Some(calibration_report);

    progress.at(0.85, "fitting all deals")?;
    let weight = recency.weights(&examples);
    let model = winner.recipe.fit(&examples.table, &examples.won, &weight)?;
    report.coverage = report::coverage(&examples, &model.columns());
    let (unseen, unseen_margins) = if recency.matters() {
        let margins = out_of_fold(&winner.recipe, &examples, &weight, options.seed)?;
        (examples.clone(), margins)
    } else {
        (examples.rows(&[split.older, split.newest].concat()), [winner.margins, newest_margins].concat())
    };
    let unseen_weight = recency.weights(&unseen);
    let fitted = outcomes(&unseen, &unseen_margins, &unseen_weight);
    let calibration = method.fit(fitted);
    let scores: Vec<f64> = unseen_margins.iter().map(|margin| calibration.probability(*margin)).collect();
    report.baseline = Some(Baseline::fit(&unseen, &scores));
    let model = ScoringModel::new(model, calibration, VennAbers::fit(fitted), threshold.value, Benchmarks::of(&examples));
    progress.at(1.0, "trained")?;

    let (ready, reason) = verdict::verdict(won, lost, &report);
    Ok(Trained { model: Some(model), recipe: Some(winner.recipe), ready, reason, report })
}

/// The examples without the columns that may not be learned from, and those that tell the outcome.
fn learnable(mut examples: Examples, features: FeatureSet) -> (Examples, Vec<ExcludedColumn>) {
    examples.retain_columns(|name| features == FeatureSet::All || features::is_core(name));
    let excluded = leaks(&examples);
    examples.retain_columns(|name| !excluded.iter().any(|column| column.name == name));
    (examples, excluded)
}

/// The threshold for the team's goal, on calibrated margins that no deal's own outcome had a part in.
fn threshold(margins: &[f64], older: &Examples, goal: ThresholdGoal) -> Threshold {
    let probability: Vec<f64> = margins.iter().map(|margin| sigmoid(*margin)).collect();
    choose_threshold(Judged { probability: &probability, won: &older.won, weight: &older.weight, group: &older.group }, goal)
}

fn outcomes<'a>(examples: &'a Examples, margin: &'a [f64], weight: &'a [f64]) -> Outcomes<'a> {
    Outcomes { margin, won: &examples.won, weight }
}

/// Won and lost deals.
fn deals(examples: &Examples) -> (usize, usize) {
    let outcome: BTreeMap<u32, bool> = examples.group.iter().copied().zip(examples.won.iter().copied()).collect();
    let won = outcome.values().filter(|won| **won).count();
    (won, outcome.len() - won)
}

fn check(examples: &Examples) -> Result<(), TrainError> {
    let rows = examples.table.rows;
    let problem = |what: &str| Err(TrainError::Examples(what.to_owned()));
    let lengths = [
        examples.won.len(),
        examples.weight.len(),
        examples.group.len(),
        examples.close_order.len(),
        examples.closed_day.len(),
        examples.crm_probability.len(),
        examples.lived_a_day.len(),
    ];
    if lengths.into_iter().chain(examples.segments.iter().map(|of| of.labels.len())).any(|length| length != rows) {
        return problem("labels, weights, groups and orders must be as many as rows");
    }
    for column in &examples.table.columns {
        let length = match &column.data {
            ColumnData::Numeric(values) => values.len(),
            ColumnData::Category(values) => values.len(),
        };
        if length != rows {
            return problem(&format!("column {} has {length} values for {rows} rows", column.name));
        }
    }
    if !examples.weight.iter().all(|weight| weight.is_finite() && *weight > 0.0) {
        return problem("weights must be positive");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
