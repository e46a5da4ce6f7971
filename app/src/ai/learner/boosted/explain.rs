//! Exact path-dependent Shapley values (TreeSHAP: Lundberg et al. 2020), leaf by leaf.
//!
//! A leaf's share in a prediction depends only on which of its path's columns agree with the row. There are at most eight of
//! them, so each leaf gets a table over all 2^m answers in advance (as FastTreeSHAP v2, Yang 2021), and explaining a row is a
//! look-up and m additions per leaf.

use super::{
    bins::BinnedTable,
    tree::{Child, Tree},
};

/// The tables of a forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Explainer {
    trees: Vec<ExplainedTree>,
    expected: f64,
}

#[derive(Debug, Clone, PartialEq)]
struct ExplainedTree {
    tree: Tree,
    leaves: Vec<ExplainedLeaf>,
}

#[derive(Debug, Clone, PartialEq)]
struct ExplainedLeaf {
    path: Vec<PathColumn>,
    /// Contribution of each of the path's columns, for each set of columns that agree.
    table: Vec<f64>,
}

/// The questions on a path that ask about one column. Bit i stands for node i.
#[derive(Debug, Clone, PartialEq)]
struct PathColumn {
    column: usize,
    asked: u64,
    /// The answers ("goes left") that lead to the leaf.
    answers: u64,
    /// Share of the training rows at these questions that went the leaf's way.
    share: f64,
}

impl Explainer {
    /// Trees must be valid ([`Tree::check`]) and have at most 64 nodes.
    pub fn new(trees: &[Tree]) -> Self {
        let trees: Vec<ExplainedTree> = trees.iter().map(ExplainedTree::new).collect();
        let expected = trees.iter().map(|tree| mean_value(&tree.tree)).sum();
        Self { trees, expected }
    }

    /// The trees' mean prediction over the training rows.
    pub fn expected(&self) -> f64 {
        self.expected
    }

    /// Adds the contributions of table rows `first`, `first + 1`, … to `rows`.
    pub fn explain(&self, table: &BinnedTable, first: usize, rows: &mut [Vec<f64>]) {
        for tree in &self.trees {
            for (place, contributions) in rows.iter_mut().enumerate() {
                tree.explain(table, first + place, contributions);
            }
        }
    }
}

impl ExplainedTree {
    fn new(tree: &Tree) -> Self {
        let covers = node_covers(tree);
        let mut leaves = vec![ExplainedLeaf { path: Vec::new(), table: Vec::new() }; tree.leaves.len()];
        let mut open = vec![(tree.root(), Vec::new())];
        while let Some((child, path)) = open.pop() {
            match child {
                Child::Leaf(leaf) => leaves[leaf] = ExplainedLeaf::new(path, f64::from(tree.leaves[leaf].value)),
                Child::Node(index) => {
                    let node = &tree.nodes[index];
                    for (next, goes_left) in [(node.left, true), (node.right, false)] {
                        let share = cover(tree, &covers, next) / covers[index];
                        open.push((next, extended(&path, node.column, index, goes_left, share)));
                    }
                }
            }
        }
        Self { tree: tree.clone(), leaves }
    }

    fn explain(&self, table: &BinnedTable, row: usize, contributions: &mut [f64]) {
        let mut answers = 0u64;
        for (index, node) in self.tree.nodes.iter().enumerate() {
            answers |= u64::from(node.goes_left.contains(table.columns[node.column][row])) << index;
        }
        for leaf in &self.leaves {
            let agree = |path: &PathColumn| (answers ^ path.answers) & path.asked == 0;
            let set = leaf.path.iter().enumerate().fold(0, |set, (slot, path)| set | usize::from(agree(path)) << slot);
            let width = leaf.path.len();
            for (path, share) in leaf.path.iter().zip(&leaf.table[set * width..(set + 1) * width]) {
                contributions[path.column] += share;
            }
        }
    }
}

impl ExplainedLeaf {
    fn new(path: Vec<PathColumn>, value: f64) -> Self {
        let width = path.len();
        let table = (0..1usize << width).flat_map(|set| (0..width).map(move |slot| (set, slot)));
        let table = table.map(|(set, slot)| value * shapley(&path, set, slot)).collect();
        Self { path, table }
    }
}

/// The Shapley value of column `slot` in the game that pays, to a coalition, 1 for each member that agrees (else 0) times the
/// share of each other column; `set` holds those that agree.
fn shapley(path: &[PathColumn], set: usize, slot: usize) -> f64 {
    let width = path.len();
    // The pay summed over coalitions of the same size, built up column by column.
    let mut by_size = vec![0.0; width];
    by_size[0] = 1.0;
    for (seen, (other, column)) in path.iter().enumerate().filter(|(other, _)| *other != slot).enumerate() {
        let agrees = f64::from(u8::from(set >> other & 1 == 1));
        for size in (0..=seen + 1).rev() {
            let joins = if size > 0 { by_size[size - 1] * agrees } else { 0.0 };
            by_size[size] = by_size[size] * column.share + joins;
        }
    }
    // |S|! (m - |S| - 1)! / m! = 1 / (m * binomial(m - 1, |S|)).
    let mut binomial = 1.0;
    let mut mean = 0.0;
    for (size, pay) in by_size.iter().enumerate() {
        mean += pay / (width as f64 * binomial);
        binomial = binomial * (width - 1 - size) as f64 / (size + 1) as f64;
    }
    mean * (f64::from(u8::from(set >> slot & 1 == 1)) - path[slot].share)
}

fn extended(path: &[PathColumn], column: usize, node: usize, goes_left: bool, share: f64) -> Vec<PathColumn> {
    let mut path = path.to_vec();
    let place = path.iter().position(|known| known.column == column).unwrap_or_else(|| {
        path.push(PathColumn { column, asked: 0, answers: 0, share: 1.0 });
        path.len() - 1
    });
    path[place].asked |= 1 << node;
    path[place].answers |= u64::from(goes_left) << node;
    path[place].share *= share;
    path
}

/// Weight of the training rows at each node.
fn node_covers(tree: &Tree) -> Vec<f64> {
    let mut covers = vec![0.0; tree.nodes.len()];
    // Children stand after their parents.
    for index in (0..tree.nodes.len()).rev() {
        covers[index] = cover(tree, &covers, tree.nodes[index].left) + cover(tree, &covers, tree.nodes[index].right);
    }
    covers
}

fn cover(tree: &Tree, covers: &[f64], child: Child) -> f64 {
    match child {
        Child::Node(index) => covers[index],
        Child::Leaf(leaf) => f64::from(tree.leaves[leaf].cover),
    }
}

fn mean_value(tree: &Tree) -> f64 {
    let total: f64 = tree.leaves.iter().map(|leaf| f64::from(leaf.cover)).sum();
    tree.leaves.iter().map(|leaf| f64::from(leaf.value) * f64::from(leaf.cover)).sum::<f64>() / total
}
