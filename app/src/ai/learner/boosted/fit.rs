//! Boosting: tree after tree, each fitted to what the trees before it got wrong (log-loss, Newton steps).

use rand::{Rng, SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{
    grow::Grower,
    histogram::{Columns, Gradient},
    params::BoostParams,
};
use crate::ai::learner::{
    log_loss, log_odds, sigmoid,
    trees::{Forest, tree::Tree},
};

/// Rows handled by one thread at a time.
const CHUNK: usize = 4096;

/// What is learned from: all rows of the binned table, of which a booster may use a part.
#[derive(Clone, Copy)]
pub struct Labels<'a> {
    pub won: &'a [bool],
    /// Positive.
    pub weight: &'a [f64],
}

/// Fits `trees` trees to all rows of the table.
pub fn fit(columns: Columns, labels: Labels, params: &BoostParams, trees: usize) -> Forest {
    let rows = (0..columns.table.rows as u32).collect();
    let mut booster = Booster::new(columns, labels, rows, params.clone());
    (0..trees).for_each(|_| booster.step());
    Forest::new(columns.definitions.to_vec(), booster.bias, booster.trees)
}

/// A forest in the making. It also keeps the margins of the rows that it does not learn from, for validation.
pub struct Booster<'a> {
    columns: Columns<'a>,
    labels: Labels<'a>,
    params: BoostParams,
    /// Rows learned from.
    rows: Vec<u32>,
    /// All other rows.
    others: Vec<u32>,
    gradients: Vec<Gradient>,
    rng: ChaCha8Rng,
    /// Log-odds by row of the table.
    pub margins: Vec<f64>,
    pub bias: f32,
    pub trees: Vec<Tree>,
}

impl<'a> Booster<'a> {
    /// `rows` must be increasing rows of the table.
    pub fn new(columns: Columns<'a>, labels: Labels<'a>, rows: Vec<u32>, params: BoostParams) -> Self {
        let total: f64 = rows.iter().map(|row| labels.weight[*row as usize]).sum();
        let won: f64 = rows.iter().filter(|row| labels.won[**row as usize]).map(|row| labels.weight[*row as usize]).sum();
        // One more deal of either outcome keeps the odds finite.
        let bias = log_odds((won + 1.0) / (total + 2.0)) as f32;
        let mut learned = vec![false; columns.table.rows];
        rows.iter().for_each(|row| learned[*row as usize] = true);
        let others = (0..columns.table.rows as u32).filter(|row| !learned[*row as usize]).collect();
        Self {
            columns,
            labels,
            rows,
            others,
            gradients: vec![Gradient::default(); columns.table.rows],
            rng: ChaCha8Rng::seed_from_u64(params.seed),
            margins: vec![f64::from(bias); columns.table.rows],
            bias,
            trees: Vec::new(),
            params: params.clamped(),
        }
    }

    /// Adds a tree.
    pub fn step(&mut self) {
        self.compute_gradients();
        let used = self.draw_columns();
        let (drawn, left_out) = self.draw_rows();
        let grower =
            Grower { columns: self.columns, params: &self.params, weight: self.labels.weight, gradients: &self.gradients, used: &used };
        let grown = grower.grow(drawn);
        for (leaf, range) in grown.tree.leaves.iter().zip(&grown.leaf_rows) {
            for row in &grown.rows[range.clone()] {
                self.margins[*row as usize] += f64::from(leaf.value);
            }
        }
        for row in left_out.iter().chain(&self.others) {
            self.margins[*row as usize] += grown.tree.value(self.columns.table, *row as usize);
        }
        self.trees.push(grown.tree);
    }

    /// Weighted mean log-loss on the rows that it does not learn from; 0 if there are none.
    pub fn validation_loss(&self) -> f64 {
        let (mut loss, mut total) = (0.0, 0.0);
        for row in self.others.iter().map(|row| *row as usize) {
            loss += self.labels.weight[row] * log_loss(self.margins[row], self.labels.won[row]);
            total += self.labels.weight[row];
        }
        if total > 0.0 { loss / total } else { 0.0 }
    }

    fn compute_gradients(&mut self) {
        let (labels, margins) = (self.labels, &self.margins);
        self.gradients.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, gradients)| {
            for (place, gradient) in gradients.iter_mut().enumerate() {
                let row = chunk * CHUNK + place;
                let probability = sigmoid(margins[row]);
                let target = f64::from(u8::from(labels.won[row]));
                gradient.first = (labels.weight[row] * (probability - target)) as f32;
                gradient.second = (labels.weight[row] * probability * (1.0 - probability)) as f32;
            }
        });
    }

    fn draw_columns(&mut self) -> Vec<bool> {
        let all = self.columns.count();
        if self.params.column_share >= 1.0 || all == 0 {
            return vec![true; all];
        }
        let mut used = vec![false; all];
        let count = ((all as f64 * self.params.column_share).round() as usize).clamp(1, all);
        index::sample(&mut self.rng, all, count).iter().for_each(|column| used[column] = true);
        used
    }

    /// The rows of this tree, and those learned from otherwise.
    fn draw_rows(&mut self) -> (Vec<u32>, Vec<u32>) {
        if self.params.row_share >= 1.0 {
            return (self.rows.clone(), Vec::new());
        }
        let share = self.params.row_share;
        let rng = &mut self.rng;
        self.rows.iter().partition(|_| rng.random::<f64>() < share)
    }
}
