use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::ai::{
    learner::sigmoid,
    table::{Column, Table},
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
    Examples {
        table: Table { rows: won.len(), columns },
        weight: vec![0.5; won.len()],
        close_order: group.iter().map(|deal| i64::from(*deal)).collect(),
        crm_probability: crm,
        lived_a_day: (0..won.len()).map(|row| row % 8 != 0).collect(),
        won,
        group,
    }
}

fn options() -> TrainOptions {
    TrainOptions { max_trees: 60, ..TrainOptions::default() }
}

fn trained(examples: &Examples) -> Trained {
    train(examples, &options(), &mut |_, _, _| ()).expect("trains")
}

#[test]
fn few_deals_get_logistic_regression_and_a_warning() {
    let trained = trained(&examples(240, 1.5, 0.0));
    assert_eq!(trained.report.learner, "logistic_regression");
    assert!(trained.ready && trained.report.low_confidence, "{}", trained.reason);
    assert!(trained.reason.contains("low confidence"));
    assert_eq!(trained.report.top_features[0].name, "x");
}

#[test]
fn many_deals_get_boosted_trees_and_a_report() {
    let examples = examples(500, 1.5, 0.0);
    let mut steps: Vec<(u64, u64)> = Vec::new();
    let trained = train(&examples, &options(), &mut |done, total, _| steps.push((done, total))).expect("trains");
    let report = &trained.report;
    assert!(trained.ready, "{}", trained.reason);
    assert_eq!((report.learner.as_str(), report.deals), ("boosted_trees", 500));
    let holdout = report.holdout.as_ref().expect("judged");
    assert_eq!(holdout.n, 100, "a fifth of the deals, each counted once");
    let (auc, (low, high)) = (holdout.roc_auc.expect("two classes"), report.auc_interval.expect("two classes"));
    assert!(auc > 0.7 && low < auc && auc < high, "{low} {auc} {high}");
    assert!(holdout.log_loss < report.base_rate.as_ref().and_then(|metrics| metrics.log_loss), "better than the base rate");
    let crm = report.crm.as_ref().expect("half of the deals have one");
    assert_eq!((crm.crm.n, crm.model.n, crm.crm.roc_auc), (50, 50, Some(0.5)));
    assert!(steps.is_sorted() && steps.last() == Some(&(100, 100)), "{steps:?}");
    let json = serde_json::to_value(report).expect("serialises");
    assert!(json["holdout"]["roc_auc"].is_f64() && json["auc_interval"][1].is_f64());
}

#[test]
fn the_same_seed_gives_the_same_artifact() {
    let examples = examples(420, 1.0, 0.0);
    let bytes = |seed: u64| {
        let options = TrainOptions { seed, ..options() };
        let trained = train(&examples, &options, &mut |_, _, _| ()).expect("trains");
        trained.model.expect("a model").to_bytes().expect("serialises")
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
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
        matches!(train(&examples, &options(), &mut |_, _, _| ()), Err(TrainError::Examples(_)))
    };
    assert!(refused(&|examples| examples.weight[3] = f64::NAN));
    assert!(refused(&|examples| examples.weight[3] = 0.0));
    assert!(refused(&|examples| {
        examples.won.pop();
    }));
    assert!(refused(&|examples| examples.table.columns[0].data = ColumnData::Numeric(vec![])));
}
