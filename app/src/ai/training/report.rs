//! What a training says about its model.

use serde::{Deserialize, Serialize};

use super::{MIN_FOR_CONFIDENCE, TrainOptions, calibrated_metrics, part};
use crate::ai::{
    calibration::Platt,
    learner::{Model, Recipe},
    metrics::{Metrics, Predictions, auc_interval},
    split::{pick, rows_of},
    table::Examples,
};

/// Rows that the importance of features is measured on, at most.
const IMPORTANCE_ROWS: usize = 2_000;
/// Features named.
const TOP_FEATURES: usize = 20;

/// Each deal counts once in all metrics, however many snapshots it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `boosted_trees`, `logistic_regression`, or `none`.
    pub learner: String,
    /// Closed deals.
    pub deals: usize,
    pub won: usize,
    pub lost: usize,
    /// Fewer than 200 won or lost deals.
    pub low_confidence: bool,
    /// The learner's settings.
    pub recipe: Option<Recipe>,
    /// Number of trees, for boosted trees.
    pub trees: Option<usize>,
    /// On the newest 20 % of the deals, by a model that learned from the older ones.
    pub holdout: Option<Metrics>,
    /// There, if every deal got the older deals' win rate as its probability.
    pub base_rate: Option<Metrics>,
    /// There, against the CRM's own probability; `None` where no row has one.
    pub crm: Option<Versus>,
    /// There, of the deals that were open for at least a day; `None` where all were, or none.
    pub lived_a_day: Option<Metrics>,
    /// Of the older deals, out of fold. Platt scaling was fitted on the newest of the same
    /// predictions; its two numbers flatter little.
    pub cross_validation: Option<Metrics>,
    /// 95 % bootstrap interval of the holdout's AUC.
    pub auc_interval: Option<(f64, f64)>,
    /// Most important first.
    pub top_features: Vec<TopFeature>,
}

/// Two predictors on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Versus {
    pub crm: Metrics,
    pub model: Metrics,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopFeature {
    pub name: String,
    /// Mean of the absolute contributions to the newest deals' margins, in log-odds.
    pub importance: f64,
}

/// What the report is made from; margins are of models that had not seen the rows.
pub struct Judged<'a> {
    pub recipe: &'a Recipe,
    pub model: &'a Model,
    pub platt: Platt,
    /// Won and lost.
    pub deals: (usize, usize),
    pub older: (&'a Examples, &'a [f64]),
    pub newest: (&'a Examples, &'a [f64]),
    pub options: &'a TrainOptions,
}

impl Report {
    pub fn without_model(won: usize, lost: usize) -> Self {
        Self {
            learner: "none".into(),
            deals: won + lost,
            won,
            lost,
            low_confidence: true,
            recipe: None,
            trees: None,
            holdout: None,
            base_rate: None,
            crm: None,
            lived_a_day: None,
            cross_validation: None,
            auc_interval: None,
            top_features: Vec::new(),
        }
    }
}

pub fn report(judged: Judged) -> Report {
    let (won, lost) = judged.deals;
    let (older, older_margins) = judged.older;
    let (newest, newest_margins) = judged.newest;
    let predictions = Predictions { probability: newest_margins, won: &newest.won, weight: &newest.weight };
    Report {
        learner: judged.recipe.learner().into(),
        low_confidence: won.min(lost) < MIN_FOR_CONFIDENCE,
        recipe: Some(judged.recipe.clone()),
        trees: match judged.recipe {
            Recipe::Boosted { trees, .. } => Some(*trees),
            Recipe::Logistic { .. } => None,
        },
        holdout: Some(calibrated_metrics(newest, newest_margins, judged.platt)),
        base_rate: Some(of_base_rate(older, newest)),
        crm: against_crm(newest, newest_margins, judged.platt),
        lived_a_day: of_longer_lived(newest, newest_margins, judged.platt),
        cross_validation: Some(calibrated_metrics(older, older_margins, judged.platt)),
        // The AUC depends on the order only, so margins serve as well as probabilities.
        auc_interval: auc_interval(predictions, &newest.group, judged.options.resamples, judged.options.seed),
        top_features: top_features(judged.model, judged.platt, newest),
        ..Report::without_model(won, lost)
    }
}

fn of_base_rate(older: &Examples, newest: &Examples) -> Metrics {
    let total: f64 = older.weight.iter().sum();
    let won: f64 = older.won.iter().zip(&older.weight).filter(|(won, _)| **won).map(|(_, weight)| weight).sum();
    let probability = vec![won / total; newest.won.len()];
    Metrics::of(Predictions { probability: &probability, won: &newest.won, weight: &newest.weight })
}

fn of_longer_lived(newest: &Examples, margins: &[f64], platt: Platt) -> Option<Metrics> {
    let rows: Vec<usize> = (0..newest.won.len()).filter(|row| newest.lived_a_day[*row]).collect();
    if rows.is_empty() || rows.len() == newest.won.len() {
        return None;
    }
    Some(calibrated_metrics(&part(newest, &rows), &pick(margins, &rows), platt))
}

fn against_crm(newest: &Examples, margins: &[f64], platt: Platt) -> Option<Versus> {
    let rows: Vec<usize> = (0..newest.won.len()).filter(|row| (0.0..=1.0).contains(&newest.crm_probability[*row])).collect();
    if rows.is_empty() {
        return None;
    }
    let known = part(newest, &rows);
    let margins = pick(margins, &rows);
    let crm = Metrics::of(Predictions { probability: &known.crm_probability, won: &known.won, weight: &known.weight });
    Some(Versus { crm, model: calibrated_metrics(&known, &margins, platt) })
}

fn top_features(model: &Model, platt: Platt, newest: &Examples) -> Vec<TopFeature> {
    let step = newest.table.rows.div_ceil(IMPORTANCE_ROWS).max(1);
    let rows: Vec<usize> = (0..newest.table.rows).step_by(step).collect();
    let total: f64 = rows.iter().map(|row| newest.weight[*row]).sum();
    let names = model.columns();
    let mut sums = vec![0.0; names.len()];
    for (contributions, row) in model.contributions(&rows_of(&newest.table, &rows)).per_row.iter().zip(&rows) {
        sums.iter_mut().zip(contributions).for_each(|(sum, contribution)| *sum += newest.weight[*row] * contribution.abs());
    }
    let feature = |(name, sum): (&str, f64)| TopFeature { name: name.to_owned(), importance: platt.slope() * sum / total };
    let mut features: Vec<TopFeature> = names.into_iter().zip(sums).map(feature).filter(|feature| feature.importance > 0.0).collect();
    features.sort_by(|a, b| b.importance.total_cmp(&a.importance));
    features.truncate(TOP_FEATURES);
    features
}
