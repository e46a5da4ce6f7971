//! Whether deals look different from those that a model learned from: the population stability index, by feature and of the scores.
//!
//! Σ (a − e) ln(a / e) over the shares of recent (a) and earlier (e) deals in each bin. Small samples make it large by chance: without
//! drift it is about (1/n + 1/m) times χ² with bins − 1 degrees of freedom (Yurdakul: Statistical properties of population stability
//! index, 2018), n and m being the numbers of deals. The limit allows for that.

mod bins;

use self::bins::{Values, column, labels};
use crate::{
    ai::table::{Column, ColumnData, Examples, Table},
    domain::models::{Baseline, BaselineColumn, FeatureDrift},
};

/// The index from which drift is customarily called large.
const LARGE: f64 = 0.25;
/// The 99.9 % quantile of the normal distribution.
const Z_999: f64 = 3.090_232_306;
/// Deals added to each bin, so that an empty one costs no infinity (Jeffreys' prior).
const PRIOR: f64 = 0.5;

impl Baseline {
    /// What the examples look like, and the probabilities that the model gives them: by row, of a model that had not seen the deal,
    /// as live scores are.
    pub fn fit(examples: &Examples, scores: &[f64]) -> Self {
        let mut deals = examples.group.clone();
        deals.sort_unstable();
        deals.dedup();
        let of = |of: &Column| column(&of.name, Values::of(&of.data), &examples.weight);
        Self {
            deals: deals.len() as u64,
            columns: examples.table.columns.iter().map(of).collect(),
            score: column(FeatureDrift::SCORE, Values::Numeric(scores), &examples.weight),
        }
    }

    /// How far recent rows have moved, and the scores they got: the scores come first, then the columns in the baseline's order.
    /// Columns are found by name; one that the table lacks is missing throughout. `deals` is the number of deals behind the rows, which
    /// weigh `weight`.
    ///
    /// Rows must be taken from deals' lives as the training's were (as `ai::examples` takes them): deals just before their close look
    /// older and busier than deals halfway through, and no world has changed.
    pub fn compare(&self, recent: &Table, weight: &[f64], deals: usize, scores: &[f64]) -> Vec<FeatureDrift> {
        let sizes = (self.deals as f64, deals as f64);
        let column = |baseline: &BaselineColumn| {
            let found = recent.columns.iter().find(|column| column.name == baseline.name);
            let values = found.map_or(Values::Missing, |column| Values::of(&column.data));
            compare_one(baseline, values, weight, sizes)
        };
        let score = compare_one(&self.score, Values::Numeric(scores), weight, sizes);
        std::iter::once(score).chain(self.columns.iter().map(column)).collect()
    }
}

impl<'a> Values<'a> {
    fn of(data: &'a ColumnData) -> Self {
        match data {
            ColumnData::Numeric(values) => Self::Numeric(values),
            ColumnData::Category(values) => Self::Category(values),
        }
    }
}

fn compare_one(baseline: &BaselineColumn, values: Values, weight: &[f64], sizes: (f64, f64)) -> FeatureDrift {
    let actual = bins::shares(&baseline.bins, values, weight);
    let expected = baseline.shares.clone();
    let used = expected.iter().zip(&actual).filter(|(expected, actual)| **expected > 0.0 || **actual > 0.0).count();
    let (psi, limit) = (psi(&expected, &actual, sizes), limit(used, sizes));
    FeatureDrift { name: baseline.name.clone(), psi, limit, drifted: psi > limit, expected, actual, labels: labels(&baseline.bins) }
}

/// The index between two distributions, of `sizes` deals; bins that are empty on both sides do not count.
fn psi(expected: &[f64], actual: &[f64], sizes: (f64, f64)) -> f64 {
    let used: Vec<(f64, f64)> =
        expected.iter().zip(actual).map(|(expected, actual)| (*expected, *actual)).filter(|(e, a)| *e > 0.0 || *a > 0.0).collect();
    if sizes.1 <= 0.0 || sizes.0 <= 0.0 {
        return 0.0;
    }
    let smoothed = |share: f64, deals: f64| (share * deals + PRIOR) / (deals + PRIOR * used.len() as f64);
    let term = |(expected, actual): &(f64, f64)| {
        let (expected, actual) = (smoothed(*expected, sizes.0), smoothed(*actual, sizes.1));
        (actual - expected) * (actual / expected).ln()
    };
    used.iter().map(term).sum()
}

/// The index that chance exceeds once in a thousand times, [`LARGE`] at least.
fn limit(bins: usize, (n, m): (f64, f64)) -> f64 {
    if n <= 0.0 || m <= 0.0 {
        return LARGE;
    }
    LARGE.max((1.0 / n + 1.0 / m) * chi_squared_999(bins.saturating_sub(1).max(1) as f64))
}

/// The 99.9 % quantile of χ² with so many degrees of freedom, after Wilson and Hilferty (1931).
fn chi_squared_999(freedom: f64) -> f64 {
    let spread = 2.0 / (9.0 * freedom);
    freedom * (1.0 - spread + Z_999 * spread.sqrt()).powi(3)
}

#[cfg(test)]
mod tests;
