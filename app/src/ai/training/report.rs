//! What a training says about its model.

use crate::{
    ai::{
        calibration::Calibration,
        evaluation::{Judged, evaluate, segmentation},
        learner::Model,
        metrics::Predictions,
        table::{Column, ColumnData, Examples, pick, rows_of},
        training::{TrainOptions, selection::Winner},
    },
    domain::models::{Coverage, ExcludedColumn, Metrics, Threshold, TopFeature, TrainingReport, Versus},
};

/// Rows that the importance of features is measured on, at most.
const IMPORTANCE_ROWS: usize = 2_000;
/// Below this many won or lost deals scores are marked as of low confidence.
const MIN_FOR_CONFIDENCE: usize = 200;
/// Features named.
const TOP_FEATURES: usize = 20;

/// What the report is made from; margins are of models that had not seen the rows.
pub struct Tested<'a> {
    pub winner: &'a Winner,
    /// Learned from the older deals.
    pub model: &'a Model,
    pub calibration: &'a Calibration,
    pub threshold: Threshold,
    pub older: &'a Examples,
    pub newest: (&'a Examples, &'a [f64]),
    pub options: &'a TrainOptions,
    /// What is to be said with or without a model.
    pub base: TrainingReport,
}

/// The report where nothing could be learned.
pub fn without_model((won, lost): (usize, usize), options: &TrainOptions, excluded: Vec<ExcludedColumn>) -> TrainingReport {
    TrainingReport {
        learner: "none".into(),
        settings: String::new(),
        deals: won + lost,
        closed_deals: won + lost,
        won,
        lost,
        low_confidence: won.min(lost) < MIN_FOR_CONFIDENCE,
        feature_set: options.feature_set,
        seed: options.seed,
        candidates: Vec::new(),
        calibration: None,
        threshold: None,
        holdout: None,
        evaluation: None,
        base_rate: None,
        crm: None,
        lived_a_day: None,
        cross_validation: None,
        segments: Vec::new(),
        top_features: Vec::new(),
        excluded,
        coverage: Vec::new(),
        baseline: None,
    }
}

pub fn report(tested: Tested) -> TrainingReport {
    let Tested { winner, model, calibration, threshold, older, newest: (newest, margins), options, base } = tested;
    let calibrated = |margins: &[f64]| margins.iter().map(|margin| calibration.probability(*margin)).collect::<Vec<f64>>();
    let probability = calibrated(margins);
    let judged = Judged { probability: &probability, won: &newest.won, weight: &newest.weight, group: &newest.group };
    TrainingReport {
        learner: winner.recipe.learner().into(),
        settings: winner.recipe.settings(),
        candidates: winner.candidates.clone(),
        threshold: Some(threshold),
        holdout: Some(metrics(&probability, newest)),
        evaluation: Some(evaluate(judged, threshold.value, options.resamples, options.seed)),
        base_rate: Some(of_base_rate(older, newest)),
        crm: against_crm(newest, &probability),
        lived_a_day: of_longer_lived(newest, &probability),
        // The calibration was fitted on the same margins; its few numbers flatter little.
        cross_validation: Some(metrics(&calibrated(&winner.margins), older)),
        segments: newest.segments.iter().map(|of| segmentation(judged, &of.by, &of.labels)).collect(),
        top_features: top_features(model, calibration, newest),
        ..base
    }
}

fn metrics(probability: &[f64], examples: &Examples) -> Metrics {
    Metrics::of(Predictions { probability, won: &examples.won, weight: &examples.weight })
}

fn of_base_rate(older: &Examples, newest: &Examples) -> Metrics {
    let total: f64 = older.weight.iter().sum();
    let won: f64 = older.won.iter().zip(&older.weight).filter(|(won, _)| **won).map(|(_, weight)| weight).sum();
    metrics(&vec![won / total; newest.won.len()], newest)
}

fn of_longer_lived(newest: &Examples, probability: &[f64]) -> Option<Metrics> {
    let rows: Vec<usize> = (0..newest.won.len()).filter(|row| newest.lived_a_day[*row]).collect();
    if rows.is_empty() || rows.len() == newest.won.len() {
        return None;
    }
    Some(metrics(&pick(probability, &rows), &newest.rows(&rows)))
}

fn against_crm(newest: &Examples, probability: &[f64]) -> Option<Versus> {
    let rows: Vec<usize> = (0..newest.won.len()).filter(|row| (0.0..=1.0).contains(&newest.crm_probability[*row])).collect();
    if rows.is_empty() {
        return None;
    }
    let known = newest.rows(&rows);
    Some(Versus { crm: metrics(&known.crm_probability, &known), model: metrics(&pick(probability, &rows), &known) })
}

fn top_features(model: &Model, calibration: &Calibration, newest: &Examples) -> Vec<TopFeature> {
    let step = newest.table.rows.div_ceil(IMPORTANCE_ROWS).max(1);
    let rows: Vec<usize> = (0..newest.table.rows).step_by(step).collect();
    let total: f64 = rows.iter().map(|row| newest.weight[*row]).sum();
    let names = model.columns();
    let mut sums = vec![0.0; names.len()];
    let (margins, explained) = model.explain(&rows_of(&newest.table, &rows));
    for ((contributions, margin), row) in explained.per_row.iter().zip(margins).zip(&rows) {
        let weight = newest.weight[*row] * calibration.slope(explained.base, margin);
        sums.iter_mut().zip(contributions).for_each(|(sum, contribution)| *sum += weight * contribution.abs());
    }
    let feature = |(name, sum): (&str, f64)| TopFeature { name: name.to_owned(), importance: sum / total };
    let mut features: Vec<TopFeature> = names.into_iter().zip(sums).map(feature).filter(|feature| feature.importance > 0.0).collect();
    features.sort_by(|a, b| b.importance.total_cmp(&a.importance));
    features.truncate(TOP_FEATURES);
    features
}

/// How much of each column is known. `used` are the columns that the model learned from.
pub fn coverage(examples: &Examples, used: &[&str]) -> Vec<Coverage> {
    let total: f64 = examples.weight.iter().sum();
    let known = |column: &Column| {
        let weight = |row: usize| examples.weight[row];
        let sum: f64 = match &column.data {
            ColumnData::Numeric(values) => (0..values.len()).filter(|row| !values[*row].is_nan()).map(weight).sum(),
            ColumnData::Category(values) => (0..values.len()).filter(|row| values[*row].is_some()).map(weight).sum(),
        };
        sum / total
    };
    let coverage = |(at, column): (usize, &Column)| Coverage {
        name: column.name.clone(),
        closed: known(column),
        open: examples.open_known.get(at).copied().flatten(),
        used: used.contains(&column.name.as_str()),
    };
    examples.table.columns.iter().enumerate().map(coverage).collect()
}
