use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    bins::BinKind,
    tree::{BinSet, Child, Leaf, Node},
    *,
};

/// A row's base and contributions by the definition of the Shapley value. Takes 2^columns predictions.
pub fn shapley_values(forest: &Forest, table: &BinnedTable, row: usize) -> (f64, Vec<f64>) {
    let columns = forest.columns.len();
    let pay = |coalition: usize| forest.trees.iter().map(|tree| expectation(tree, tree.root(), table, row, coalition).0).sum::<f64>();
    let pays: Vec<f64> = (0..1 << columns).map(pay).collect();
    let factorial = |n: usize| (1..=n).map(|i| i as f64).product::<f64>();
    let value = |column: usize| {
        let without = (0..pays.len()).filter(|coalition| coalition >> column & 1 == 0);
        let term = |coalition: usize| {
            let size = coalition.count_ones() as usize;
            let share = factorial(size) * factorial(columns - size - 1) / factorial(columns);
            share * (pays[coalition | 1 << column] - pays[coalition])
        };
        without.map(term).sum()
    };
    (f64::from(forest.bias) + pays[0], (0..columns).map(value).collect())
}

/// The game behind path-dependent Shapley values: columns outside the coalition are averaged over by training weight. Also says
/// that weight.
fn expectation(tree: &Tree, child: Child, table: &BinnedTable, row: usize, coalition: usize) -> (f64, f64) {
    match child {
        Child::Leaf(leaf) => (f64::from(tree.leaves[leaf].value), f64::from(tree.leaves[leaf].cover)),
        Child::Node(index) => {
            let node = &tree.nodes[index];
            let left = expectation(tree, node.left, table, row, coalition);
            let right = expectation(tree, node.right, table, row, coalition);
            let cover = left.1 + right.1;
            let goes_left = node.goes_left.contains(table.columns[node.column][row]);
            let value = match (coalition >> node.column & 1 == 1, goes_left) {
                (true, true) => left.0,
                (true, false) => right.0,
                (false, _) => (left.0 * left.1 + right.0 * right.1) / cover,
            };
            (value, cover)
        }
    }
}

const BINS: u8 = 6;

/// A forest of random trees over `columns` columns, and as many random rows.
fn random(columns: usize, depth: usize, trees: usize, seed: u64) -> (Forest, BinnedTable) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let cuts: Vec<f64> = (2..BINS).map(f64::from).collect();
    let definition = |column| BinnedColumn { name: format!("{column}"), kind: BinKind::Numeric { cuts: cuts.clone() } };
    let mut tree = || {
        let mut tree = Tree { nodes: Vec::new(), leaves: Vec::new() };
        grow(&mut tree, columns, depth, &mut rng);
        tree
    };
    let forest = Forest::new((0..columns).map(definition).collect(), 0.25, (0..trees).map(|_| tree()).collect());
    let bins = (0..columns).map(|_| (0..5).map(|_| rng.random_range(0..BINS)).collect()).collect();
    (forest, BinnedTable { rows: 5, columns: bins })
}

fn grow(tree: &mut Tree, columns: usize, depth: usize, rng: &mut ChaCha8Rng) -> Child {
    if depth == 0 || rng.random_bool(0.1) {
        tree.leaves.push(Leaf::new(rng.random_range(-1.0..1.0), 10f32.powf(rng.random_range(-2.0..4.0))));
        return Child::Leaf(tree.leaves.len() - 1);
    }
    let mut goes_left = BinSet::default();
    (0..BINS).filter(|_| rng.random_bool(0.5)).for_each(|bin| goes_left.insert(bin));
    let place = tree.nodes.len();
    tree.nodes.push(Node { column: rng.random_range(0..columns), goes_left, left: Child::Leaf(0), right: Child::Leaf(0) });
    let (left, right) = (grow(tree, columns, depth - 1, rng), grow(tree, columns, depth - 1, rng));
    (tree.nodes[place].left, tree.nodes[place].right) = (left, right);
    Child::Node(place)
}

fn assert_exact(forest: &Forest, table: &BinnedTable) {
    assert_eq!(forest.check(), Ok(()));
    let explained = forest.contributions(table);
    for row in 0..table.rows {
        let (base, values) = shapley_values(forest, table, row);
        assert!((explained.base - base).abs() < 1e-9);
        for (contribution, value) in explained.per_row[row].iter().zip(values) {
            assert!((contribution - value).abs() < 1e-9, "{contribution} is not {value}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn contributions_are_the_shapley_values_by_definition(columns in 1usize..6, depth in 0usize..7, seed: u64) {
        let (forest, table) = random(columns, depth, 3, seed);
        assert_exact(&forest, &table);
    }

    #[test]
    fn contributions_add_up_however_deep(depth in 0usize..13, seed: u64) {
        let (forest, table) = random(20, depth, 2, seed);
        let explained = forest.contributions(&table);
        for (margin, row) in forest.margins(&table).iter().zip(explained.per_row) {
            prop_assert!((explained.base + row.iter().sum::<f64>() - margin).abs() < 1e-9);
        }
    }
}

/// A tree that asks about each column once, one after the other.
fn chain(columns: usize) -> Tree {
    let node = |column: usize| {
        let right = if column + 1 < columns { Child::Node(column + 1) } else { Child::Leaf(columns) };
        Node { column, goes_left: BinSet::from_range(0..=2), left: Child::Leaf(column), right }
    };
    let leaf = |leaf: usize| Leaf::new(leaf as f32 * 0.7 - 2.0, 1.0 + leaf as f32);
    Tree { nodes: (0..columns).map(node).collect(), leaves: (0..=columns).map(leaf).collect() }
}

#[test]
fn paths_of_any_length_are_exact() {
    for columns in 1..=12 {
        let (mut forest, table) = random(columns, 0, 1, columns as u64);
        forest.trees.push(chain(columns));
        assert_exact(&forest, &table);
    }
    let (mut forest, table) = random(Tree::MAX_DEPTH, 0, 1, 1);
    forest.trees.push(chain(Tree::MAX_DEPTH));
    let explained = forest.contributions(&table);
    assert!((explained.base + explained.per_row[0].iter().sum::<f64>() - forest.margins(&table)[0]).abs() < 1e-9);
}

#[test]
fn covers_at_both_ends_do_not_break_the_numbers() {
    let (mut forest, table) = random(2, Tree::MAX_DEPTH - 6, 1, 3);
    for (index, leaf) in forest.trees[0].leaves.iter_mut().enumerate() {
        *leaf = Leaf::new(leaf.value, if index % 2 == 0 { 0.0 } else { f32::INFINITY });
    }
    assert_eq!(forest.check(), Ok(()));
    let explained = forest.contributions(&table);
    for (margin, row) in forest.margins(&table).iter().zip(explained.per_row) {
        assert!((explained.base + row.iter().sum::<f64>() - margin).abs() < 1e-6);
    }
}

#[test]
fn many_rows_are_explained_like_each_alone() {
    let (forest, few) = random(4, 5, 3, 9);
    let many = BinnedTable { rows: 1000, columns: few.columns.iter().map(|bins| bins.repeat(200)).collect() };
    let (one, all) = (forest.contributions(&few), forest.contributions(&many));
    assert_eq!(one.base, all.base);
    assert!((0..1000).all(|row| all.per_row[row] == one.per_row[row % 5]));
    let (one, all) = (forest.margins(&few), forest.margins(&many));
    assert!((0..1000).all(|row| all[row] == one[row % 5]));
}

#[test]
fn json_carries_a_forest_exactly_and_briefly() {
    let (forest, _) = random(3, 6, 4, 5);
    let json = serde_json::to_string(&forest).expect("serialises");
    let read: Forest = serde_json::from_str(&json).expect("parses");
    assert_eq!(read, forest);
    let chain = serde_json::to_string(&chain(1)).expect("serialises");
    assert_eq!(chain, r#"{"nodes":[[0,[[0,2]],-1,-2]],"leaves":[[-2.0,1.0],[-1.3,2.0]]}"#);
}

#[test]
fn damaged_forests_are_refused() {
    let (mut whole, _) = random(3, 0, 1, 1);
    whole.trees = vec![chain(3), chain(2)];
    let refused = |damage: &dyn Fn(&mut Forest)| {
        let mut damaged = whole.clone();
        damage(&mut damaged);
        damaged.check().is_err()
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|forest| forest.bias = f32::NAN));
    assert!(refused(&|forest| forest.trees[1].leaves[0].value = f32::INFINITY));
    assert!(refused(&|forest| forest.trees[1].leaves[0].cover = 0.0));
    assert!(refused(&|forest| forest.trees[1].leaves[0].cover = 1e-30));
    assert!(refused(&|forest| forest.trees[0].nodes[0].column = 3));
    assert!(refused(&|forest| forest.trees[0].nodes[0].left = Child::Node(0)));
    assert!(refused(&|forest| forest.trees[0].nodes[1].left = Child::Leaf(900)));
    assert!(refused(&|forest| forest.trees[0].nodes[1].left = forest.trees[0].nodes[1].right));
    assert!(refused(&|forest| forest.trees[0].nodes[0].goes_left.insert(255)));
    assert!(refused(&|forest| forest.columns.truncate(1)));
    assert!(refused(&|forest| forest.trees.resize(MAX_TREES + 1, chain(1))));
    assert!(refused(&|forest| {
        forest.trees[0].leaves.pop();
    }));
    let deep = chain(Tree::MAX_DEPTH + 1);
    assert!(deep.check(&[usize::from(BINS); 17]).is_err());
}
