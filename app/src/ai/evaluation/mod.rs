//! How good probabilities are, in full: measures with intervals, curves, calibration, lift and segments. Every row counts by its
//! weight, won is the positive class, and intervals come from drawing whole deals, since the rows of one deal are not independent.

mod bootstrap;
mod curves;
mod judged;
mod reliability;
mod segments;
#[cfg(test)]
mod tests;
mod threshold;

use self::judged::ties;
pub(in crate::ai) use self::reliability::wilson;
pub use self::{judged::Judged, segments::segmentation, threshold::choose_threshold};
use crate::domain::models::Evaluation;

/// Judges probabilities at a threshold: won is predicted from it on. The intervals come from `resamples` draws of deals (500 are
/// plenty); the same seed gives the same intervals, whatever the number of threads.
pub fn evaluate(judged: Judged, threshold: f64, resamples: usize, seed: u64) -> Evaluation {
    let measures = bootstrap::estimates(judged, threshold, resamples, seed);
    let ties = ties(judged);
    let bins = reliability::bins(judged);
    Evaluation {
        roc_auc: measures.roc_auc,
        log_loss: measures.log_loss,
        brier: measures.brier,
        ece: measures.ece,
        at_threshold: measures.at_threshold(threshold, bootstrap::confusion(judged, threshold)),
        roc: curves::roc(&ties),
        precision_recall: curves::precision_recall(&ties),
        reliability: reliability::diagram(&bins),
        brier_parts: reliability::brier_parts(&bins),
        lift: curves::lift(&ties),
    }
}
