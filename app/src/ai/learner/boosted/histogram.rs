//! Sums of gradients by bin.

use crate::ai::learner::trees::bins::{BinnedColumn, BinnedTable};

/// First and second derivative of the loss at one row, weighted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Gradient {
    pub first: f32,
    pub second: f32,
}

/// Sums over rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    pub gradient: f64,
    pub hessian: f64,
}

impl Sum {
    pub fn add(&mut self, gradient: Gradient) {
        self.gradient += f64::from(gradient.first);
        self.hessian += f64::from(gradient.second);
    }

    pub fn plus(self, other: Self) -> Self {
        Self { gradient: self.gradient + other.gradient, hessian: self.hessian + other.hessian }
    }

    pub fn minus(self, other: Self) -> Self {
        Self { gradient: self.gradient - other.gradient, hessian: self.hessian - other.hessian }
    }
}

/// One column's sums by bin. Always 256 long, so that a bin needs no bounds check.
pub type Histogram = [Sum; 256];

/// Histograms of all columns over the rows of one leaf.
#[derive(Debug, Clone, Default)]
pub struct Histograms(pub Vec<Histogram>);

impl Histograms {
    pub fn empty(columns: usize) -> Self {
        Self(vec![[Sum::default(); 256]; columns])
    }
}

/// Sums `gradients`, which belong to `rows` one by one.
pub fn fill(histogram: &mut Histogram, bins: &[u8], bin_count: usize, rows: &[u32], gradients: &[Gradient]) {
    histogram[..bin_count].fill(Sum::default());
    for (row, gradient) in rows.iter().zip(gradients) {
        histogram[usize::from(bins[*row as usize])].add(*gradient);
    }
}

/// What is left of a parent's histogram without one child's is the other child's.
pub fn subtract(parent: &mut Histogram, child: &Histogram, bin_count: usize) {
    for (parent, child) in parent[..bin_count].iter_mut().zip(child) {
        *parent = parent.minus(*child);
    }
}

/// The columns of a table with what the search for splits needs of each.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    pub definitions: &'a [BinnedColumn],
    pub table: &'a BinnedTable,
}

impl Columns<'_> {
    pub fn count(&self) -> usize {
        self.definitions.len()
    }
}
