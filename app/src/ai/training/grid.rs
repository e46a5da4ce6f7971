//! All that takes part in the tournament.

use crate::ai::learner::{Recipe, boosted::BoostParams, random_forest::ForestParams};

/// Trees of a forest: more change little.
const FOREST_TREES: u16 = 100;
/// Penalties of logistic regression.
const PENALTIES: [f64; 4] = [1.0, 5.0, 25.0, 100.0];
/// Depth and examples a leaf of forests.
const FORESTS: [(u16, usize); 2] = [(5, 20), (8, 10)];
/// Weight, in deals, that holds back what boosted trees make of categories with many values.
const WARY: f64 = 50.0;

/// A learner with settings; how many boosted trees there are is found by early stopping.
#[derive(Debug, Clone, PartialEq)]
pub enum Entrant {
    Boosted(BoostParams),
    Other(Recipe),
}

impl Entrant {
    pub fn learner(&self) -> &'static str {
        match self {
            Self::Boosted(params) => Recipe::Boosted { params: params.clone(), trees: 0 }.learner(),
            Self::Other(recipe) => recipe.learner(),
        }
    }

    /// Whether its margins are log-odds, fitted as such.
    pub fn gives_log_odds(&self) -> bool {
        !matches!(self, Self::Other(Recipe::RandomForest(_)))
    }
}

/// The grid for so many deals: logistic regression with four penalties, random forests of two depths, and boosted trees: as they suit
/// the number of deals, wary of categories, both that and stumpy, and with larger trees in smaller steps.
pub fn entrants(deals: usize, seed: u64) -> Vec<Entrant> {
    let usual = BoostParams::for_deals(deals, seed);
    let wary = BoostParams { category_smoothing: WARY, category_l2: WARY, ..usual.clone() };
    let stumpy = BoostParams { depth: 2, leaves: 4, ..wary.clone() };
    let careful =
        BoostParams { depth: usual.depth + 1, leaves: usual.leaves * 2, learning_rate: usual.learning_rate / 2.0, ..wary.clone() };
    let boosted = [usual, wary, stumpy, careful].map(Entrant::Boosted);
    let logistic = PENALTIES.map(|l2| Entrant::Other(Recipe::Logistic { l2 }));
    let forests = FORESTS
        .map(|(max_depth, min_leaf)| Entrant::Other(Recipe::RandomForest(ForestParams { trees: FOREST_TREES, max_depth, min_leaf, seed })));
    logistic.into_iter().chain(forests).chain(boosted).collect()
}
