//! Platt scaling: a line through the margins.

use serde::{Deserialize, Serialize};

use super::Outcomes;
use crate::ai::learner::{log_loss, sigmoid};

/// Newton steps of [`Platt::fit`], at most, and halvings of each.
const MAX_STEPS: usize = 100;
const MAX_HALVINGS: usize = 40;

/// Platt scaling (Platt 1999): probability = sigmoid(slope × margin + offset). Of single precision, which any JSON parser
/// carries exactly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    slope: f32,
    offset: f32,
}

impl Platt {
    /// Newton's method with backtracking on targets smoothed by the prior (Lin, Lin & Weng 2007). A slope is never negative:
    /// margins that rank deals the wrong way round calibrate to the base rate.
    pub fn fit(outcomes: Outcomes) -> Self {
        let (slope, offset) = newton(outcomes, true);
        let (slope, offset) = if slope >= 0.0 { (slope, offset) } else { newton(outcomes, false) };
        Self { slope: slope as f32, offset: offset as f32 }
    }

    pub fn probability(&self, margin: f64) -> f64 {
        sigmoid(self.calibrated_margin(margin))
    }

    /// The probability in log-odds.
    pub fn calibrated_margin(&self, margin: f64) -> f64 {
        f64::from(self.slope) * margin + f64::from(self.offset)
    }

    /// Log-odds of the calibrated margin per log-odds of the model's.
    pub fn slope(&self) -> f64 {
        f64::from(self.slope)
    }

    /// Checks values that were read from outside.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.slope.is_finite() && self.slope >= 0.0 && self.offset.is_finite() { Ok(()) } else { Err("slope or offset out of range") }
    }
}

/// Slope (0 unless `with_slope`) and offset with the least log-loss.
fn newton(outcomes: Outcomes, with_slope: bool) -> (f64, f64) {
    let (won, lost) = (outcomes.class_weight(true), outcomes.class_weight(false));
    let target = |is_won: bool| if is_won { (won + 1.0) / (won + 2.0) } else { 1.0 / (lost + 2.0) };
    let x = |margin: f64| if with_slope { margin } else { 0.0 };
    let rows = || outcomes.margin.iter().zip(outcomes.won).zip(outcomes.weight);
    let loss = |slope: f64, offset: f64| -> f64 {
        let row = |((margin, is_won), weight): ((&f64, &bool), &f64)| {
            let z = slope * x(*margin) + offset;
            // -t ln p - (1 - t) ln(1 - p).
            weight * (log_loss(z, false) - target(*is_won) * z)
        };
        rows().map(row).sum()
    };
    let (mut slope, mut offset) = (0.0, ((won + 1.0) / (lost + 1.0)).ln());
    let mut present = loss(slope, offset);
    for _ in 0..MAX_STEPS {
        // The ridge keeps the system solvable when all margins are alike.
        let (mut h11, mut h22, mut h21) = (1e-9, 1e-9, 0.0);
        let (mut g1, mut g2) = (0.0, 0.0);
        for ((margin, is_won), weight) in rows() {
            let m = x(*margin);
            let p = sigmoid(slope * m + offset);
            let (d1, d2) = (weight * (p - target(*is_won)), weight * p * (1.0 - p));
            h11 += m * m * d2;
            h21 += m * d2;
            h22 += d2;
            g1 += m * d1;
            g2 += d1;
        }
        if g1.abs() < 1e-7 && g2.abs() < 1e-7 {
            break;
        }
        let determinant = h11 * h22 - h21 * h21;
        let (step1, step2) = (-(h22 * g1 - h21 * g2) / determinant, -(h11 * g2 - h21 * g1) / determinant);
        let slant = g1 * step1 + g2 * step2;
        let mut length = 1.0;
        let better = (0..MAX_HALVINGS).find_map(|_| {
            let (new_slope, new_offset) = (slope + length * step1, offset + length * step2);
            let new = loss(new_slope, new_offset);
            let enough = new < present + 1e-4 * length * slant;
            length /= 2.0;
            enough.then_some((new_slope, new_offset, new))
        });
        let Some((new_slope, new_offset, new)) = better else { break };
        (slope, offset, present) = (new_slope, new_offset, new);
    }
    (slope, offset)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::drawn, *};

    #[test]
    fn platt_finds_the_line_behind_the_outcomes() {
        let (margin, won) = drawn(20_000, 0.6, -1.0);
        let platt = Platt::fit(Outcomes { margin: &margin, won: &won, weight: &vec![1.0; 20_000] });
        assert!((platt.slope() - 0.6).abs() < 0.05 && (platt.calibrated_margin(0.0) + 1.0).abs() < 0.05, "{platt:?}");
    }

    #[test]
    fn platt_never_turns_the_order_round() {
        let (margin, won) = drawn(2_000, -0.8, 0.3);
        let platt = Platt::fit(Outcomes { margin: &margin, won: &won, weight: &vec![0.5; 2_000] });
        let rate = won.iter().filter(|won| **won).count() as f64 / 2_000.0;
        assert!((platt.probability(2.0) - rate).abs() < 0.01 && platt.slope() == 0.0);
    }

    #[test]
    fn platt_stays_off_certainty_where_margins_separate() {
        let margin: Vec<f64> = (0..20).map(|i| f64::from(i) - 9.5).collect();
        let won: Vec<bool> = (0..20).map(|i| i >= 10).collect();
        let p = Platt::fit(Outcomes { margin: &margin, won: &won, weight: &[1.0; 20] }).probability(9.5);
        assert!(p > 0.9 && p < 0.999, "{p}");
        let none = Platt::fit(Outcomes { margin: &[], won: &[], weight: &[] });
        assert_eq!(none.probability(3.0), 0.5);
    }
}
