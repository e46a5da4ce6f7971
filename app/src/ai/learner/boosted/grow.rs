//! Growing one tree: the leaf whose best split gains most is split next (best-first), until there are enough leaves.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    histogram::{self, Columns, Gradient, Histogram, Histograms, Sum},
    params::BoostParams,
    split::{LeafSum, Search, Split},
};
use crate::ai::learner::trees::tree::{Child, Leaf, Node, Tree};

/// Below this many cells (rows times columns) threads cost more than they save.
const PARALLEL_CELLS: usize = 30_000;

/// What a tree is grown from.
pub struct Grower<'a> {
    pub columns: Columns<'a>,
    pub params: &'a BoostParams,
    /// Of each row of the table.
    pub weight: &'a [f64],
    /// Of each row of the table.
    pub gradients: &'a [Gradient],
    /// Whether this tree may use the column.
    pub used: &'a [bool],
}

/// A tree with the training rows in the order of its leaves.
pub struct Grown {
    pub tree: Tree,
    /// For each leaf, its part of `rows`.
    pub leaf_rows: Vec<Range<usize>>,
    pub rows: Vec<u32>,
}

/// A leaf that may still be split.
struct Open {
    rows: Range<usize>,
    sum: Sum,
    weight: f64,
    depth: usize,
    histograms: Histograms,
    best: Option<Split>,
    /// The node above and whether this is its left child.
    parent: Option<(usize, bool)>,
}

impl Grower<'_> {
    pub fn grow(&self, rows: Vec<u32>) -> Grown {
        let mut rows = rows;
        let mut scratch = Scratch::default();
        let mut nodes: Vec<Node> = Vec::new();
        let mut leaves = vec![self.root(&rows, &mut scratch)];
        while leaves.len() < self.params.leaves {
            let Some((chosen, split)) = best_leaf(&mut leaves) else { break };
            let node = nodes.len();
            if let Some((parent, is_left)) = leaves[chosen].parent {
                let above: &mut Node = &mut nodes[parent];
                *(if is_left { &mut above.left } else { &mut above.right }) = Child::Node(node);
            }
            let right = leaves.len();
            nodes.push(Node { column: split.column, goes_left: split.goes_left, left: Child::Leaf(chosen), right: Child::Leaf(right) });
            let new = self.split(&mut leaves[chosen], &split, node, &mut rows, &mut scratch, right + 1 < self.params.leaves);
            leaves.push(new);
        }
        let leaf_rows = leaves.iter().map(|leaf| leaf.rows.clone()).collect();
        let leaves = leaves.iter().map(|leaf| Leaf::new(self.value(leaf.sum), leaf.weight as f32)).collect();
        Grown { tree: Tree { nodes, leaves }, leaf_rows, rows }
    }

    fn value(&self, sum: Sum) -> f32 {
        (-self.params.learning_rate * sum.gradient / (sum.hessian + self.params.l2)) as f32
    }

    fn root(&self, rows: &[u32], scratch: &mut Scratch) -> Open {
        let mut sum = Sum::default();
        let mut weight = 0.0;
        for row in rows {
            sum.add(self.gradients[*row as usize]);
            weight += self.weight[*row as usize];
        }
        let gradients = scratch.gather(self.gradients, rows);
        let mut histograms = Histograms::empty(self.columns.count());
        let leaf = leaf_sum(sum, weight);
        let best = self.each_column(&mut histograms.0, rows.len(), |column, histogram| {
            let bin_count = self.columns.definitions[column].bin_count();
            histogram::fill(histogram, &self.columns.table.columns[column], bin_count, rows, gradients);
            self.search(column, histogram, leaf)
        });
        Open { rows: 0..rows.len(), sum, weight, depth: 0, histograms, best: best_split(best), parent: None }
    }

    /// Splits `leaf`, which becomes the left child, and returns the right one. Their own best splits are only looked for if
    /// the tree may still grow.
    fn split(&self, leaf: &mut Open, split: &Split, node: usize, rows: &mut [u32], scratch: &mut Scratch, goes_on: bool) -> Open {
        let own = leaf.rows.clone();
        let (left_count, left_weight) = self.partition(split, &mut rows[own.clone()], scratch);
        let (right_sum, right_weight) = (leaf.sum.minus(split.left), leaf.weight - left_weight);
        let middle = own.start + left_count;
        let depth = leaf.depth + 1;
        let mut right = Open {
            rows: middle..own.end,
            sum: right_sum,
            weight: right_weight,
            depth,
            histograms: Histograms::default(),
            best: None,
            parent: Some((node, false)),
        };
        leaf.rows = own.start..middle;
        leaf.sum = split.left;
        leaf.weight = left_weight;
        leaf.depth = depth;
        leaf.parent = Some((node, true));
        leaf.best = None;
        if !goes_on || depth >= self.params.depth {
            leaf.histograms = Histograms::default();
            return right;
        }
        right.histograms = Histograms::empty(self.columns.count());
        // The parent's histograms, which `leaf` still holds, become the larger child's.
        let left_is_small = left_count * 2 <= own.len();
        let (small_rows, small, large) = if left_is_small {
            (leaf.rows.clone(), leaf_sum(leaf.sum, leaf.weight), leaf_sum(right.sum, right.weight))
        } else {
            (right.rows.clone(), leaf_sum(right.sum, right.weight), leaf_sum(leaf.sum, leaf.weight))
        };
        let small_rows = &rows[small_rows];
        let gradients = scratch.gather(self.gradients, small_rows);
        let mut pairs: Vec<(Histogram2, usize)> = leaf.histograms.0.iter_mut().zip(&mut right.histograms.0).zip(0..).collect();
        let search = |((parent, fresh), column): &mut (Histogram2, usize)| {
            if !self.used[*column] {
                return (None, None);
            }
            let bin_count = self.columns.definitions[*column].bin_count();
            histogram::fill(fresh, &self.columns.table.columns[*column], bin_count, small_rows, gradients);
            histogram::subtract(parent, fresh, bin_count);
            (self.search(*column, fresh, small), self.search(*column, parent, large))
        };
        let found: Vec<(Option<Split>, Option<Split>)> = if small_rows.len() * self.columns.count() >= PARALLEL_CELLS {
            pairs.par_iter_mut().map(search).collect()
        } else {
            pairs.iter_mut().map(search).collect()
        };
        let (of_small, of_large): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let (of_small, of_large) = (best_split(of_small), best_split(of_large));
        if left_is_small {
            std::mem::swap(&mut leaf.histograms, &mut right.histograms);
            (leaf.best, right.best) = (of_small, of_large);
        } else {
            (leaf.best, right.best) = (of_large, of_small);
        }
        right
    }

    fn search(&self, column: usize, histogram: &Histogram, leaf: LeafSum) -> Option<Split> {
        let definition = &self.columns.definitions[column];
        Search { params: self.params, leaf, column, histogram, bin_count: definition.bin_count() }.best(definition.is_category())
    }

    /// What `f` says of each column that the tree may use.
    fn each_column<T: Send>(
        &self,
        histograms: &mut [Histogram],
        rows: usize,
        f: impl Fn(usize, &mut Histogram) -> Option<T> + Sync,
    ) -> Vec<Option<T>> {
        let one = |(column, histogram): (usize, &mut Histogram)| if self.used[column] { f(column, histogram) } else { None };
        if rows * self.columns.count() >= PARALLEL_CELLS {
            histograms.par_iter_mut().enumerate().map(one).collect()
        } else {
            histograms.iter_mut().enumerate().map(one).collect()
        }
    }

    /// Puts the rows that go left first, keeping the order on both sides; says how many there are and their weight.
    fn partition(&self, split: &Split, rows: &mut [u32], scratch: &mut Scratch) -> (usize, f64) {
        let bins = &self.columns.table.columns[split.column];
        let rest = &mut scratch.rows;
        rest.clear();
        let (mut left, mut weight) = (0, 0.0);
        for place in 0..rows.len() {
            let row = rows[place];
            if split.goes_left.contains(bins[row as usize]) {
                rows[left] = row;
                left += 1;
                weight += self.weight[row as usize];
            } else {
                rest.push(row);
            }
        }
        rows[left..].copy_from_slice(rest);
        (left, weight)
    }
}

/// The parent's histogram of a column and one to fill.
type Histogram2<'a> = (&'a mut Histogram, &'a mut Histogram);

/// Memory used again and again.
#[derive(Default)]
struct Scratch {
    rows: Vec<u32>,
    gradients: Vec<Gradient>,
}

impl Scratch {
    /// The rows' gradients side by side, as each column reads them.
    fn gather(&mut self, gradients: &[Gradient], rows: &[u32]) -> &[Gradient] {
        self.gradients.clear();
        self.gradients.extend(rows.iter().map(|row| gradients[*row as usize]));
        &self.gradients
    }
}

fn leaf_sum(sum: Sum, weight: f64) -> LeafSum {
    LeafSum { sum, weight_per_hessian: if sum.hessian > 0.0 { weight / sum.hessian } else { 0.0 } }
}

/// The first of the best, so that the result does not depend on who was faster.
fn best_split(splits: Vec<Option<Split>>) -> Option<Split> {
    splits.into_iter().flatten().reduce(|best, next| if next.gain > best.gain { next } else { best })
}

fn best_leaf(leaves: &mut [Open]) -> Option<(usize, Split)> {
    let gain = |leaf: &Open| leaf.best.as_ref().map(|split| split.gain);
    let (chosen, _) = leaves
        .iter()
        .enumerate()
        .filter_map(|(index, leaf)| Some((index, gain(leaf)?)))
        .reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    Some((chosen, leaves[chosen].best.take()?))
}
