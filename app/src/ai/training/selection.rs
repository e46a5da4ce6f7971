//! Which learner with which settings: all entrants are judged on the same folds.

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::{
    ai::{
        calibration::{Method, Outcomes},
        learner::{
            FitError, Recipe,
            boosted::{self, Columns, Labels, Stopping},
            log_loss,
            trees::bins,
        },
        metrics::{Predictions, auc},
        split,
        table::{Examples, pick, rows_of},
        training::{TrainError, TrainOptions, TrainingProgress, grid::entrants, recency::Recency},
    },
    domain::models::Candidate,
};

/// Folds of the cross-validation.
pub(super) const FOLDS: usize = 5;
/// Deals that the model selection looks at, at most: which settings are better shows long before all deals were seen.
const MOST_DEALS: usize = 6_000;
/// With fewer deals than this chance decides a good deal of how the folds fall, so the entrants are judged on several cuts.
const FEW_DEALS: usize = 1_000;
const CUTS_OF_FEW: u64 = 4;
/// Early stopping of boosting, in trees and as a share of the log-loss.
const PATIENCE: usize = 30;
const TOLERANCE: f64 = 0.001;
/// Trees after which about two thirds of the wait is over, for the progress bar.
const TYPICAL_TREES: f64 = 150.0;

/// The winner, cross-validated on all examples.
pub struct Winner {
    pub recipe: Recipe,
    /// Out-of-fold margins by row.
    pub margins: Vec<f64>,
    /// The fold that held out each row.
    pub fold: Vec<usize>,
    /// All that took part, best first.
    pub candidates: Vec<Candidate>,
}

/// Examples with what each row weighs when something is fitted.
#[derive(Clone, Copy)]
struct Fitted<'a> {
    examples: &'a Examples,
    weight: &'a [f64],
}

/// An entrant's margins of deals it had not learned from, with the settings that gave them.
struct Run {
    recipe: Recipe,
    margins: Vec<f64>,
}

/// Holds the model selection for `deals` closed deals in all, of which `examples` are the older ones. Progress goes from 0 to `share` of
/// the bar.
pub fn select_model(
    examples: &Examples,
    deals: usize,
    options: &TrainOptions,
    progress: &mut TrainingProgress,
    share: f64,
) -> Result<Winner, TrainError> {
    let sample = sample(examples, options.seed);
    let looked_at = sample.as_ref().map(|rows| examples.rows(rows));
    let judged = looked_at.as_ref().unwrap_or(examples);
    let recency = Recency::new(options.half_life_days);
    let weight = recency.weights(judged);
    let cuts = if deals < FEW_DEALS { CUTS_OF_FEW } else { 1 };
    let folds: Vec<Vec<usize>> =
        (0..cuts).map(|cut| split::stratified_folds(&judged.group, &judged.won, FOLDS, options.seed.wrapping_add(cut))).collect();
    let entrants = entrants(deals, options.seed, options.max_trees);
    // The winner runs once more on everything where only some deals were looked at.
    let rounds = entrants.len() + usize::from(sample.is_some()) * 3;
    let mut ranked: Vec<(f64, Recipe, Option<Run>, Candidate)> = Vec::new();
    for (round, entrant) in entrants.into_iter().enumerate() {
        let bar = (share * round as f64 / rounds as f64, share / rounds as f64);
        let (loss, run, candidate) = match runs(&entrant, Fitted { examples: judged, weight: &weight }, &folds, progress, bar) {
            Ok((run, candidate)) => (candidate.log_loss, Some(run), candidate),
            Err(TrainError::Fit(error)) => (f64::INFINITY, None, failed(&entrant, &error)),
            Err(other) => return Err(other),
        };
        ranked.push((loss, entrant, run, candidate));
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut candidates: Vec<Candidate> = ranked.iter().map(|(.., candidate)| candidate.clone()).collect();
    let best = ranked.into_iter().find_map(|(_, entrant, run, _)| Some((entrant, run?)));
    let (entrant, run_of_sample) = best.ok_or_else(|| FitError::Logistic("no learner could be fitted".into()))?;
    if let Some(first) = candidates.first_mut() {
        first.chosen = true;
    }
    let first = folds.into_iter().next().unwrap_or_default();
    let (fold, Run { recipe, margins }) = if sample.is_some() {
        let fold = split::stratified_folds(&examples.group, &examples.won, FOLDS, options.seed);
        let done = share * (rounds - 3) as f64 / rounds as f64;
        let run = run(&entrant, Fitted { examples, weight: &recency.weights(examples) }, &fold, progress, (done, share - done))?;
        (fold, run)
    } else {
        (first, run_of_sample)
    };
    Ok(Winner { recipe, margins, fold, candidates })
}

/// The rows of some deals drawn by chance, where there are too many to look at all.
fn sample(examples: &Examples, seed: u64) -> Option<Vec<usize>> {
    let mut deals: Vec<u32> = examples.group.clone();
    deals.sort_unstable();
    deals.dedup();
    if deals.len() <= MOST_DEALS {
        return None;
    }
    deals.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    deals.truncate(MOST_DEALS);
    deals.sort_unstable();
    Some((0..examples.group.len()).filter(|row| deals.binary_search(&examples.group[*row]).is_ok()).collect())
}

/// Runs an entrant on each cut into folds. The first run, and what all of them come to on average.
fn runs(
    entrant: &Recipe,
    fitted: Fitted,
    folds: &[Vec<usize>],
    progress: &mut TrainingProgress,
    (done, share): (f64, f64),
) -> Result<(Run, Candidate), TrainError> {
    let cuts = folds.len() as f64;
    let mut runs: Vec<(Run, Candidate)> = Vec::with_capacity(folds.len());
    for (cut, fold) in folds.iter().enumerate() {
        let run = run(entrant, fitted, fold, progress, (done + share * cut as f64 / cuts, share / cuts))?;
        let candidate = candidate(&run, fitted, fold);
        runs.push((run, candidate));
    }
    let log_loss = runs.iter().map(|(_, candidate)| candidate.log_loss).sum::<f64>() / cuts;
    let roc_auc = runs.iter().map(|(_, candidate)| candidate.roc_auc).sum::<Option<f64>>().map(|sum| sum / cuts);
    let (run, candidate) = runs.into_iter().next().ok_or(TrainError::Cancelled)?;
    Ok((run, Candidate { log_loss, roc_auc, ..candidate }))
}

fn run(
    entrant: &Recipe,
    fitted: Fitted,
    fold: &[usize],
    progress: &mut TrainingProgress,
    (done, share): (f64, f64),
) -> Result<Run, TrainError> {
    let Fitted { examples, weight } = fitted;
    let doing = format!("trying {}", entrant.learner().replace('_', " "));
    progress.at(done, &doing)?;
    match entrant {
        Recipe::Boosted { params, trees: most } => {
            let definitions = bins::fit_columns(&examples.table, weight, params.min_category_weight);
            let table = bins::BinnedTable::new(&definitions, &examples.table);
            let columns = Columns { definitions: &definitions, table: &table };
            let labels = Labels { won: &examples.won, weight };
            let stopping = Stopping { most: *most, patience: PATIENCE, tolerance: TOLERANCE };
            let selection = boosted::cross_validate(columns, labels, fold, params, stopping, &mut |trees| {
                // How many trees there will be is not known; the bar slows down instead.
                progress.at(done + share * (1.0 - (-(trees as f64) / TYPICAL_TREES).exp()), &doing).is_ok()
            });
            progress.at(done + share, &doing)?;
            Ok(Run { recipe: Recipe::Boosted { params: params.clone(), trees: selection.trees }, margins: selection.margins })
        }
        recipe => Ok(Run { recipe: recipe.clone(), margins: held_out_margins(recipe, fitted, fold)? }),
    }
}

/// Out-of-fold margins. What a learner makes of the columns is fitted inside each fold.
fn held_out_margins(recipe: &Recipe, Fitted { examples, weight }: Fitted, fold: &[usize]) -> Result<Vec<f64>, FitError> {
    let one_fold = |held_out: usize| -> Result<(Vec<usize>, Vec<f64>), FitError> {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..fold.len()).partition(|row| fold[*row] == held_out);
        let model = recipe.fit(&rows_of(&examples.table, &train), &pick(&examples.won, &train), &pick(weight, &train))?;
        let margins = model.margins(&rows_of(&examples.table, &test));
        Ok((test, margins))
    };
    let by_fold: Vec<(Vec<usize>, Vec<f64>)> = (0..FOLDS).into_par_iter().map(one_fold).collect::<Result<_, _>>()?;
    Ok(gathered(fold.len(), by_fold))
}

fn gathered(rows: usize, by_fold: Vec<(Vec<usize>, Vec<f64>)>) -> Vec<f64> {
    let mut all = vec![0.0; rows];
    for (rows, values) in by_fold {
        rows.into_iter().zip(values).for_each(|(row, value)| all[row] = value);
    }
    all
}

/// Margins of all examples by models of the recipe that had not seen the deal.
pub fn out_of_fold(recipe: &Recipe, examples: &Examples, weight: &[f64], seed: u64) -> Result<Vec<f64>, FitError> {
    let fold = split::stratified_folds(&examples.group, &examples.won, FOLDS, seed);
    held_out_margins(recipe, Fitted { examples, weight }, &fold)
}

/// Calibrated margins where each fold's calibration was fitted on the other folds, by `weight`.
pub fn cross_fitted(method: Method, margins: &[f64], examples: &Examples, weight: &[f64], fold: &[usize]) -> Vec<f64> {
    let one_fold = |held_out: usize| {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..fold.len()).partition(|row| fold[*row] == held_out);
        let (margin, won, weight) = (pick(margins, &train), pick(&examples.won, &train), pick(weight, &train));
        let calibration = method.fit(Outcomes { margin: &margin, won: &won, weight: &weight });
        let values = test.iter().map(|row| calibration.calibrated_margin(margins[*row])).collect();
        (test, values)
    };
    gathered(fold.len(), (0..FOLDS).map(one_fold).collect())
}

/// Mean log-loss of calibrated margins.
pub fn mean_log_loss(margins: &[f64], examples: &Examples) -> f64 {
    let rows = margins.iter().zip(&examples.won).zip(&examples.weight);
    let (loss, weight) =
        rows.fold((0.0, 0.0), |(loss, total), ((margin, won), weight)| (loss + weight * log_loss(*margin, *won), total + weight));
    loss / weight
}

fn candidate(run: &Run, Fitted { examples, weight }: Fitted, fold: &[usize]) -> Candidate {
    let calibrated = cross_fitted(Method::Platt, &run.margins, examples, weight, fold);
    // The AUC depends on the order only, so margins serve as well as probabilities.
    let predictions = Predictions { probability: &calibrated, won: &examples.won, weight: &examples.weight };
    Candidate {
        learner: run.recipe.learner().into(),
        settings: run.recipe.settings(),
        log_loss: mean_log_loss(&calibrated, examples),
        roc_auc: auc(predictions),
        failed: None,
        chosen: false,
    }
}

fn failed(entrant: &Recipe, error: &FitError) -> Candidate {
    let settings = entrant.settings();
    // Infinity has no place in JSON.
    let log_loss = f64::MAX;
    Candidate { learner: entrant.learner().into(), settings, log_loss, roc_auc: None, failed: Some(error.to_string()), chosen: false }
}
