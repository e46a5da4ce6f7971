//! How the winner's margins become probabilities.

use crate::{
    ai::{
        calibration::Method,
        table::Examples,
        training::selection::{Winner, cross_fitted, mean_log_loss},
    },
    domain::models::CalibrationReport,
};

/// Log-loss by which isotonic calibration must be better: it has more to adapt with.
const ISOTONIC_GAIN: f64 = 0.001;
/// Deals below which it is not to be trusted.
const ISOTONIC_DEALS: usize = 1_000;

/// How the winner is calibrated.
pub struct Calibrated {
    pub method: Method,
    /// The winner's out-of-fold margins, calibrated by what was fitted on the other folds.
    pub margins: Vec<f64>,
    pub report: CalibrationReport,
}

struct Tried {
    method: Method,
    log_loss: f64,
    margins: Vec<f64>,
}

/// Platt scaling, unless margins that are log-odds are as good as they stand, or a curve is better by enough. Each was fitted on the
/// other folds.
pub fn calibrate(winner: &Winner, older: &Examples, weight: &[f64]) -> Calibrated {
    let tried = |method: Method| {
        let margins = cross_fitted(method, &winner.margins, older, weight, &winner.fold);
        Tried { method, log_loss: mean_log_loss(&margins, older), margins }
    };
    let (none, platt, isotonic) = (tried(Method::None), tried(Method::Platt), tried(Method::Isotonic));
    let (none_log_loss, platt_log_loss, isotonic_log_loss) = (none.log_loss, platt.log_loss, isotonic.log_loss);
    let (won, lost) = older.won_and_lost();
    let line = if winner.recipe.gives_log_odds() && none_log_loss <= platt_log_loss { none } else { platt };
    let curved = won + lost >= ISOTONIC_DEALS && isotonic_log_loss < line.log_loss - ISOTONIC_GAIN;
    let Tried { method, margins, .. } = if curved { isotonic } else { line };
    let report =
        CalibrationReport { method: method.as_str().into(), none_log_loss, platt_log_loss, isotonic_log_loss, deals: (won + lost) as u64 };
    Calibrated { method, margins, report }
}
