//! Whether the live predictions still mean what they say, judged by the deals that closed since.

use chrono::TimeDelta;

use crate::{
    ai::{
        evaluation::wilson,
        metrics::{THRESHOLD, log_loss_of},
    },
    domain::{
        Instant,
        models::{CalibrationDrift, CalibrationPoint, JudgedPrediction},
    },
};

/// Weeks that are judged together.
pub const WINDOW_WEEKS: i64 = 6;
/// Deals below which there is no alarm.
pub const MIN_TO_ALARM: u64 = 30;
/// Standard errors beyond which there is one: chance gets there once in a thousand times.
pub const ALARM_Z: f64 = 3.3;

/// Sums over predictions.
#[derive(Default)]
struct Sums {
    n: f64,
    predicted: f64,
    won: f64,
    /// Of p(1 − p).
    variance: f64,
    /// Spiegelhalter's numerator Σ(y − p)(1 − 2p) and its variance Σ(1 − 2p)²p(1 − p).
    excess: f64,
    excess_variance: f64,
    log_loss: f64,
    entropy: f64,
    brier: f64,
    right: f64,
}

impl Sums {
    fn add(&mut self, judged: &JudgedPrediction) {
        let (p, outcome) = (judged.probability, f64::from(u8::from(judged.won)));
        let (variance, tilt) = (p * (1.0 - p), 1.0 - 2.0 * p);
        self.n += 1.0;
        self.predicted += p;
        self.won += outcome;
        self.variance += variance;
        self.excess += (outcome - p) * tilt;
        self.excess_variance += tilt * tilt * variance;
        self.log_loss += log_loss_of(p, judged.won);
        self.entropy += p * log_loss_of(p, true) + (1.0 - p) * log_loss_of(p, false);
        self.brier += (p - outcome).powi(2);
        self.right += f64::from(u8::from((p >= THRESHOLD) == judged.won));
    }
}

/// The calibration of some predictions; `None` without any.
///
/// Both figures are standard normal if the probabilities are true: calibration in the large, and Spiegelhalter's z (Probabilistic
/// prediction in patient management and clinical trials, Statistics in Medicine 5, 1986).
pub fn calibration_drift(judged: &[JudgedPrediction]) -> Option<CalibrationDrift> {
    if judged.is_empty() {
        return None;
    }
    let mut sums = Sums::default();
    judged.iter().for_each(|one| sums.add(one));
    let mean = |sum: f64| sum / sums.n;
    let observed = mean(sums.won);
    let (observed_low, observed_high) = wilson(observed, sums.n);
    let in_the_large_z = standardised(sums.won - sums.predicted, sums.variance);
    let spiegelhalter_z = standardised(sums.excess, sums.excess_variance);
    let n = judged.len() as u64;
    Some(CalibrationDrift {
        n,
        predicted: mean(sums.predicted),
        observed,
        observed_low,
        observed_high,
        in_the_large_z,
        spiegelhalter_z,
        log_loss: mean(sums.log_loss),
        expected_log_loss: mean(sums.entropy),
        brier: mean(sums.brier),
        accuracy: mean(sums.right),
        alarm: n >= MIN_TO_ALARM && in_the_large_z.abs().max(spiegelhalter_z.abs()) > ALARM_Z,
    })
}

/// 0 where nothing is left to chance.
fn standardised(excess: f64, variance: f64) -> f64 {
    if variance > 0.0 { excess / variance.sqrt() } else { 0.0 }
}

/// The calibration week by week, oldest first, each over the [`WINDOW_WEEKS`] weeks up to its end; the last week ends `now`. It begins
/// with the week of the first prediction; windows without any are left out.
pub fn rolling(judged: &[JudgedPrediction], now: Instant) -> Vec<CalibrationPoint> {
    let Some(first) = judged.iter().map(|one| one.at).min().filter(|first| *first <= now) else { return Vec::new() };
    let weeks = (now - first).num_weeks();
    let point = |back: i64| {
        let until = now - TimeDelta::weeks(back);
        let from = until - TimeDelta::weeks(WINDOW_WEEKS);
        let within: Vec<JudgedPrediction> = judged.iter().filter(|one| one.at > from && one.at <= until).copied().collect();
        Some(CalibrationPoint { from, until, calibration: calibration_drift(&within)? })
    };
    (0..=weeks).rev().filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn day(n: i64) -> Instant {
        Utc.timestamp_opt(1_700_000_000 + n * 86_400, 0).single().expect("a valid instant")
    }

    fn judged(rows: &[(f64, bool)]) -> Vec<JudgedPrediction> {
        rows.iter().map(|(probability, won)| JudgedPrediction { at: day(0), probability: *probability, won: *won }).collect()
    }

    /// Outcomes drawn from `truth` of what was predicted.
    fn drawn(n: usize, seed: u64, truth: impl Fn(f64) -> f64) -> Vec<JudgedPrediction> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut row = || {
            let p: f64 = rng.random_range(0.05..0.95);
            (p, rng.random::<f64>() < truth(p))
        };
        judged(&(0..n).map(|_| row()).collect::<Vec<_>>())
    }

    #[test]
    fn a_case_worked_by_hand() {
        let drift = calibration_drift(&judged(&[(0.8, true), (0.8, false), (0.4, false), (0.2, true)])).expect("predictions");
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value} instead of {expected}");
        near(drift.predicted, 0.55);
        near(drift.observed, 0.5);
        near(drift.in_the_large_z, -0.2 / 0.72f64.sqrt());
        // (.2)(−.6) + (−.8)(−.6) + (−.4)(.2) + (.8)(.6) over the root of 3 · .36 · .16 + .04 · .24.
        near(drift.spiegelhalter_z, 0.76 / 0.1824f64.sqrt());
        near(drift.brier, (0.04 + 0.64 + 0.16 + 0.64) / 4.0);
        near(drift.log_loss, -(0.8f64.ln() + 0.2f64.ln() + 0.6f64.ln() + 0.2f64.ln()) / 4.0);
        let entropy = |p: f64| -(p * p.ln() + (1.0 - p) * (1.0 - p).ln());
        near(drift.expected_log_loss, (3.0 * entropy(0.8) + entropy(0.4)) / 4.0);
        near(drift.accuracy, 0.5);
        assert!(drift.observed_low < 0.5 && drift.observed_high > 0.5 && !drift.alarm);
        assert_eq!(calibration_drift(&[]), None);
    }

    #[test]
    fn true_probabilities_raise_no_alarm_and_shifted_or_too_sure_ones_do() {
        let alarms =
            |truth: fn(f64) -> f64| (0..200).filter(|seed| calibration_drift(&drawn(300, *seed, truth)).expect("some").alarm).count();
        assert!(alarms(|p| p) <= 2, "one in a thousand for each of two");
        assert!(alarms(|p| 0.75 * p) > 180);
        assert!(alarms(|p| 0.5 + 0.3 * (p - 0.5)) > 180, "too sure");
    }

    #[test]
    fn certain_predictions_and_few_deals_are_no_trouble() {
        let certain = calibration_drift(&judged(&[(1.0, true), (0.0, false)])).expect("some");
        assert_eq!((certain.in_the_large_z, certain.spiegelhalter_z), (0.0, 0.0));
        assert!(certain.expected_log_loss < 1e-12);
        let wrong = |n| calibration_drift(&judged(&vec![(0.9, false); n])).expect("some").alarm;
        assert!(!wrong(29) && wrong(30));
    }

    #[test]
    fn the_series_has_a_window_for_each_week() {
        let rows: Vec<JudgedPrediction> = (0..70).map(|n| JudgedPrediction { at: day(n), probability: 0.5, won: n % 2 == 0 }).collect();
        let series = rolling(&rows, day(70));
        assert_eq!(series.len(), 11);
        assert_eq!(series.last().map(|point| (point.until, point.calibration.n)), Some((day(70), 41)));
        assert_eq!(series[0].calibration.n, 1);
        assert!(series.is_sorted_by_key(|point| point.until));
        assert!(rolling(&rows, day(-1)).is_empty() && rolling(&[], day(1)).is_empty());
        assert!(rolling(&rows, day(70 + 100)).len() < 25, "windows without deals are left out");
    }

    proptest! {
        #[test]
        fn figures_are_finite_and_the_order_does_not_matter(rows in prop::collection::vec((0.0f64..=1.0, any::<bool>()), 1..50)) {
            let rows = judged(&rows);
            let drift = calibration_drift(&rows).expect("some");
            for value in [drift.in_the_large_z, drift.spiegelhalter_z, drift.log_loss, drift.expected_log_loss, drift.brier] {
                prop_assert!(value.is_finite());
            }
            let reversed: Vec<JudgedPrediction> = rows.iter().rev().copied().collect();
            let other = calibration_drift(&reversed).expect("some");
            prop_assert!((drift.spiegelhalter_z - other.spiegelhalter_z).abs() < 1e-6);
            prop_assert_eq!(drift.alarm && drift.n < MIN_TO_ALARM, false);
        }
    }
}
