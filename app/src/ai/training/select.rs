//! Which learner with which settings: by cross-validated log-loss.

use rayon::prelude::*;

use super::{FOLDS, TrainOptions};
use crate::ai::{
    learner::{
        FitError, Recipe,
        boosted::{self, BoostParams, Columns, Labels, Stopping, bins},
        log_loss,
        logistic::Logistic,
    },
    split::{self, pick, rows_of},
    table::Examples,
};

/// Penalties tried for logistic regression.
const PENALTIES: [f64; 6] = [0.3, 1.0, 3.0, 10.0, 30.0, 100.0];
/// Early stopping of boosting, in trees and as a share of the log-loss.
const PATIENCE: usize = 30;
const TOLERANCE: f64 = 0.001;
/// Trees after which about two thirds of the wait is over, for the progress bar.
const TYPICAL_TREES: f64 = 150.0;

/// The choice.
pub struct Selected {
    pub recipe: Recipe,
    /// Out-of-fold margins by row.
    pub margins: Vec<f64>,
}

/// Chooses for `deals` closed deals in all, of which `examples` are the older ones. `progress` hears the share that is done.
pub fn select(
    examples: &Examples,
    deals: usize,
    options: &TrainOptions,
    progress: &mut dyn FnMut(f64, &str),
) -> Result<Selected, FitError> {
    let fold = split::stratified_folds(&examples.group, &examples.won, FOLDS, options.seed);
    if deals >= options.boosted_from { Ok(boosted(examples, &fold, deals, options, progress)) } else { logistic(examples, &fold, progress) }
}

fn boosted(examples: &Examples, fold: &[usize], deals: usize, options: &TrainOptions, progress: &mut dyn FnMut(f64, &str)) -> Selected {
    let params = BoostParams::for_deals(deals, options.seed);
    let definitions = bins::fit_columns(&examples.table, &examples.weight, params.min_category_weight);
    let table = bins::BinnedTable::new(&definitions, &examples.table);
    let columns = Columns { definitions: &definitions, table: &table };
    let labels = Labels { won: &examples.won, weight: &examples.weight };
    let stopping = Stopping { most: options.max_trees, patience: PATIENCE, tolerance: TOLERANCE };
    let selection = boosted::cross_validate(columns, labels, fold, &params, stopping, &mut |trees| {
        // How many trees there will be is not known; the bar slows down instead.
        progress(1.0 - (-(trees as f64) / TYPICAL_TREES).exp(), "choosing the number of trees");
    });
    Selected { recipe: Recipe::Boosted { params, trees: selection.trees }, margins: selection.margins }
}

fn logistic(examples: &Examples, fold: &[usize], progress: &mut dyn FnMut(f64, &str)) -> Result<Selected, FitError> {
    let mut best: Option<(f64, f64, Vec<f64>)> = None;
    for (tried, l2) in PENALTIES.into_iter().enumerate() {
        progress(tried as f64 / PENALTIES.len() as f64, "choosing the penalty");
        let margins = logistic_margins(examples, fold, l2)?;
        let rows = margins.iter().zip(&examples.won).zip(&examples.weight);
        let loss: f64 = rows.map(|((margin, won), weight)| weight * log_loss(*margin, *won)).sum();
        if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
            best = Some((loss, l2, margins));
        }
    }
    let (_, l2, margins) = best.ok_or_else(|| FitError::Logistic("no penalty gave a loss".into()))?;
    Ok(Selected { recipe: Recipe::Logistic { l2 }, margins })
}

/// Out-of-fold margins. The encoding of columns is fitted inside each fold.
fn logistic_margins(examples: &Examples, fold: &[usize], l2: f64) -> Result<Vec<f64>, FitError> {
    let one_fold = |held_out: usize| -> Result<(Vec<usize>, Vec<f64>), FitError> {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..fold.len()).partition(|row| fold[*row] == held_out);
        let table = rows_of(&examples.table, &train);
        let model = Logistic::fit(&table, &pick(&examples.won, &train), &pick(&examples.weight, &train), l2)?;
        let margins = model.margins(&rows_of(&examples.table, &test));
        Ok((test, margins))
    };
    let by_fold: Vec<(Vec<usize>, Vec<f64>)> = (0..FOLDS).into_par_iter().map(one_fold).collect::<Result<_, _>>()?;
    let mut margins = vec![0.0; fold.len()];
    for (rows, values) in by_fold {
        rows.into_iter().zip(values).for_each(|(row, value)| margins[row] = value);
    }
    Ok(margins)
}
