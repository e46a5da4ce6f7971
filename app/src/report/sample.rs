//! Documents for the tests: a full one and one of a model that was never fitted.

use chrono::{TimeDelta, TimeZone, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    ai::{
        evaluation::{Judged, evaluate, segmentation},
        metrics::Predictions,
    },
    domain::{
        Instant,
        models::{
            CalibrationReport, Candidate, Coverage, ExcludedColumn, FeatureEntry, FeatureSet, Metrics, ModelDocument, ModelState,
            ModelSummary, Threshold, ThresholdGoal, TopFeature, TrainingReport, Versus,
        },
    },
};

fn at(days: i64) -> Instant {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 30, 0).single().expect("an instant") + TimeDelta::days(days)
}

fn feature(name: &str, group: &str, unit: &str, definition: &str, missing: &str, extension: bool) -> FeatureEntry {
    let own = str::to_owned;
    FeatureEntry { name: own(name), group: own(group), unit: own(unit), definition: own(definition), missing: own(missing), extension }
}

fn features() -> Vec<FeatureEntry> {
    vec![
        feature("deal_age_days", "Temporal", "days", "Time since the deal was created", "no creation date", false),
        feature("days_in_stage", "Temporal", "days", "Time since the deal entered its open stage", "its entry is not dated", false),
        feature("slips_count", "Temporal", "count", "How often the expected close date was moved back", "the history is not dated", true),
        feature("stage_progress", "Stage", "0 to 1", "Place of the stage in its pipeline", "no stage", false),
        feature("meetings", "Activity", "count", "Meetings so far", "no activities are recorded", false),
        feature("days_since_last_activity", "Activity", "days", "Time since the last activity", "no activity", false),
        feature("similar_win_ratio", "Similarity", "0 to 1", "Share won of the ten most similar closed deals", "fewer than ten", false),
        feature("custom:competitor", "Custom fields", "category", "Custom field Competitor", "not filled in", true),
    ]
}

fn summary(version: i32, state: ModelState, ready: bool) -> ModelSummary {
    ModelSummary {
        version,
        state,
        ready,
        reason: if ready {
            "The AUC on the newest deals is clearly above 0.5, and it beats the average win rate.".into()
        } else {
            "There are 12 won and 30 lost deals; it takes 40 of each. 28 more won and 10 more lost deals are needed.".into()
        },
        learner: if ready { "boosted_trees" } else { "none" }.into(),
        trained_at: at(i64::from(version) * 30),
        published_at: ready.then(|| at(i64::from(version) * 30)),
        deals: 3_120,
        roc_auc: ready.then_some(0.83),
        log_loss: ready.then_some(0.49),
        ece: ready.then_some(0.021),
        artifact: ready.then(|| "3f9a21c07be4".into()),
    }
}

/// Predictions and outcomes of `deals` deals of two snapshots each, somewhat overconfident.
fn predictions(deals: u32) -> (Vec<f64>, Vec<bool>, Vec<f64>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let (mut probability, mut won, mut group) = (Vec::new(), Vec::new(), Vec::new());
    for deal in 0..deals {
        let logit = (0..6).map(|_| rng.random::<f64>()).sum::<f64>() * 2.4 - 7.9;
        let is_won = rng.random_bool(1.0 / (1.0 + (-logit).exp()));
        for _ in 0..2 {
            let seen = 1.15 * logit + rng.random_range(-0.8..0.8);
            probability.push(1.0 / (1.0 + (-seen).exp()));
            won.push(is_won);
            group.push(deal);
        }
    }
    (probability, won, vec![0.5; deals as usize * 2], group)
}

/// A model with all there can be to say.
pub fn full() -> ModelDocument {
    let (probability, won, weight, group) = predictions(624);
    let judged = Judged { probability: &probability, won: &won, weight: &weight, group: &group };
    let metrics = |probability: &[f64]| Metrics::of(Predictions { probability, won: &won, weight: &weight });
    let crm: Vec<f64> = probability.iter().enumerate().map(|(i, p)| (0.25 + 0.5 * p + f64::from(i as u32 % 7) * 0.06).min(0.95)).collect();
    let labels = |of: fn(u32) -> Option<&'static str>| group.iter().map(|deal| of(*deal).map(str::to_owned)).collect::<Vec<_>>();
    let owners = labels(|deal| [Some("Dana Whitfield"), Some("Ravi Okafor"), Some("Élodie Brandt-Castellanos"), None][deal as usize % 4]);
    let stages = labels(|deal| [Some("Discovery"), Some("Proposal"), Some("Proposal"), Some("Negotiation")][deal as usize % 4]);
    let sizes = labels(|deal| [Some("Small"), Some("Medium"), Some("Large")][deal as usize % 3]);
    let candidate = |learner: &str, settings: &str, log_loss: f64, failed: Option<&str>| Candidate {
        learner: learner.into(),
        settings: settings.into(),
        log_loss,
        roc_auc: failed.is_none().then_some(0.9 - log_loss / 6.0),
        failed: failed.map(str::to_owned),
        chosen: log_loss < 0.481,
    };
    let coverage = |name: &str, closed: f64, open: f64| Coverage { name: name.into(), closed, open: Some(open), used: true };
    let top = |name: &str, importance: f64| TopFeature { name: name.into(), importance };
    let report = TrainingReport {
        learner: "boosted_trees".into(),
        settings: "depth 4, learning rate 0.05, 132 trees".into(),
        deals: 3_120,
        closed_deals: 3_120,
        won: 1_190,
        lost: 1_930,
        low_confidence: false,
        feature_set: FeatureSet::All,
        seed: 1,
        candidates: vec![
            candidate("boosted_trees", "depth 4, learning rate 0.05, 132 trees", 0.4803, None),
            candidate("boosted_trees", "depth 6, learning rate 0.05, 88 trees", 0.4831, None),
            candidate("logistic_regression", "L2 1.0", 0.5017, None),
            candidate("random_forest", "200 trees, depth 12", 0.5102, None),
            candidate("random_forest", "200 trees, depth 24", 0.0 + 9.0, Some("it ran out of the time it was given")),
        ],
        calibration: Some(CalibrationReport {
            method: "platt".into(),
            none_log_loss: 0.4811,
            platt_log_loss: 0.4803,
            isotonic_log_loss: 0.4829,
            deals: 2_496,
        }),
        threshold: Some(Threshold { value: 0.41, goal: ThresholdGoal::LostRecall(0.8), reached: true }),
        holdout: Some(metrics(&probability)),
        evaluation: Some(evaluate(judged, 0.41, 200, 1)),
        base_rate: Some(metrics(&vec![0.381; won.len()])),
        crm: Some(Versus { crm: metrics(&crm), model: metrics(&probability) }),
        lived_a_day: Some(metrics(&probability)),
        cross_validation: Some(metrics(&probability)),
        segments: [("Owner", owners), ("Stage", stages), ("Size", sizes)].map(|(by, labels)| segmentation(judged, by, &labels)).into(),
        top_features: vec![
            top("days_since_last_activity", 0.62),
            top("similar_win_ratio", 0.44),
            top("stage_progress", 0.39),
            top("meetings", 0.21),
            top("slips_count", 0.08),
            top("custom:competitor", 0.03),
        ],
        excluded: vec![ExcludedColumn {
            name: "custom:close_value".into(),
            why: "Alone it tells won from lost deals (AUC 1.00): it is probably filled in at the close.".into(),
        }],
        coverage: vec![
            coverage("deal_age_days", 1.0, 1.0),
            coverage("days_in_stage", 0.97, 0.99),
            coverage("meetings", 0.92, 0.88),
            coverage("custom:competitor", 0.71, 0.22),
            Coverage { used: false, ..coverage("custom:close_value", 1.0, 0.0) },
        ],
        baseline: None,
    };
    let history =
        vec![summary(7, ModelState::Champion, true), summary(6, ModelState::Retired, true), summary(5, ModelState::Candidate, false)];
    let summary = summary(7, ModelState::Champion, true);
    ModelDocument { workspace: "Northwind Industrial".into(), generated_at: at(240), summary, report, features: features(), history }
}

/// Too few deals: nothing was fitted.
pub fn without_model() -> ModelDocument {
    let report = TrainingReport {
        learner: "none".into(),
        settings: String::new(),
        deals: 42,
        closed_deals: 42,
        won: 12,
        lost: 30,
        low_confidence: true,
        feature_set: FeatureSet::Core,
        seed: 1,
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
        excluded: Vec::new(),
        coverage: Vec::new(),
        baseline: None,
    };
    let summary = summary(1, ModelState::Candidate, false);
    ModelDocument { workspace: String::new(), generated_at: at(31), summary, report, features: Vec::new(), history: Vec::new() }
}
