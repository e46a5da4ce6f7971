//! Learners: from a table and its labels to a margin that grows with the chance of winning, with what each column contributed.
//! Margins are log-odds (of the random forest, an affine function of its mean vote); calibration makes them honest.
//!
//! [`boosted`] and [`random_forest`] grow the same kind of model: [`trees`].

pub mod boosted;
mod encoding;
mod fit_error;
pub mod logistic;
mod margin;
pub mod random_forest;
pub mod trees;

use serde::{Deserialize, Serialize};

use self::{
    boosted::{BoostParams, Columns, Labels},
    logistic::Logistic,
    random_forest::ForestParams,
    trees::{Forest, bins},
};
pub use self::{
    fit_error::FitError,
    margin::{Contributions, log_loss, log_odds, sigmoid},
};
use super::table::Table;

/// Which learner, with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "learner")]
pub enum Recipe {
    Boosted { params: BoostParams, trees: usize },
    RandomForest(ForestParams),
    Logistic { l2: f64 },
}

impl Recipe {
    pub fn learner(&self) -> &'static str {
        match self {
            Self::Boosted { .. } => "boosted_trees",
            Self::RandomForest(_) => "random_forest",
            Self::Logistic { .. } => "logistic_regression",
        }
    }

    /// Its settings in words: "depth 4, learning rate 0.05, 132 trees".
    pub fn settings(&self) -> String {
        match self {
            Self::Boosted { params, trees } => format!("depth {}, learning rate {}, {trees} trees", params.depth, params.learning_rate),
            Self::RandomForest(ForestParams { trees, max_depth, min_leaf, .. }) => {
                format!("depth {max_depth}, at least {min_leaf} examples a leaf, {trees} trees")
            }
            Self::Logistic { l2 } => format!("L2 penalty {l2}"),
        }
    }

    /// Whether its margins are log-odds as they stand, before any calibration.
    pub fn gives_log_odds(&self) -> bool {
        !matches!(self, Self::RandomForest(_))
    }

    /// Fits all rows. Weights must be positive and both outcomes present.
    pub fn fit(&self, table: &Table, won: &[bool], weight: &[f64]) -> Result<Model, FitError> {
        match self {
            Self::Boosted { params, trees } => {
                let columns = bins::fit_columns(table, weight, params.min_category_weight);
                let binned = bins::BinnedTable::new(&columns, table);
                let columns = Columns { definitions: &columns, table: &binned };
                Ok(Model::Boosted(boosted::fit(columns, Labels { won, weight }, params, *trees)))
            }
            Self::RandomForest(params) => random_forest::fit(table, won, weight, params).map(Model::RandomForest),
            Self::Logistic { l2 } => Logistic::fit(table, won, weight, *l2).map(Model::Logistic),
        }
    }
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    Boosted(Forest),
    RandomForest(Forest),
    Logistic(Logistic),
}

impl Model {
    /// The columns it learned from; [`Model::contributions`] come in this order.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Boosted(forest) | Self::RandomForest(forest) => forest.columns.iter().map(|column| column.name.as_str()).collect(),
            Self::Logistic(logistic) => logistic.columns(),
        }
    }

    /// Margins by row. Columns are found by name; one that the table lacks is missing throughout.
    pub fn margins(&self, table: &Table) -> Vec<f64> {
        match self {
            Self::Boosted(forest) | Self::RandomForest(forest) => forest.margins(&bins::BinnedTable::new(&forest.columns, table)),
            Self::Logistic(logistic) => logistic.margins(table),
        }
    }

    pub fn contributions(&self, table: &Table) -> Contributions {
        match self {
            Self::Boosted(forest) | Self::RandomForest(forest) => forest.contributions(&bins::BinnedTable::new(&forest.columns, table)),
            Self::Logistic(logistic) => logistic.contributions(table),
        }
    }

    /// Margins and contributions, with the work they share done once.
    pub fn explain(&self, table: &Table) -> (Vec<f64>, Contributions) {
        match self {
            Self::Boosted(forest) | Self::RandomForest(forest) => {
                let binned = bins::BinnedTable::new(&forest.columns, table);
                (forest.margins(&binned), forest.contributions(&binned))
            }
            Self::Logistic(logistic) => (logistic.margins(table), logistic.contributions(table)),
        }
    }

    /// Checks a model that was read from outside: after this, using it cannot go wrong.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Boosted(forest) | Self::RandomForest(forest) => forest.check(),
            Self::Logistic(logistic) => logistic.check(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_in_words() {
        let boosted = BoostParams { depth: 4, learning_rate: 0.05, ..BoostParams::for_deals(500, 1) };
        assert_eq!(Recipe::Boosted { params: boosted, trees: 132 }.settings(), "depth 4, learning rate 0.05, 132 trees");
        let forest = ForestParams { trees: 100, max_depth: 8, min_leaf: 10, seed: 1 };
        assert_eq!(Recipe::RandomForest(forest).settings(), "depth 8, at least 10 examples a leaf, 100 trees");
        assert_eq!(Recipe::Logistic { l2: 0.5 }.settings(), "L2 penalty 0.5");
    }

    #[test]
    fn a_recipe_survives_json() {
        let forest = ForestParams { trees: 100, max_depth: 8, min_leaf: 10, seed: u64::MAX };
        for recipe in [
            Recipe::Boosted { params: BoostParams::for_deals(500, 1), trees: 132 },
            Recipe::RandomForest(forest),
            Recipe::Logistic { l2: 0.5 },
        ] {
            let json = serde_json::to_string(&recipe).expect("serialises");
            assert_eq!(serde_json::from_str::<Recipe>(&json).expect("parses"), recipe, "{json}");
        }
    }
}
