//! smartcore grows the trees; it keeps them to itself, so they are read from what it would write, and become ours.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use smartcore::{
    ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters},
    linalg::basic::matrix::DenseMatrix,
};

use super::{ForestParams, codes::Code};
use crate::ai::learner::{
    FitError,
    trees::{
        bins::BinnedTable,
        tree::{Child, Leaf, Node, Tree},
    },
};

/// Trees grown together.
pub struct Batch<'a> {
    pub binned: &'a BinnedTable,
    pub codes: &'a [Code],
    pub won: &'a [bool],
    pub weight: &'a [f64],
    pub params: &'a ForestParams,
    pub trees: usize,
    /// Which batch it is: its draws are its own.
    pub number: u64,
    /// The margin of a unanimous leaf of one tree.
    pub vote: f64,
}

impl Batch<'_> {
    pub fn grow(&self) -> Result<Vec<Tree>, FitError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.params.seed);
        rng.set_stream(self.number);
        let rows = self.draw(&mut rng);
        let mut trees = self.forest(&rows, rng.random())?.into_iter().map(|nodes| self.tree(&nodes)).collect::<Result<Vec<_>, _>>()?;
        trees.iter_mut().for_each(|tree| self.measure(tree));
        Ok(trees)
    }

    /// smartcore could draw by weight itself, but would draw as many as there are rows: all deals with several snapshots would
    /// be in nearly every tree, and trees that see the same deals err alike. So each row is taken with the chance of its weight
    /// (1 if it is more), which takes one snapshot a deal on average.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let heaviest = self.weight.iter().copied().fold(1.0, f64::max);
        let rows: Vec<usize> = (0..self.binned.rows).filter(|row| rng.random::<f64>() < self.weight[*row] / heaviest).collect();
        if rows.is_empty() { (0..self.binned.rows).collect() } else { rows }
    }

    fn forest(&self, rows: &[usize], seed: u64) -> Result<Vec<Vec<Grown>>, FitError> {
        if self.codes.is_empty() {
            return Ok(vec![vec![Grown::leaf(self.win_rate(rows))]; self.trees]);
        }
        let failed = |error: smartcore::error::Failed| FitError::RandomForest(error.to_string());
        let number = |code: &Code, row: &usize| code.number(self.binned.columns[code.column][*row]);
        let cells: Vec<f32> = self.codes.iter().flat_map(|code| rows.iter().map(move |row| number(code, row))).collect();
        let matrix = DenseMatrix::new(rows.len(), self.codes.len(), cells, true).map_err(failed)?;
        let votes: Vec<f32> = rows.iter().map(|row| f32::from(u8::from(self.won[*row]))).collect();
        let parameters = RandomForestRegressorParameters::default()
            .with_n_trees(self.trees)
            // smartcore counts the root as a level.
            .with_max_depth(self.params.max_depth + 1)
            .with_min_samples_leaf(self.params.min_leaf)
            .with_min_samples_split(2 * self.params.min_leaf)
            .with_seed(seed);
        let forest = RandomForestRegressor::fit(&matrix, &votes, parameters).map_err(failed)?;
        let unreadable = |error: serde_json::Error| FitError::RandomForest(error.to_string());
        let read: GrownForest = serde_json::to_value(&forest).and_then(serde_json::from_value).map_err(unreadable)?;
        Ok(read.forest_regressor.trees.into_iter().map(|tree| tree.nodes).collect())
    }

    fn win_rate(&self, rows: &[usize]) -> f64 {
        rows.iter().filter(|row| self.won[**row]).count() as f64 / rows.len().max(1) as f64
    }

    fn tree(&self, nodes: &[Grown]) -> Result<Tree, FitError> {
        let mut tree = Tree { nodes: Vec::new(), leaves: Vec::new() };
        self.add(nodes, 0, 0, &mut tree)?;
        Ok(tree)
    }

    /// Adds a node with all below it, in the order of a walk. Two leaves of one value are one leaf: smartcore splits what is
    /// pure.
    fn add(&self, grown: &[Grown], index: usize, depth: usize, tree: &mut Tree) -> Result<Child, FitError> {
        let unexpected = || FitError::RandomForest("its trees have an unexpected form".into());
        let node = grown.get(index).filter(|_| depth <= Tree::MAX_DEPTH).ok_or_else(unexpected)?;
        let (Some(left), Some(right), Some(threshold)) = (node.true_child, node.false_child, node.split_value) else {
            // Six digits are more than a vote is good for, and keep the artifact short.
            let value = (node.output.clamp(0.0, 1.0) * self.vote * 1e6).round() / 1e6;
            tree.leaves.push(Leaf::new(value as f32, 0.0));
            return Ok(Child::Leaf(tree.leaves.len() - 1));
        };
        let code = self.codes.get(node.split_feature).ok_or_else(unexpected)?;
        let place = tree.nodes.len();
        tree.nodes.push(Node { column: code.column, goes_left: code.up_to(threshold), left: Child::Leaf(0), right: Child::Leaf(0) });
        let left = self.add(grown, left, depth + 1, tree)?;
        let right = self.add(grown, right, depth + 1, tree)?;
        if let (Child::Leaf(one), Child::Leaf(other)) = (left, right)
            && tree.leaves[one].value == tree.leaves[other].value
        {
            tree.nodes.pop();
            tree.leaves.pop();
            return Ok(left);
        }
        (tree.nodes[place].left, tree.nodes[place].right) = (left, right);
        Ok(Child::Node(place))
    }

    /// Sets the leaves' covers: the weight of all training rows, drawn or not.
    fn measure(&self, tree: &mut Tree) {
        let mut covers = vec![0.0; tree.leaves.len()];
        for (row, weight) in self.weight.iter().enumerate() {
            covers[tree.leaf(self.binned, row)] += weight;
        }
        for (leaf, cover) in tree.leaves.iter_mut().zip(covers) {
            *leaf = Leaf::new(leaf.value, ((cover * 1e3).round() / 1e3) as f32);
        }
    }
}

/// The part of smartcore's written form that is read.
#[derive(Deserialize)]
struct GrownForest {
    forest_regressor: GrownTrees,
}

#[derive(Deserialize)]
struct GrownTrees {
    trees: Vec<GrownTree>,
}

#[derive(Deserialize)]
struct GrownTree {
    nodes: Vec<Grown>,
}

#[derive(Clone, Deserialize)]
struct Grown {
    output: f64,
    split_feature: usize,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

impl Grown {
    fn leaf(output: f64) -> Self {
        Self { output, split_feature: 0, split_value: None, true_child: None, false_child: None }
    }
}
