use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::ai::{
    learner::sigmoid,
    table::{Column, SegmentLabels, Table},
};

/// `deals` deals with two snapshots each, closed in turn; `signal` is the weight of the first column in the log-odds.
fn examples(deals: u32, signal: f64, offset: f64) -> Examples {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(deals));
    let (mut x, mut category, mut won, mut group, mut crm) = (vec![], vec![], vec![], vec![], vec![]);
    for deal in 0..deals {
        let quality = rng.random_range(-2.0..2.0);
        let outcome = rng.random_bool(sigmoid(signal * quality + offset));
        for _ in 0..2 {
            x.push(if rng.random_bool(0.1) { f64::NAN } else { quality + rng.random_range(-0.3..0.3) });
            category.push(Some(format!("c{}", rng.random_range(0..4))));
            won.push(outcome);
            group.push(deal);
            crm.push(if deal % 2 == 0 { 0.5 } else { f64::NAN });
        }
    }
    let columns = vec![
        Column { name: "x".into(), data: ColumnData::Numeric(x) },
        Column { name: "noise".into(), data: ColumnData::Category(category) },
    ];
    let segments = vec![SegmentLabels { by: "Half".into(), labels: group.iter().map(|deal| Some(format!("{}", deal % 2))).collect() }];
    Examples {
        segments,
        open_known: vec![Some(0.9), None],
        table: Table { rows: won.len(), columns },
        weight: vec![0.5; won.len()],
        close_order: group.iter().map(|deal| i64::from(*deal)).collect(),
        closed_day: group.iter().map(|deal| f64::from(*deal)).collect(),
        crm_probability: crm,
        lived_a_day: (0..won.len()).map(|row| row % 8 != 0).collect(),
        won,
        group,
    }
}

fn options() -> TrainOptions {
    TrainOptions { effort: Effort { max_trees: 60, resamples: 100, ..Effort::default() }, ..TrainOptions::default() }
}

fn trained(examples: &Examples) -> Trained {
    train_unwatched(examples, &options()).expect("trains")
}

#[test]
fn every_learner_takes_part_and_the_best_is_chosen() {
    let trained = trained(&examples(240, 1.5, 0.0));
    let report = &trained.report;
    for learner in ["logistic_regression", "random_forest", "boosted_trees"] {
        assert!(report.candidates.iter().any(|candidate| candidate.learner == learner), "{learner}");
    }
    assert!(report.candidates.is_sorted_by(|a, b| a.log_loss <= b.log_loss));
    let chosen: Vec<&str> = report.candidates.iter().filter(|one| one.chosen).map(|one| one.learner.as_str()).collect();
    assert_eq!(chosen, [report.learner.as_str()], "one is chosen, and it is what the report is about");
    assert!(report.candidates[0].chosen && report.candidates[0].roc_auc.is_some_and(|auc| auc > 0.7));
    assert_eq!(trained.recipe.map(|recipe| recipe.settings()), Some(report.settings.clone()));
    assert!(trained.ready && report.low_confidence && trained.reason.contains("low confidence"), "{}", trained.reason);
    assert_eq!(report.top_features[0].name, "x");
}

#[test]
fn the_report_judges_on_deals_the_model_had_not_seen() {
    let examples = examples(500, 1.5, 0.0);
    let mut steps: Vec<(u64, u64)> = Vec::new();
    let mut progress = TrainingProgress { progress: &mut |done, total, _| steps.push((done, total)), cancelled: &|| false };
    let trained = train(examples.clone(), &options(), &mut progress).expect("trains");
    let report = &trained.report;
    assert!(trained.ready, "{}", trained.reason);
    assert_eq!((report.deals, report.won + report.lost), (500, 500));
    let holdout = report.holdout.as_ref().expect("judged");
    assert_eq!(holdout.n, 100, "a fifth of the deals, each counted once");
    let auc = report.evaluation.as_ref().expect("judged").roc_auc;
    assert_eq!(auc.value, holdout.roc_auc);
    assert!(auc.value > Some(0.7) && auc.low < auc.value && auc.value < auc.high, "{auc:?}");
    assert!(holdout.log_loss < report.base_rate.as_ref().and_then(|metrics| metrics.log_loss), "better than the base rate");
    let crm = report.crm.as_ref().expect("half of the deals have one");
    assert_eq!((crm.crm.n, crm.model.n, crm.crm.roc_auc), (50, 50, Some(0.5)));
    assert_eq!(report.segments[0].segments.iter().map(|segment| segment.deals).sum::<f64>(), 100.0);
    assert!(report.coverage.iter().all(|column| column.used) && report.coverage[0].open == Some(0.9));
    assert!((report.coverage[0].closed - 0.9).abs() < 0.05, "a tenth is missing");
    assert!(steps.is_sorted() && steps.last() == Some(&(1_000, 1_000)), "{steps:?}");
}

#[test]
fn the_threshold_is_chosen_by_the_goal_and_stored() {
    let examples = examples(500, 1.5, 0.0);
    let threshold = |goal: ThresholdGoal| {
        let trained = train_unwatched(&examples, &TrainOptions { goal, ..options() }).expect("trains");
        let stored = trained.model.expect("a model").threshold();
        let chosen = trained.report.threshold.expect("chosen");
        assert!((stored - chosen.value).abs() < 1e-6 && chosen.reached);
        let at = trained.report.evaluation.expect("judged").at_threshold;
        assert_eq!(at.threshold, chosen.value);
        (stored, at.lost.recall.value.expect("there are lost deals"))
    };
    let (high, found) = threshold(ThresholdGoal::LostRecall(0.95));
    let (low, _) = threshold(ThresholdGoal::WonRecall(0.95));
    assert!(high > low && found > 0.8, "{high} {low} {found}");
}

#[test]
fn columns_that_tell_the_outcome_are_left_out_and_named() {
    let mut examples = examples(300, 1.0, 0.0);
    let told = examples.won.iter().map(|won| if *won { 500.0 } else { 0.0 }).collect();
    examples.table.columns.push(Column { name: "custom:close_value".into(), data: ColumnData::Numeric(told) });
    examples.open_known.push(None);
    let trained = trained(&examples);
    assert_eq!(trained.report.excluded.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["custom:close_value"]);
    assert!(trained.report.holdout.and_then(|metrics| metrics.roc_auc) < Some(0.95));
    assert!(!trained.model.expect("a model").columns().contains(&"custom:close_value"));
}

#[test]
fn the_29_alone_can_be_learned_from() {
    let mut examples = examples(240, 1.5, 0.0);
    examples.table.columns[0].name = "value".into();
    let core = TrainOptions { feature_set: FeatureSet::Core, ..options() };
    let trained = train_unwatched(&examples, &core).expect("trains");
    assert_eq!(trained.model.expect("a model").columns(), ["value"]);
    assert_eq!(trained.report.feature_set, FeatureSet::Core);
}

#[test]
fn it_stops_when_told_to() {
    let examples = examples(240, 1.0, 0.0);
    for after in [0, 1, 5, 9] {
        let asked = std::cell::Cell::new(0);
        let cancelled = || {
            asked.set(asked.get() + 1);
            asked.get() > after
        };
        let mut progress = TrainingProgress { progress: &mut |_, _, _| {}, cancelled: &cancelled };
        assert_eq!(train(examples.clone(), &options(), &mut progress), Err(TrainError::Cancelled));
    }
}

#[test]
fn the_same_seed_gives_the_same_artifact_on_any_number_of_threads() {
    let examples = examples(300, 1.0, 0.0);
    let bytes = |seed: u64, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let trained = pool.install(|| train_unwatched(&examples, &TrainOptions { seed, ..options() }).expect("trains"));
        trained.model.expect("a model").to_bytes().expect("serialises")
    };
    let first = bytes(1, 1);
    assert_eq!(first, bytes(1, 3));
    assert_ne!(first, bytes(2, 1));
    let read = ScoringModel::from_bytes(&first).expect("reads back");
    assert_eq!(read.to_bytes().expect("serialises"), first);
}

#[test]
fn a_sample_of_many_deals_decides_for_all() {
    let examples = examples(7_600, 1.0, 0.0);
    let trained =
        train_unwatched(&examples, &TrainOptions { effort: Effort { max_trees: 20, ..options().effort }, ..options() }).expect("trains");
    assert_eq!(trained.report.calibration.as_ref().map(|calibration| calibration.deals), Some(6_080), "the older 80 %, all of them");
    assert!(trained.ready);
}

#[test]
fn noise_is_not_published() {
    let trained = trained(&examples(300, 0.0, 0.0));
    assert!(!trained.ready && trained.model.is_some());
    assert!(trained.reason.contains("no signal"), "{}", trained.reason);
}

#[test]
fn too_few_deals_of_one_outcome_are_told_and_counted() {
    let rare_wins = trained(&examples(200, 1.0, -2.2));
    assert!(!rare_wins.ready && rare_wins.model.is_some());
    assert!(rare_wins.reason.contains("more won deals are needed"), "{}", rare_wins.reason);
    let tiny = trained(&examples(15, 1.0, 0.0));
    assert!(!tiny.ready && tiny.model.is_none() && tiny.report.learner == "none");
    let none = trained(&examples(0, 1.0, 0.0));
    assert_eq!(none.reason, "Too few closed deals: 0 won and 0 lost; 40 more won and 40 more lost deals are needed.");
}

#[test]
fn a_change_of_all_outcomes_with_time_leaves_nothing_to_learn() {
    let mut examples = examples(100, 1.0, 0.0);
    examples.won = examples.group.iter().map(|deal| *deal >= 80).collect();
    let trained = trained(&examples);
    assert!(!trained.ready && trained.model.is_none());
    assert!(trained.reason.contains("one outcome"), "{}", trained.reason);
}

#[test]
fn inconsistent_examples_are_refused() {
    let refused = |damage: &dyn Fn(&mut Examples)| {
        let mut examples = examples(30, 1.0, 0.0);
        damage(&mut examples);
        matches!(train_unwatched(&examples, &options()), Err(TrainError::Examples(_)))
    };
    assert!(refused(&|examples| examples.weight[3] = f64::NAN));
    assert!(refused(&|examples| examples.weight[3] = 0.0));
    assert!(refused(&|examples| {
        examples.won.pop();
    }));
    assert!(refused(&|examples| examples.table.columns[0].data = ColumnData::Numeric(vec![])));
}

#[test]
fn a_deal_a_half_life_older_weighs_half_as_much() {
    let mut examples = examples(4, 1.0, 0.0);
    examples.closed_day = [30.0, 20.0, f64::NAN, 0.0].into_iter().flat_map(|day| [day; 2]).collect();
    let weights = |half_life| recency::Recency::new(half_life).weights(&examples);
    assert_eq!(weights(Some(10.0)), [0.5, 0.5, 0.25, 0.25, 0.0625, 0.0625, 0.0625, 0.0625]);
    assert_eq!(weights(None), examples.weight);
    assert_eq!(weights(Some(0.0)), examples.weight);
    assert_eq!(weights(Some(f64::INFINITY)), examples.weight);
    assert!(weights(Some(1e-3)).iter().all(|weight| *weight > 0.0));
}

#[test]
fn with_a_half_life_a_model_follows_the_newest_deals() {
    // The newest fifth of the deals go the other way round.
    let mut examples = examples(1_000, 2.0, 0.0);
    (0..examples.won.len()).filter(|row| examples.group[*row] >= 800).for_each(|row| examples.won[row] = !examples.won[row]);
    let rise = |half_life_days| {
        let trained = train_unwatched(&examples, &TrainOptions { half_life_days, ..options() }).expect("trains");
        let column = Column { name: "x".into(), data: ColumnData::Numeric(vec![-1.5, 1.5]) };
        let table = Table { rows: 2, columns: vec![column] };
        let probability = trained.model.expect("a model").probabilities(&table);
        (probability[1].get() - probability[0].get(), trained.report.holdout.expect("judged").n)
    };
    let ((old, judged), (new, still)) = (rise(None), rise(Some(50.0)));
    assert!(old > 0.3, "{old}");
    assert!(new < -0.5, "what is newest counts, with all the certainty it deserves: {new}");
    assert_eq!((judged, still), (200, 200), "each deal is judged once");
}

#[test]
fn the_report_holds_what_drift_is_measured_against() {
    let examples = examples(500, 1.5, 0.0);
    let Trained { model, report, .. } = trained(&examples);
    let baseline = report.baseline.expect("fitted");
    assert_eq!((baseline.deals, baseline.columns.len()), (500, 2));
    let scores: Vec<f64> = model.expect("a model").probabilities(&examples.table).into_iter().map(|p| p.get()).collect();
    let same = baseline.compare(&examples.table, &examples.weight, 500, &scores);
    assert!(same.iter().all(|drift| !drift.drifted), "{same:?}");
}
