//! All that takes part in the model selection.

use crate::ai::learner::{Recipe, boosted::BoostParams, random_forest::ForestParams};

/// Penalties of logistic regression.
const PENALTIES: [f64; 4] = [1.0, 5.0, 25.0, 100.0];
/// Trees, depth, and examples a leaf of forests. Few deals allow trees to be grown out; with many, that would only cost time.
const FOREST_OF_FEW: (u16, u16, usize) = (200, 12, 2);
const FOREST_OF_MANY: (u16, u16, usize) = (100, 8, 10);
const FEW: usize = 2_000;
/// Weight, in deals, that holds back what boosted trees make of categories with many values.
const WARY: f64 = 50.0;

/// The grid for so many deals: logistic regression with four penalties, a random forest, and boosted trees: as they suit the number of
/// deals, such of one question after another, and, where there are many deals, such that are wary of categories. Larger trees in smaller
/// steps won now and then by less than .0005, at four times the time. `max_trees` is the most trees; how many boosted ones there are is
/// found by early stopping.
pub fn entrants(deals: usize, seed: u64, max_trees: usize) -> Vec<Recipe> {
    let usual = BoostParams::for_deals(deals, seed);
    let stumpy = BoostParams { depth: 2, leaves: 4, ..usual.clone() };
    let wary = BoostParams { category_smoothing: WARY, category_l2: WARY, ..usual.clone() };
    let boosted = if deals < FEW { vec![usual, stumpy] } else { vec![usual, stumpy, wary] };
    let (trees, max_depth, min_leaf) = if deals < FEW { FOREST_OF_FEW } else { FOREST_OF_MANY };
    let trees = trees.min(u16::try_from(max_trees).unwrap_or(u16::MAX));
    let forest = Recipe::RandomForest(ForestParams { trees, max_depth, min_leaf, seed });
    let logistic = PENALTIES.map(|l2| Recipe::Logistic { l2 });
    logistic.into_iter().chain([forest]).chain(boosted.into_iter().map(|params| Recipe::Boosted { params, trees: max_trees })).collect()
}
