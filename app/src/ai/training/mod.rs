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
mod options;
mod progress;
mod recency;
mod report;
pub mod selection;
mod verdict;

use self::{
    calibrate::{Calibrated, calibrate},
    recency::Recency,
    selection::{FOLDS, out_of_fold, select_model},
};
pub use self::{
    options::TrainOptions,
    progress::{TrainError, TrainingProgress},
};
use super::{
    calibration::{Outcomes, VennAbers},
    evaluation::{Judged, choose_threshold},
    features,
    leaks::leaks,
    learner::{Recipe, sigmoid},
    model::ScoringModel,
    reasons::Benchmarks,
    split,
    table::{ColumnData, Examples},
};
use crate::domain::models::{Baseline, ExcludedColumn, FeatureSet, Threshold, ThresholdGoal, TrainingReport};

/// Share of the deals held out.
const HOLDOUT: f64 = 0.2;
/// Below this many won or lost deals there is nothing to learn from.
const MIN_TO_TRAIN: usize = 10;

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

/// [`train`] where nobody follows.
pub fn train_unwatched(examples: &Examples, options: &TrainOptions) -> Result<Trained, TrainError> {
    train(examples.clone(), options, &mut TrainingProgress { progress: &mut |_, _, _| {}, cancelled: &|| false })
}

/// Trains on closed deals; see the module's words.
pub fn train(examples: Examples, options: &TrainOptions, progress: &mut TrainingProgress) -> Result<Trained, TrainError> {
    check(&examples)?;
    progress.at(0.0, "looking for columns that tell the outcome")?;
    let (examples, excluded) = learnable(examples, options.feature_set);
    let (won, lost) = examples.won_and_lost();
    let split = split::temporal(&examples.group, &examples.close_order, HOLDOUT, options.seed);
    let older = examples.rows(&split.older);
    let (older_won, older_lost) = older.won_and_lost();
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
