//! Learners: from a table and its labels to log-odds of winning, with what each column contributed.

pub mod boosted;
mod encoding;
pub mod logistic;

use serde::{Deserialize, Serialize};

use self::{
    boosted::{BoostParams, Forest, Labels, bins},
    logistic::Logistic,
};
use super::table::Table;

/// Which learner, with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "learner")]
pub enum Recipe {
    Boosted { params: BoostParams, trees: usize },
    Logistic { l2: f64 },
}

impl Recipe {
    pub fn learner(&self) -> &'static str {
        match self {
            Self::Boosted { .. } => "boosted_trees",
            Self::Logistic { .. } => "logistic_regression",
        }
    }

    /// Fits all rows. Weights must be positive and both outcomes present.
    pub fn fit(&self, table: &Table, won: &[bool], weight: &[f64]) -> Result<Model, FitError> {
        match self {
            Self::Boosted { params, trees } => {
                let columns = bins::fit_columns(table, weight, params.min_category_weight);
                let binned = bins::BinnedTable::new(&columns, table);
                Ok(Model::Boosted(Forest::fit(&columns, &binned, Labels { won, weight }, params, *trees)))
            }
            Self::Logistic { l2 } => Logistic::fit(table, won, weight, *l2).map(Model::Logistic),
        }
    }
}

/// Why a model could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    #[error("both won and lost examples are needed")]
    OneClass,
    #[error("logistic regression failed: {0}")]
    Logistic(String),
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    Boosted(Forest),
    Logistic(Logistic),
}

/// What each column did to each row's margin, in log-odds.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// The model's mean margin; with a row's contributions it adds up to the row's margin.
    pub base: f64,
    /// By row, by column.
    pub per_row: Vec<Vec<f64>>,
}

impl Model {
    /// The columns it learned from; [`Model::contributions`] come in this order.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Boosted(forest) => forest.columns.iter().map(|column| column.name.as_str()).collect(),
            Self::Logistic(logistic) => logistic.columns(),
        }
    }

    /// Log-odds by row. Columns are found by name; one that the table lacks is missing throughout.
    pub fn margins(&self, table: &Table) -> Vec<f64> {
        match self {
            Self::Boosted(forest) => forest.margins(&bins::BinnedTable::new(&forest.columns, table)),
            Self::Logistic(logistic) => logistic.margins(table),
        }
    }

    pub fn contributions(&self, table: &Table) -> Contributions {
        match self {
            Self::Boosted(forest) => forest.contributions(&bins::BinnedTable::new(&forest.columns, table)),
            Self::Logistic(logistic) => logistic.contributions(table),
        }
    }

    /// Both, with the work they share done once.
    pub fn explain(&self, table: &Table) -> (Vec<f64>, Contributions) {
        match self {
            Self::Boosted(forest) => {
                let binned = bins::BinnedTable::new(&forest.columns, table);
                (forest.margins(&binned), forest.contributions(&binned))
            }
            Self::Logistic(logistic) => (logistic.margins(table), logistic.contributions(table)),
        }
    }

    /// Checks a model that was read from outside: after this, using it cannot go wrong.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Boosted(forest) => forest.check(),
            Self::Logistic(logistic) => logistic.check(),
        }
    }
}

/// Probability of a margin in log-odds.
pub fn sigmoid(margin: f64) -> f64 {
    1.0 / (1.0 + (-margin).exp())
}

/// Log-loss of a margin, without overflow.
pub fn log_loss(margin: f64, won: bool) -> f64 {
    let wrong = if won { -margin } else { margin };
    wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
}

/// Margin of a probability strictly between 0 and 1.
pub fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}
