use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::domain::models::BaselineBins;

/// Deals with two rows each: a number around `shift`, a category of which `a` is as frequent as `share`, and a score.
fn examples(deals: u32, shift: f64, share: f64, seed: u64) -> (Examples, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut number, mut category, mut score) = (vec![], vec![], vec![]);
    for _ in 0..deals {
        let (x, a, p): (f64, bool, f64) = (rng.random::<f64>() + shift, rng.random_bool(share), rng.random());
        let missing = rng.random_bool(0.1);
        for _ in 0..2 {
            number.push(if missing { f64::NAN } else { x });
            category.push(Some(if a { "a" } else { "b" }.to_owned()));
            score.push(p);
        }
    }
    let rows = number.len();
    let columns = vec![
        Column { name: "number".into(), data: ColumnData::Numeric(number) },
        Column { name: "category".into(), data: ColumnData::Category(category) },
    ];
    let group: Vec<u32> = (0..rows as u32).map(|row| row / 2).collect();
    let examples = Examples {
        table: Table { rows, columns },
        won: vec![true; rows],
        weight: vec![0.5; rows],
        close_order: group.iter().map(|deal| i64::from(*deal)).collect(),
        closed_day: vec![f64::NAN; rows],
        group,
        crm_probability: vec![f64::NAN; rows],
        lived_a_day: vec![true; rows],
        segments: Vec::new(),
        open_known: vec![None; 2],
    };
    (examples, score)
}

fn against(baseline: &Baseline, (recent, scores): &(Examples, Vec<f64>)) -> Vec<FeatureDrift> {
    baseline.compare(&recent.table, &recent.weight, recent.won.len() / 2, scores)
}

fn fitted(deals: u32) -> Baseline {
    let (examples, scores) = examples(deals, 0.0, 0.5, 1);
    Baseline::fit(&examples, &scores)
}

#[test]
fn the_index_is_the_one_worked_by_hand() {
    // So many deals that the prior does not show.
    let value = psi(&[0.5, 0.3, 0.2, 0.0], &[0.3, 0.3, 0.4, 0.0], (1e9, 1e9));
    assert!((value - (-0.2 * 0.6f64.ln() + 0.2 * 2f64.ln())).abs() < 1e-6, "{value}");
    assert_eq!(psi(&[0.5, 0.5], &[0.5, 0.5], (100.0, 100.0)), 0.0);
    assert!(psi(&[1.0, 0.0], &[0.0, 1.0], (50.0, 50.0)).is_finite());
}

#[test]
fn quantiles_of_chi_squared_are_those_of_the_tables() {
    for (freedom, expected) in [(1.0, 10.828), (5.0, 20.515), (10.0, 29.588), (12.0, 32.909)] {
        let value = chi_squared_999(freedom);
        assert!((value / expected - 1.0).abs() < 0.035, "{value} instead of {expected}");
    }
    assert!(limit(11, (5_000.0, 30.0)) > 0.9 && limit(11, (5_000.0, 5_000.0)) == LARGE);
}

#[test]
fn baselines_have_tenths_and_the_missing() {
    let baseline = fitted(2_000);
    assert_eq!(baseline.deals, 2_000);
    let [number, category] = &baseline.columns[..] else { panic!("two columns") };
    assert_eq!(number.shares.len(), 11);
    assert!(number.shares.iter().all(|share| (share - 0.09).abs() < 0.02), "{:?}", number.shares);
    assert_eq!(category.shares.len(), 4);
    assert_eq!(category.shares[2..], [0.0, 0.0], "no others, none missing");
    for column in baseline.columns.iter().chain([&baseline.score]) {
        assert!((column.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    let json = serde_json::to_string(&baseline).expect("serialises");
    let read: Baseline = serde_json::from_str(&json).expect("parses");
    assert_eq!(against(&read, &examples(100, 0.0, 0.5, 3)).len(), 3);
}

#[test]
fn what_moves_is_found_and_what_stays_is_not() {
    let baseline = fitted(2_000);
    let drifted = |recent: &(Examples, Vec<f64>)| -> Vec<String> {
        against(&baseline, recent).into_iter().filter(|drift| drift.drifted).map(|drift| drift.name).collect()
    };
    assert_eq!(drifted(&examples(360, 0.0, 0.5, 2)), Vec::<String>::new());
    assert_eq!(drifted(&examples(360, 0.5, 0.5, 2)), ["number"]);
    assert_eq!(drifted(&examples(360, 0.0, 0.1, 2)), ["category"]);
    let mut other_scores = examples(360, 0.0, 0.5, 2);
    other_scores.1.iter_mut().for_each(|score| *score *= 0.4);
    assert_eq!(drifted(&other_scores), ["score"]);
}

#[test]
fn chance_seldom_exceeds_the_limit_in_small_samples() {
    let baseline = fitted(300);
    let alarms = |deals| (10..310).flat_map(|seed| against(&baseline, &examples(deals, 0.0, 0.5, seed))).filter(|one| one.drifted).count();
    for deals in [10, 30, 100] {
        assert!(alarms(deals) <= 6, "{} of 900 for {deals} deals", alarms(deals));
    }
    let usual =
        |deals| (10..310).flat_map(|seed| against(&baseline, &examples(deals, 0.0, 0.5, seed))).filter(|one| one.psi > LARGE).count();
    assert!(usual(30) > 60, "the customary limit alone would cry wolf: {}", usual(30));
}

#[test]
fn columns_that_are_gone_or_of_another_kind_are_missing() {
    let baseline = fitted(500);
    let (mut recent, scores) = examples(200, 0.0, 0.5, 2);
    recent.table.columns.remove(0);
    recent.table.columns[0].data = ColumnData::Numeric(vec![1.0; 400]);
    let drift = baseline.compare(&recent.table, &recent.weight, 200, &scores);
    assert_eq!(drift[1].actual.last(), Some(&1.0));
    assert_eq!(drift[2].actual.last(), Some(&1.0));
    assert!(drift[1].drifted && drift[2].drifted && !drift[0].drifted);
}

#[test]
fn a_column_of_one_value_notices_others_on_both_sides() {
    let (mut constant, scores) = examples(500, 0.0, 0.5, 1);
    let value = |value: f64, rows: usize| ColumnData::Numeric(vec![value; rows]);
    constant.table.columns[0].data = value(0.7, 1_000);
    let baseline = Baseline::fit(&constant, &scores);
    let (mut recent, scores) = examples(200, 0.0, 0.5, 2);
    for (number, drifted) in [(0.7, false), (0.6, true), (0.8, true)] {
        recent.table.columns[0].data = value(number, 400);
        assert_eq!(baseline.compare(&recent.table, &recent.weight, 200, &scores)[1].drifted, drifted, "{number}");
    }
}

#[test]
fn bins_are_called_by_their_bounds() {
    let called = labels(&BaselineBins::Numeric { cuts: vec![0.25, 3.0, 1_250.0] });
    assert_eq!(called, ["up to 0.25", "0.25 to 3", "3 to 1250", "above 1250", "missing"]);
    assert_eq!(labels(&BaselineBins::Category { values: vec!["a".into()] }), ["a", "other", "missing"]);
    assert_eq!(labels(&BaselineBins::Numeric { cuts: Vec::new() }), ["any", "missing"]);
}

proptest! {
    #[test]
    fn the_index_is_never_negative_and_labels_fit(values in prop::collection::vec(prop::option::of(-5i8..5), 1..80), shift in 0u8..3) {
        let number = |by: f64| values.iter().map(|value| value.map_or(f64::NAN, |value| f64::from(value) + by)).collect::<Vec<_>>();
        let (weight, rows) = (vec![1.0; values.len()], values.len());
        let examples = Examples {
            table: Table { rows, columns: vec![Column { name: "x".into(), data: ColumnData::Numeric(number(0.0)) }] },
            won: vec![true; rows],
            weight: weight.clone(),
            group: (0..rows as u32).collect(),
            close_order: vec![0; rows],
            closed_day: vec![f64::NAN; rows],
            crm_probability: vec![f64::NAN; rows],
            lived_a_day: vec![true; rows],
            segments: Vec::new(),
            open_known: vec![None],
        };
        let scores = vec![0.5; rows];
        let baseline = Baseline::fit(&examples, &scores);
        let recent = Table { rows, columns: vec![Column { name: "x".into(), data: ColumnData::Numeric(number(f64::from(shift))) }] };
        for drift in baseline.compare(&recent, &weight, rows, &scores) {
            prop_assert!(drift.psi >= 0.0 && drift.psi.is_finite());
            prop_assert!(drift.limit >= LARGE);
            prop_assert_eq!(drift.labels.len(), drift.expected.len());
            prop_assert_eq!(drift.labels.len(), drift.actual.len());
            if shift == 0 {
                prop_assert!(drift.psi < 1e-12, "the same deals");
            }
        }
    }
}
