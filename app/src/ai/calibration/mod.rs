//! From margins to probabilities one can trust, learned from out-of-fold margins: of deals the model had not learned from.

mod groups;
mod isotonic;
mod outcomes;
mod platt;
mod venn_abers;

use serde::{Deserialize, Serialize};

pub use self::{isotonic::Isotonic, outcomes::Outcomes, platt::Platt, venn_abers::VennAbers};
use super::learner::sigmoid;

/// Half the stretch over which the slope of a calibration is taken where there is nothing else to go by.
const STRETCH: f64 = 0.05;

/// The ways from margins to probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The margins are log-odds as they stand.
    None,
    Platt,
    Isotonic,
}

impl Method {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Platt => "platt",
            Self::Isotonic => "isotonic",
        }
    }

    pub fn fit(self, outcomes: Outcomes) -> Calibration {
        match self {
            Self::None => Calibration::None,
            Self::Platt => Calibration::Platt(Platt::fit(outcomes)),
            Self::Isotonic => Calibration::Isotonic(Isotonic::fit(outcomes)),
        }
    }
}

/// A fitted way from margins to probabilities; the probability never falls where the margin rises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    None,
    Platt(Platt),
    Isotonic(Isotonic),
}

impl Calibration {
    pub fn probability(&self, margin: f64) -> f64 {
        sigmoid(self.calibrated_margin(margin))
    }

    /// The probability in log-odds.
    pub fn calibrated_margin(&self, margin: f64) -> f64 {
        match self {
            Self::None => margin,
            Self::Platt(platt) => platt.calibrated_margin(margin),
            Self::Isotonic(isotonic) => isotonic.calibrated_margin(margin),
        }
    }

    /// What contributions are multiplied with, so that they add up from the calibrated `base` to the calibrated `margin`. For a line
    /// it is the line's slope; along a curve all contributions share its mean slope between the two.
    pub fn slope(&self, base: f64, margin: f64) -> f64 {
        match self {
            Self::None => 1.0,
            Self::Platt(platt) => platt.slope(),
            Self::Isotonic(_) => {
                let (low, high) = if (margin - base).abs() > 1e-6 { (base, margin) } else { (base - STRETCH, base + STRETCH) };
                (self.calibrated_margin(high) - self.calibrated_margin(low)) / (high - low)
            }
        }
    }

    /// Checks values that were read from outside.
    pub fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::None => Ok(()),
            Self::Platt(platt) => platt.check(),
            Self::Isotonic(isotonic) => isotonic.check(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    pub(super) fn drawn(rows: usize, slope: f64, offset: f64) -> (Vec<f64>, Vec<bool>) {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let margins: Vec<f64> = (0..rows).map(|_| rng.random_range(-3.0..3.0)).collect();
        let won = margins.iter().map(|margin| rng.random_bool(sigmoid(slope * margin + offset))).collect();
        (margins, won)
    }

    #[test]
    fn slopes_lead_from_the_base_to_the_margin() {
        let (margin, won) = drawn(2_000, 0.7, -0.4);
        let outcomes = Outcomes { margin: &margin, won: &won, weight: &vec![1.0; 2_000] };
        for method in [Method::None, Method::Platt, Method::Isotonic] {
            let fitted = method.fit(outcomes);
            for (base, margin) in [(-0.3, 1.9), (0.4, -2.0), (0.1, 0.1)] {
                let there = fitted.calibrated_margin(base) + fitted.slope(base, margin) * (margin - base);
                assert!((there - fitted.calibrated_margin(margin)).abs() < 1e-9, "{method:?}");
                assert!(fitted.slope(base, margin) >= 0.0);
            }
        }
    }
}
