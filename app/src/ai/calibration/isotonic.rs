//! Isotonic calibration: any rising curve.

use serde::{Deserialize, Serialize};

use super::{
    Outcomes,
    groups::{Block, Group, groups},
};
use crate::ai::learner::{log_odds, sigmoid};

/// Isotonic regression by pooling adjacent violators (Zadrozny & Elkan 2002), its steps joined by straight lines in log-odds. Of single
/// precision, which any JSON parser carries exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Margin and log-odds where the curve bends; both increasing.
    knots: Vec<(f32, f32)>,
}

impl Isotonic {
    /// The win rates of steps are drawn to the middle by one deal (half won), which keeps them off 0 and 1.
    pub fn fit(outcomes: Outcomes) -> Self {
        let mut steps: Vec<Group> = Vec::new();
        for mut step in groups(outcomes) {
            while let Some(below) = steps.pop_if(|below| below.block.mean() >= step.block.mean()) {
                step = Group { low: below.low, high: step.high, block: step.block.with(below.block) };
            }
            steps.push(step);
        }
        let mut knots: Vec<(f32, f32)> = Vec::new();
        let mut least = f32::NEG_INFINITY;
        for Group { low, high, block: Block { won, weight } } in steps {
            // Smoothing pulls small steps harder than their neighbours, which may turn the order round.
            least = least.max(log_odds((won + 0.5) / (weight + 1.0)) as f32);
            knots.push((low, least));
            if high > low {
                knots.push((high, least));
            }
        }
        Self { knots }
    }

    pub fn probability(&self, margin: f64) -> f64 {
        sigmoid(self.calibrated_margin(margin))
    }

    /// The probability in log-odds; 0 if there was nothing to learn from.
    pub fn calibrated_margin(&self, margin: f64) -> f64 {
        let wide = |knot: &(f32, f32)| (f64::from(knot.0), f64::from(knot.1));
        let above = self.knots.partition_point(|(at, _)| f64::from(*at) <= margin);
        match (above.checked_sub(1).and_then(|below| self.knots.get(below)).map(wide), self.knots.get(above).map(wide)) {
            (Some((low, from)), Some((high, to))) => from + (to - from) * (margin - low) / (high - low),
            (Some((_, log_odds)), None) | (None, Some((_, log_odds))) => log_odds,
            (None, None) => 0.0,
        }
    }

    /// Checks values that were read from outside.
    pub fn check(&self) -> Result<(), &'static str> {
        let finite = self.knots.iter().all(|(margin, log_odds)| margin.is_finite() && log_odds.is_finite());
        // Of two knots at one margin there is no line between.
        if finite && self.knots.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1) { Ok(()) } else { Err("knots out of order") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::tests::drawn, *};

    #[test]
    fn it_bends_where_a_line_cannot() {
        let (margin, _) = drawn(20_000, 1.0, 0.0);
        // Flat at .2 below 0, flat at .7 above.
        let won: Vec<bool> = margin.iter().enumerate().map(|(i, margin)| i % 10 < if *margin < 0.0 { 2 } else { 7 }).collect();
        let fitted = Isotonic::fit(Outcomes { margin: &margin, won: &won, weight: &vec![1.0; 20_000] });
        assert_eq!(fitted.check(), Ok(()));
        for (at, expected) in [(-2.0, 0.2), (-0.5, 0.2), (0.5, 0.7), (2.0, 0.7)] {
            assert!((fitted.probability(at) - expected).abs() < 0.03, "{at}: {}", fitted.probability(at));
        }
    }

    #[test]
    fn nothing_is_an_even_chance() {
        let none = Isotonic::fit(Outcomes { margin: &[], won: &[], weight: &[] });
        assert_eq!((none.probability(3.0), none.check()), (0.5, Ok(())));
    }

    proptest! {
        #[test]
        fn it_rises_and_stays_off_certainty(rows in prop::collection::vec((-50i8..50, any::<bool>(), 1u8..4), 0..60)) {
            let margin: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 7.0).collect();
            let won: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.2) / 2.0).collect();
            let fitted = Isotonic::fit(Outcomes { margin: &margin, won: &won, weight: &weight });
            prop_assert_eq!(fitted.check(), Ok(()));
            let mut last = 0.0;
            for at in -80..80 {
                let probability = fitted.probability(f64::from(at) / 9.0);
                prop_assert!(probability >= last && probability > 0.0 && probability < 1.0);
                last = probability;
            }
        }
    }
}
