//! Who was right: people's own estimates against the scores that they criticised, held against how the deals ended.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::{Difference, WhoWasRight};

/// Draws behind the intervals.
const RESAMPLES: usize = 2_000;

/// An estimate of a deal that has closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub person: f64,
    pub model: f64,
    pub won: bool,
}

fn brier(probability: f64, won: bool) -> f64 {
    (probability - f64::from(u8::from(won))).powi(2)
}

/// Compares people, scores, and the mean of both; `None` without estimates. One estimate a deal: they are drawn independently for the 95 %
/// percentile bootstrap intervals. The same seed gives the same answer.
pub fn who_was_right(estimates: &[Estimate], seed: u64) -> Option<WhoWasRight> {
    if estimates.is_empty() {
        return None;
    }
    let people: Vec<f64> = estimates.iter().map(|of| brier(of.person, of.won)).collect();
    let model: Vec<f64> = estimates.iter().map(|of| brier(of.model, of.won)).collect();
    let blend: Vec<f64> = estimates.iter().map(|of| brier(f64::midpoint(of.person, of.model), of.won)).collect();
    Some(WhoWasRight {
        n: estimates.len() as u64,
        people: mean(&people),
        model: mean(&model),
        blend: mean(&blend),
        people_less_model: difference(&people, &model, seed),
        blend_less_model: difference(&blend, &model, seed),
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn difference(a: &[f64], b: &[f64], seed: u64) -> Difference {
    let paired: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draws: Vec<f64> = (0..RESAMPLES)
        .map(|_| (0..paired.len()).map(|_| paired[rng.random_range(0..paired.len())]).sum::<f64>() / paired.len() as f64)
        .collect();
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[((draws.len() - 1) as f64 * share).round() as usize];
    Difference { mean: mean(&paired), low: at(0.025), high: at(0.975), rule_low: at(0.01), rule_high: at(0.99) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whoever_knows_more_has_the_lower_score() {
        let estimates: Vec<Estimate> =
            (0..60).map(|n| Estimate { person: if n % 3 == 0 { 0.8 } else { 0.2 }, model: 0.5, won: n % 3 == 0 }).collect();
        let right = who_was_right(&estimates, 1).expect("there are some");
        assert!((right.people - 0.04).abs() < 1e-12 && (right.model - 0.25).abs() < 1e-12);
        assert!(right.people_less_model.high < 0.0 && right.blend_less_model.high < 0.0);
        assert!(right.people < right.blend && right.blend < right.model);
        assert_eq!(who_was_right(&[], 1), None);
    }

    proptest! {
        #[test]
        fn intervals_hold_the_mean_and_the_seed_decides(rows in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64, any::<bool>()), 1..30), seed in 0u64..9) {
            let estimates: Vec<Estimate> = rows.iter().map(|(person, model, won)| Estimate { person: *person, model: *model, won: *won }).collect();
            let right = who_was_right(&estimates, seed);
            prop_assert_eq!(&right, &who_was_right(&estimates, seed));
            let of = right.map(|right| right.people_less_model).expect("there are some");
            prop_assert!(of.low <= of.mean + 1e-9 && of.mean <= of.high + 1e-9);
        }
    }
}
