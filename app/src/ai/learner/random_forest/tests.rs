use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::ai::{
    learner::trees::{
        bins::MISSING,
        tests::shapley_values,
        tree::{Child, Tree},
    },
    table::{Column, ColumnData},
};

fn numeric(name: &str, values: Vec<f64>) -> Column {
    Column { name: name.into(), data: ColumnData::Numeric(values) }
}

fn category(name: &str, values: Vec<Option<String>>) -> Column {
    Column { name: name.into(), data: ColumnData::Category(values) }
}

/// The outcome follows whether `x` and `y` have the same sign, the category, and whether `gap` is missing; `noise` is noise.
fn cases(rows: usize, seed: u64) -> (Table, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut table = [vec![], vec![], vec![], vec![]];
    let (mut names, mut won) = (vec![], vec![]);
    for _ in 0..rows {
        let row: [f64; 4] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let gap = rng.random_bool(0.3);
        let kind = rng.random_range(0..6);
        let score = if (row[0] > 0.0) == (row[1] > 0.0) { 2.0 } else { -2.0 };
        let score = score + if [1, 4].contains(&kind) { 1.5 } else { -0.5 } + if gap { 1.5 } else { 0.0 };
        won.push(rng.random_bool(1.0 / (1.0 + f64::exp(-score))));
        for (column, value) in row.into_iter().enumerate() {
            table[column].push(if column == 2 && gap { f64::NAN } else { value });
        }
        names.push(rng.random_bool(0.9).then(|| format!("c{kind}")));
    }
    let [x, y, gap, noise] = table;
    let columns = vec![numeric("x", x), numeric("y", y), numeric("gap", gap), numeric("noise", noise), category("category", names)];
    (Table { rows, columns }, won)
}

fn params(trees: u16) -> ForestParams {
    ForestParams { trees, max_depth: 8, min_leaf: 5, seed: 1 }
}

fn fitted(table: &Table, won: &[bool], params: &ForestParams) -> Forest {
    fit(table, won, &vec![1.0; table.rows], params).expect("fits")
}

fn margins(forest: &Forest, table: &Table) -> Vec<f64> {
    forest.margins(&BinnedTable::new(&forest.columns, table))
}

/// Share of the pairs of a won and a lost row that are in the right order.
fn ranking(margins: &[f64], won: &[bool]) -> f64 {
    let of = |outcome: bool| margins.iter().zip(won).filter(move |(_, won)| **won == outcome).map(|(margin, _)| *margin);
    let pairs: Vec<f64> = of(true).flat_map(|a| of(false).map(move |b| if a > b { 1.0 } else { 0.0 })).collect();
    pairs.iter().sum::<f64>() / pairs.len() as f64
}

#[test]
fn it_learns_interactions_categories_and_gaps() {
    let (table, won) = cases(2000, 1);
    let forest = fitted(&table, &won, &params(60));
    let (new, outcome) = cases(600, 2);
    let margins = margins(&forest, &new);
    assert!(ranking(&margins, &outcome) > 0.84, "{}", ranking(&margins, &outcome));
    assert!(margins.iter().all(|margin| margin.abs() <= SCALE / 2.0 + 1e-3), "votes are shares");
    let explained = forest.contributions(&BinnedTable::new(&forest.columns, &new));
    let of = |column: usize| explained.per_row.iter().map(|row| row[column].abs()).sum::<f64>();
    assert!([0, 1, 2, 4].iter().all(|column| of(*column) > 1.5 * of(3)), "what matters gets more than noise");
}

#[test]
fn missing_values_and_unknown_categories_are_scored() {
    let (table, won) = cases(2000, 3);
    let forest = fitted(&table, &won, &params(60));
    let row = |gap: f64, kind: Option<&str>| {
        let one = |name: &str, value| numeric(name, vec![value]);
        let kind = category("category", vec![kind.map(String::from)]);
        let table = Table { rows: 1, columns: vec![one("x", 0.4), one("y", -0.4), one("gap", gap), one("noise", 0.0), kind] };
        margins(&forest, &table)[0]
    };
    assert!(row(f64::NAN, Some("c0")) > row(0.0, Some("c0")) + 0.3, "that it is missing tells");
    assert!(row(0.0, Some("c1")) > row(0.0, Some("c0")) + 0.3);
    assert_eq!(row(0.0, Some("never seen")), row(0.0, None));
    assert!(margins(&forest, &Table { rows: 1, columns: vec![] })[0].is_finite());
}

#[test]
fn contributions_are_the_shapley_values_by_column() {
    let (table, won) = cases(300, 4);
    let forest = fitted(&table, &won, &params(12));
    let binned = BinnedTable::new(&forest.columns, &table);
    let explained = forest.contributions(&binned);
    for row in (0..300).step_by(13) {
        let (base, values) = shapley_values(&forest, &binned, row);
        assert!((explained.base - base).abs() < 1e-9);
        for (contribution, value) in explained.per_row[row].iter().zip(values) {
            assert!((contribution - value).abs() < 1e-9, "row {row}");
        }
    }
}

#[test]
fn rows_count_by_their_weight() {
    let (mut table, mut won) = cases(600, 5);
    // The same rows with the opposite outcome, at a fiftieth of the weight.
    for column in &mut table.columns {
        match &mut column.data {
            ColumnData::Numeric(values) => values.extend_from_within(..),
            ColumnData::Category(values) => values.extend_from_within(..),
        }
    }
    won.extend((0..600).map(|row| !won[row]).collect::<Vec<_>>());
    table.rows = 1200;
    let weight: Vec<f64> = (0..1200).map(|row| if row < 600 { 1.0 } else { 0.02 }).collect();
    let forest = fit(&table, &won, &weight, &params(40)).expect("fits");
    assert!(ranking(&margins(&forest, &table)[..600], &won[..600]) > 0.85);
    for tree in &forest.trees {
        let cover: f64 = tree.leaves.iter().map(|leaf| f64::from(leaf.cover)).sum();
        assert!((cover - 612.0).abs() < 0.1, "{cover}");
    }
}

#[test]
fn about_one_snapshot_of_a_deal_is_drawn() {
    let (table, won) = cases(2000, 6);
    let weight: Vec<f64> = (0..2000).map(|row| if row < 1000 { 0.25 } else { 1.0 }).collect();
    let columns = bins::fit_columns(&table, &weight, MIN_CATEGORY_WEIGHT);
    let binned = BinnedTable::new(&columns, &table);
    let batch =
        Batch { binned: &binned, codes: &[], won: &won, weight: &weight, params: &params(10), trees: 10, number: 0, vote: SCALE / 10.0 };
    let drawn = batch.draw(&mut ChaCha8Rng::seed_from_u64(1));
    let light = drawn.iter().filter(|row| **row < 1000).count();
    assert_eq!(drawn.len() - light, 1000);
    assert!((200..300).contains(&light), "{light}");
}

#[test]
fn threads_do_not_change_the_model_and_the_seed_does() {
    let (table, won) = cases(500, 7);
    let bytes = |params: &ForestParams| serde_json::to_vec(&fitted(&table, &won, params)).expect("serialises");
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool");
        pool.install(|| bytes(&params(25)))
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(4));
    assert_eq!(one, with_threads(3));
    assert_ne!(one, bytes(&ForestParams { seed: 2, ..params(25) }));
}

#[test]
fn settings_are_kept() {
    let (table, won) = cases(500, 8);
    let forest = fitted(&table, &won, &ForestParams { max_depth: 3, min_leaf: 20, ..params(23) });
    assert_eq!(forest.tree_count(), 23);
    assert!(forest.trees.iter().all(|tree| depth(tree, tree.root()) <= 3));
    assert!(forest.trees.iter().any(|tree| depth(tree, tree.root()) == 3));
    // A leaf holds 20 draws of a bootstrap, which are at least a few different rows.
    assert!(forest.trees.iter().flat_map(|tree| &tree.leaves).all(|leaf| leaf.cover >= 5.0));
}

fn depth(tree: &Tree, child: Child) -> usize {
    match child {
        Child::Leaf(_) => 0,
        Child::Node(node) => 1 + depth(tree, tree.nodes[node].left).max(depth(tree, tree.nodes[node].right)),
    }
}

#[test]
fn what_is_pure_is_not_split() {
    let table = Table { rows: 200, columns: vec![numeric("x", (0..200).map(f64::from).collect())] };
    let won: Vec<bool> = (0..200).map(|row| row >= 100).collect();
    let forest = fitted(&table, &won, &params(20));
    assert!(forest.trees.iter().all(|tree| tree.nodes.len() <= 3), "one question parts the outcomes");
    assert_eq!(ranking(&margins(&forest, &table), &won), 1.0);
}

#[test]
fn without_anything_to_tell_rows_apart_all_get_the_win_rate() {
    let columns = vec![numeric("same", vec![1.0; 100]), category("none", vec![None; 100])];
    let won: Vec<bool> = (0..100).map(|row| row < 30).collect();
    for table in [Table { rows: 100, columns }, Table { rows: 100, columns: vec![] }] {
        let forest = fitted(&table, &won, &params(20));
        assert_eq!(forest.check(), Ok(()));
        let margins = margins(&forest, &table);
        assert!(margins.iter().all(|margin| (margin - SCALE * (0.3 - 0.5)).abs() < 1e-3), "{}", margins[0]);
    }
}

#[test]
fn many_small_categories_do_not_pass_for_signal() {
    let (mut table, won) = cases(1500, 10);
    let (mut new, outcome) = cases(500, 11);
    let without = ranking(&margins(&fitted(&table, &won, &params(60)), &new), &outcome);
    for (table, seed) in [(&mut table, 1), (&mut new, 2)] {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for name in ["owner", "city", "code"] {
            let names = (0..table.rows).map(|_| Some(format!("{}", rng.random_range(0..100)))).collect();
            table.columns.push(category(name, names));
        }
    }
    let with = ranking(&margins(&fitted(&table, &won, &params(60)), &new), &outcome);
    assert!(with > without - 0.01, "{with} against {without}");
}

#[test]
fn one_class_is_an_error() {
    let (table, _) = cases(50, 9);
    assert_eq!(fit(&table, &[true; 50], &[1.0; 50], &params(5)), Err(FitError::OneClass));
    assert_eq!(fit(&Table { rows: 0, columns: vec![] }, &[], &[], &params(5)), Err(FitError::OneClass));
}

#[test]
fn codes_order_bins() {
    let names = ["a", "a", "a", "b", "b", "b", "c", "c", "c"].map(|name| Some(name.to_owned())).to_vec();
    let table =
        Table { rows: 9, columns: vec![numeric("x", vec![1.0, 2.0, f64::NAN, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]), category("c", names)] };
    let won = [true, true, true, false, false, false, true, false, false];
    let columns = bins::fit_columns(&table, &[1.0; 9], 1.0);
    let codes = Code::fit(&columns, &BinnedTable::new(&columns, &table), &won, &[1.0; 9]);
    assert_eq!(codes.iter().map(|code| code.column).collect::<Vec<_>>(), [0, 0, 1]);
    let numbers = |code: &Code, bins: &[u8]| bins.iter().map(|bin| code.number(*bin)).collect::<Vec<_>>();
    assert_eq!(numbers(&codes[0], &[MISSING, 1, 2]), [0.0, 1.0, 2.0]);
    assert_eq!(numbers(&codes[1], &[MISSING, 1, 2]), [3.0, 1.0, 2.0]);
    // Lost, mixed, never missing (thus the overall rate), won: b, c, none, a.
    assert_eq!(numbers(&codes[2], &[2, 3, MISSING, 1]), [0.0, 1.0, 2.0, 3.0]);
    let left = codes[2].up_to(1.5);
    assert!(left.contains(2) && left.contains(3) && !left.contains(1) && !left.contains(MISSING));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn any_data_gives_a_sound_forest(
        rows in prop::collection::vec((prop::num::f64::ANY, prop::option::of("[a-d]"), any::<bool>(), 0.001f64..3.0), 2..60),
        max_depth in 0u16..40,
        min_leaf in 0usize..10,
        seed: u64,
    ) {
        let columns = vec![
            numeric("x", rows.iter().map(|row| row.0).collect()),
            category("c", rows.iter().map(|row| row.1.clone()).collect()),
        ];
        let table = Table { rows: rows.len(), columns };
        let mut won: Vec<bool> = rows.iter().map(|row| row.2).collect();
        (won[0], won[1]) = (true, false);
        let weight: Vec<f64> = rows.iter().map(|row| row.3).collect();
        let forest = fit(&table, &won, &weight, &ForestParams { trees: 11, max_depth, min_leaf, seed }).expect("fits");
        prop_assert_eq!(forest.check(), Ok(()));
        let binned = BinnedTable::new(&forest.columns, &table);
        let explained = forest.contributions(&binned);
        for (row, margin) in explained.per_row.iter().zip(forest.margins(&binned)) {
            prop_assert!((explained.base + row.iter().sum::<f64>() - margin).abs() < 1e-9);
        }
    }
}
