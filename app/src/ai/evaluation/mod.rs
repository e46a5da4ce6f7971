//! How good probabilities are, in full: measures with intervals, curves, calibration, lift and segments. Every row counts by its
//! weight, won is the positive class, and intervals come from drawing whole deals, since the rows of one deal are not independent.

mod bootstrap;
mod curves;
mod reliability;
mod segments;
#[cfg(test)]
mod tests;
mod threshold;

pub(in crate::ai) use self::reliability::wilson;
pub use self::{segments::segmentation, threshold::choose_threshold};
use crate::domain::models::Evaluation;

/// Probabilities with what happened; all four have one value per row.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// Of being won, in 0..=1.
    pub probability: &'a [f64],
    pub won: &'a [bool],
    /// The rows of a deal weigh 1 together.
    pub weight: &'a [f64],
    /// The deal that a row belongs to.
    pub group: &'a [u32],
}

/// Rows that share a probability: no threshold can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tie {
    probability: f64,
    won: f64,
    lost: f64,
}

impl Tie {
    fn weight(&self) -> f64 {
        self.won + self.lost
    }
}

/// The rows by probability, lowest first.
fn ties(judged: Judged) -> Vec<Tie> {
    let mut rows: Vec<(f64, f64, bool)> =
        judged.probability.iter().zip(judged.weight).zip(judged.won).map(|((p, weight), won)| (*p, *weight, *won)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ties: Vec<Tie> = Vec::new();
    for (probability, weight, won) in rows {
        let (won, lost) = if won { (weight, 0.0) } else { (0.0, weight) };
        match ties.last_mut() {
            Some(tie) if tie.probability == probability => {
                tie.won += won;
                tie.lost += lost;
            }
            _ => ties.push(Tie { probability, won, lost }),
        }
    }
    ties
}

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
