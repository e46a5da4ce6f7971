//! Gradient-boosted decision trees for log-loss, on histograms, with missing values and categories as they are.
//!
//! - [`histogram`], [`split`], [`grow`]: one tree, best leaf first. [`mod@fit`]: boosting. [`select`]: the number of trees by
//!   cross-validation.
//!
//! Threads never change a result: each column's sums are added up by one thread in the order of the rows, and ties go to the
//! first column.

mod fit;
mod grow;
mod histogram;
mod params;
mod select;
mod split;

#[cfg(test)]
mod tests;

pub use self::{
    fit::{Labels, fit},
    histogram::Columns,
    params::BoostParams,
    select::{Selection, Stopping, cross_validate},
};
pub use super::trees::bins;
