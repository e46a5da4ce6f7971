//! How much a deal's age takes from its weight.

use crate::ai::table::Examples;

/// Least weight of a deal against the newest: weights must stay positive.
const LEAST: f64 = 1e-6;

/// Weights for fitting.
#[derive(Debug, Clone, Copy)]
pub struct Recency {
    half_life_days: Option<f64>,
}

impl Recency {
    /// A half-life that is not positive is none.
    pub fn new(half_life_days: Option<f64>) -> Self {
        Self { half_life_days: half_life_days.filter(|days| *days > 0.0) }
    }

    /// Whether age matters at all.
    pub fn matters(self) -> bool {
        self.half_life_days.is_some()
    }

    /// What each row weighs: the deal that closed last as much as ever, one that closed a half-life before half as much. Deals whose
    /// close is not dated count as the oldest.
    pub fn weights(self, examples: &Examples) -> Vec<f64> {
        let known = examples.closed_day.iter().copied().filter(|day| day.is_finite());
        let (oldest, newest) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), day| (low.min(day), high.max(day)));
        let Some(half_life) = self.half_life_days.filter(|_| oldest <= newest) else { return examples.weight.clone() };
        let factor = |day: f64| {
            let age = newest - if day.is_finite() { day } else { oldest };
            (-age / half_life).exp2().max(LEAST)
        };
        examples.weight.iter().zip(&examples.closed_day).map(|(weight, day)| weight * factor(*day)).collect()
    }
}
