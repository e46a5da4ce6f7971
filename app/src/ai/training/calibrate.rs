//! How the winner's margins become probabilities.

use super::{
    Winner, deals,
    tournament::{cross_fitted, mean_log_loss},
};
use crate::{
    ai::{calibration::Method, table::Examples},
    domain::CalibrationReport,
};

/// Log-loss by which isotonic calibration must be better: it has more to adapt with.
const ISOTONIC_GAIN: f64 = 0.001;
/// Deals below which it is not to be trusted.
const ISOTONIC_DEALS: usize = 1_000;

/// Platt scaling, unless margins that are log-odds are as good as they stand, or a curve is better by enough. Each was fitted on the
/// other folds.
pub fn calibrate(winner: &Winner, older: &Examples) -> (Method, CalibrationReport) {
    let loss = |method: Method| mean_log_loss(&cross_fitted(method, &winner.margins, older, &winner.fold), older);
    let (none, platt, isotonic) = (loss(Method::None), loss(Method::Platt), loss(Method::Isotonic));
    let everything: Vec<usize> = (0..older.table.rows).collect();
    let (won, lost) = deals(older, &everything);
    let line = if winner.gives_log_odds && none <= platt { (none, Method::None) } else { (platt, Method::Platt) };
    let method = if won + lost >= ISOTONIC_DEALS && isotonic < line.0 - ISOTONIC_GAIN { Method::Isotonic } else { line.1 };
    let report = CalibrationReport {
        method: method.as_str().into(),
        none_log_loss: none,
        platt_log_loss: platt,
        isotonic_log_loss: isotonic,
        deals: (won + lost) as u64,
    };
    (method, report)
}
