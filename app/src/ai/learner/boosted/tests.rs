use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    bins::{BinnedTable, fit_columns},
    *,
};
use crate::ai::{
    learner::{
        sigmoid,
        trees::{Forest, tests::shapley_values},
    },
    table::{Column, ColumnData, Table},
};

/// Numbers with gaps, a category, noise; outcomes follow the first and the category.
fn cases(rows: usize, seed: u64) -> (Table, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut numbers =
        || -> Vec<f64> { (0..rows).map(|_| if rng.random_bool(0.2) { f64::NAN } else { rng.random_range(-2.0..2.0) }).collect() };
    let (x, y, noise) = (numbers(), numbers(), numbers());
    let category: Vec<Option<String>> =
        (0..rows).map(|_| if rng.random_bool(0.1) { None } else { Some(format!("c{}", rng.random_range(0..8))) }).collect();
    let score = |row: usize| {
        let of_category = if matches!(category[row].as_deref(), Some("c1" | "c4" | "c6")) { 1.5 } else { -0.5 };
        let of_numbers = if x[row].is_nan() { 1.0 } else { x[row] * if y[row] > 0.0 { 1.0 } else { -0.3 } };
        1.5 * of_numbers + of_category
    };
    let won = (0..rows).map(|row| rng.random_bool(sigmoid(score(row)))).collect();
    let numeric = |name: &str, values| Column { name: name.into(), data: ColumnData::Numeric(values) };
    let columns = vec![
        numeric("x", x),
        numeric("y", y),
        numeric("noise", noise),
        Column { name: "category".into(), data: ColumnData::Category(category) },
    ];
    (Table { rows, columns }, won)
}

fn params() -> BoostParams {
    BoostParams {
        leaves: 8,
        min_leaf_weight: 5.0,
        min_group_weight: 5.0,
        category_smoothing: 2.0,
        column_share: 1.0,
        ..BoostParams::for_deals(1_000, 0)
    }
}

fn fit_all(table: &Table, won: &[bool], params: &BoostParams, trees: usize) -> (Forest, BinnedTable) {
    let weight = vec![1.0; table.rows];
    let columns = fit_columns(table, &weight, params.min_category_weight);
    let binned = BinnedTable::new(&columns, table);
    (fit(Columns { definitions: &columns, table: &binned }, Labels { won, weight: &weight }, params, trees), binned)
}

fn loss(margins: &[f64], won: &[bool]) -> f64 {
    let row = |(margin, won): (&f64, &bool)| -sigmoid(if *won { *margin } else { -margin }).ln();
    margins.iter().zip(won).map(row).sum::<f64>() / won.len() as f64
}

#[test]
fn it_learns_numbers_gaps_categories_and_interactions() {
    let (table, won) = cases(1500, 1);
    let (forest, _) = fit_all(&table, &won, &params(), 40);
    let (new, outcome) = cases(800, 2);
    let margins = forest.margins(&BinnedTable::new(&forest.columns, &new));
    let rate = outcome.iter().filter(|won| **won).count() as f64 / 800.0;
    let base = loss(&vec![crate::ai::learner::log_odds(rate); 800], &outcome);
    assert!(loss(&margins, &outcome) < 0.85 * base, "{} against {base}", loss(&margins, &outcome));
}

#[test]
fn without_limits_it_separates_what_can_be_separated() {
    let values: Vec<f64> = (0..64).map(f64::from).collect();
    let won: Vec<bool> = (0..64).map(|i| i / 8 % 2 == 0).collect();
    let table = Table { rows: 64, columns: vec![Column { name: "x".into(), data: ColumnData::Numeric(values) }] };
    let params = BoostParams { learning_rate: 0.5, min_leaf_weight: 1.0, l2: 0.0, ..params() };
    let (forest, binned) = fit_all(&table, &won, &params, 20);
    assert!(loss(&forest.margins(&binned), &won) < 0.01);
}

#[test]
fn threads_and_chance_do_not_change_the_model() {
    // Enough rows for several threads to share a column search.
    let (table, won) = cases(8000, 3);
    let params = BoostParams { row_share: 0.7, column_share: 0.75, seed: 5, ..params() };
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool");
        pool.install(|| fit_all(&table, &won, &params, 5).0)
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(4));
    assert_eq!(one, with_threads(3));
    let other = BoostParams { seed: 6, ..params.clone() };
    assert_ne!(one, fit_all(&table, &won, &other, 5).0);
}

#[test]
fn weights_count_like_copies() {
    let (table, won) = cases(300, 4);
    let repeated = |data: &ColumnData| match data {
        ColumnData::Numeric(values) => ColumnData::Numeric(values.iter().flat_map(|value| [*value, *value]).collect()),
        ColumnData::Category(values) => ColumnData::Category(values.iter().flat_map(|value| [value.clone(), value.clone()]).collect()),
    };
    let columns = table.columns.iter().map(|column| Column { name: column.name.clone(), data: repeated(&column.data) }).collect();
    let twice = Table { rows: 600, columns };
    let won_twice: Vec<bool> = won.iter().flat_map(|won| [*won, *won]).collect();
    let weight = vec![2.0; 300];
    let columns = fit_columns(&table, &weight, 1.0);
    let binned = BinnedTable::new(&columns, &table);
    let learned = Columns { definitions: &columns, table: &binned };
    let weighted = fit(learned, Labels { won: &won, weight: &weight }, &params(), 5).margins(&binned);
    let (copied, _) = fit_all(&twice, &won_twice, &params(), 5);
    for (a, b) in weighted.iter().zip(copied.margins(&binned)) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
}

#[test]
fn cross_validation_stops_where_noise_begins() {
    let (table, won) = cases(400, 6);
    let weight = vec![1.0; 400];
    let columns = fit_columns(&table, &weight, 5.0);
    let binned = BinnedTable::new(&columns, &table);
    let fold: Vec<usize> = (0..400).map(|row| row % 4).collect();
    let stopping = Stopping { most: 200, patience: 20, tolerance: 0.0 };
    let params = BoostParams { learning_rate: 0.3, ..params() };
    let columns = Columns { definitions: &columns, table: &binned };
    let selection = cross_validate(columns, Labels { won: &won, weight: &weight }, &fold, &params, stopping, &mut |_| true);
    assert!(selection.losses.len() < 200, "it stopped early");
    let least = selection.losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(selection.losses[selection.trees - 1], least);
    // The folds are of one size, so the mean of their losses is the loss of the out-of-fold margins.
    assert!((loss(&selection.margins, &won) - least).abs() < 1e-9);
}

#[test]
fn contributions_are_the_shapley_values_by_definition() {
    let (table, won) = cases(400, 7);
    let (forest, binned) = fit_all(&table, &won, &params(), 4);
    let contributions = forest.contributions(&binned);
    for row in (0..400).step_by(23) {
        let (base, values) = shapley_values(&forest, &binned, row);
        assert!((contributions.base - base).abs() < 1e-9);
        for (contribution, value) in contributions.per_row[row].iter().zip(values) {
            assert!((contribution - value).abs() < 1e-9, "row {row}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn contributions_and_base_add_up_to_the_margin(seed: u64, leaves in 2usize..80, depth in 1usize..13) {
        let (table, won) = cases(250, seed);
        let params = BoostParams { leaves, depth, min_leaf_weight: 2.0, ..params() };
        let (forest, _) = fit_all(&table, &won, &params, 6);
        let (new, _) = cases(50, seed ^ 1);
        let binned = BinnedTable::new(&forest.columns, &new);
        let contributions = forest.contributions(&binned);
        for (row, margin) in contributions.per_row.iter().zip(forest.margins(&binned)) {
            prop_assert!((contributions.base + row.iter().sum::<f64>() - margin).abs() < 1e-6);
        }
    }

    #[test]
    fn json_carries_the_forest_exactly(seed: u64) {
        let (table, won) = cases(250, seed);
        let (forest, binned) = fit_all(&table, &won, &params(), 4);
        let json = serde_json::to_string(&forest).expect("serialises");
        let read: Forest = serde_json::from_str(&json).expect("parses");
        prop_assert_eq!(read.check(), Ok(()));
        prop_assert_eq!(read.margins(&binned), forest.margins(&binned));
        prop_assert_eq!(read.contributions(&binned), forest.contributions(&binned));
    }
}
