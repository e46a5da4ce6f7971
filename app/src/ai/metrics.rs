//! How good predicted probabilities are. Won is the positive class; every row counts by its weight.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::models::{Confusion, Metrics};

/// A deal counts as predicted won from this probability on.
pub const THRESHOLD: f64 = 0.5;
/// Bins of equal width behind the calibration error and the reliability diagram.
pub(super) const BINS: usize = 10;
/// Probabilities are kept this far from 0 and 1 in the log-loss, as scikit-learn once did.
const LOG_LOSS_MARGIN: f64 = 1e-15;

/// Predictions with what happened; all three have one value per row.
#[derive(Debug, Clone, Copy)]
pub struct Predictions<'a> {
    pub probability: &'a [f64],
    pub won: &'a [bool],
    pub weight: &'a [f64],
}

/// The bin of equal width that a probability falls into.
pub(super) fn bin_of(probability: f64) -> usize {
    ((probability * BINS as f64) as usize).min(BINS - 1)
}

/// The log-loss of one row.
pub(super) fn log_loss_of(probability: f64, won: bool) -> f64 {
    let clipped = probability.clamp(LOG_LOSS_MARGIN, 1.0 - LOG_LOSS_MARGIN);
    -if won { clipped.ln() } else { (1.0 - clipped).ln() }
}

impl Metrics {
    /// The measures of some predictions, at [`THRESHOLD`].
    pub fn of(predictions: Predictions) -> Self {
        let mut total = 0.0;
        let (mut won_weight, mut log_loss, mut brier) = (0.0, 0.0, 0.0);
        let mut confusion = Confusion::default();
        // Weight, sum of predictions, sum of outcomes.
        let mut bins = [(0.0, 0.0, 0.0); BINS];
        for ((p, won), weight) in predictions.probability.iter().zip(predictions.won).zip(predictions.weight) {
            let outcome = f64::from(u8::from(*won));
            total += weight;
            won_weight += weight * outcome;
            log_loss += weight * log_loss_of(*p, *won);
            brier += weight * (p - outcome).powi(2);
            let cell = match (*p >= THRESHOLD, *won) {
                (true, true) => &mut confusion.tp,
                (true, false) => &mut confusion.fp,
                (false, false) => &mut confusion.tn,
                (false, true) => &mut confusion.fn_,
            };
            *cell += weight;
            let bin = &mut bins[bin_of(*p)];
            *bin = (bin.0 + weight, bin.1 + weight * p, bin.2 + weight * outcome);
        }
        let Confusion { tp, fp, tn, fn_ } = confusion;
        let off: f64 = bins.iter().map(|(_, predicted, happened)| (predicted - happened).abs()).sum();
        Self {
            n: total.round() as u64,
            base_rate: ratio(won_weight, total),
            accuracy: ratio(tp + tn, total),
            precision: ratio(tp, tp + fp),
            recall: ratio(tp, tp + fn_),
            f1: ratio(2.0 * tp, 2.0 * tp + fp + fn_),
            roc_auc: auc(predictions),
            log_loss: ratio(log_loss, total),
            brier: ratio(brier, total),
            ece: ratio(off, total),
            confusion,
        }
    }
}

/// Probability that a won row has the higher prediction of a won and a lost one, ties counting half; any number can rank rows.
pub(super) fn auc(predictions: Predictions) -> Option<f64> {
    Ranking::new(predictions).auc(predictions.weight)
}

/// `None` where the denominator is nothing.
pub(super) fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole).filter(|ratio| ratio.is_finite())
}

/// Rows in the order of their predictions, so that the AUC can be had again and again under other weights.
struct Ranking {
    /// Row, whether it was won, whether the next row has a higher prediction.
    rows: Vec<(usize, bool, bool)>,
}

impl Ranking {
    fn new(predictions: Predictions) -> Self {
        let p = predictions.probability;
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
        let ends_tie = |place: usize| order.get(place + 1).is_none_or(|next| p[*next] != p[order[place]]);
        let rows = (0..order.len()).map(|place| (order[place], predictions.won[order[place]], ends_tie(place))).collect();
        Self { rows }
    }

    /// `None` if either class weighs nothing.
    fn auc(&self, weight: &[f64]) -> Option<f64> {
        // Of the rows below the present tie, and of the tie.
        let (mut lost_below, mut won_total, mut pairs) = (0.0, 0.0, 0.0);
        let (mut lost, mut won) = (0.0, 0.0);
        for (row, is_won, ends_tie) in &self.rows {
            *(if *is_won { &mut won } else { &mut lost }) += weight[*row];
            if *ends_tie {
                pairs += won * (lost_below + lost / 2.0);
                lost_below += lost;
                won_total += won;
                (won, lost) = (0.0, 0.0);
            }
        }
        ratio(pairs, won_total * lost_below)
    }
}

/// Each row's group as a place from 0 on, and the number of groups.
pub(super) fn group_places(group: &[u32]) -> (Vec<u32>, usize) {
    let mut ids: Vec<u32> = group.to_vec();
    ids.sort_unstable();
    ids.dedup();
    (group.iter().map(|id| ids.partition_point(|other| other < id) as u32).collect(), ids.len())
}

/// How often each group was drawn, in a draw of as many groups with replacement.
pub(super) fn draw_groups(groups: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut drawn = vec![0.0; groups];
    (0..groups).for_each(|_| drawn[rng.random_range(0..groups)] += 1.0);
    drawn
}

/// The 95 % percentile interval of what a bootstrap's draws gave; `None` if half of them or more gave nothing.
pub(super) fn percentile_interval(mut values: Vec<f64>, resamples: usize) -> Option<(f64, f64)> {
    if values.len() * 2 <= resamples {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    Some((at(0.025), at(0.975)))
}

/// 95 % percentile bootstrap interval of the AUC. Whole groups are drawn, since rows of one deal are not independent;
/// `None` if half of the draws or more have one class only.
pub fn auc_interval(predictions: Predictions, group: &[u32], resamples: usize, seed: u64) -> Option<(f64, f64)> {
    let (place, groups) = group_places(group);
    let ranking = Ranking::new(predictions);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let draw = |_| {
        let drawn = draw_groups(groups, &mut rng);
        let weight: Vec<f64> = place.iter().zip(predictions.weight).map(|(place, weight)| drawn[*place as usize] * weight).collect();
        ranking.auc(&weight)
    };
    percentile_interval((0..resamples).filter_map(draw).collect(), resamples)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;

    fn check(probability: &[f64], won: &[bool], weight: &[f64]) -> Metrics {
        Metrics::of(Predictions { probability, won, weight })
    }

    fn near(value: Option<f64>, expected: f64) {
        let value = value.expect("defined");
        assert!((value - expected).abs() < 1e-9, "{value} instead of {expected}");
    }

    #[test]
    fn a_case_worked_by_hand() {
        let metrics = check(&[0.9, 0.8, 0.6, 0.3, 0.3], &[true, false, true, true, false], &[1.0, 1.0, 1.0, 1.0, 2.0]);
        assert_eq!(metrics.confusion, Confusion { tp: 2.0, fp: 1.0, tn: 2.0, fn_: 1.0 });
        assert_eq!(metrics.n, 6);
        near(metrics.base_rate, 0.5);
        near(metrics.accuracy, 4.0 / 6.0);
        near(metrics.precision, 2.0 / 3.0);
        near(metrics.recall, 2.0 / 3.0);
        near(metrics.f1, 2.0 / 3.0);
        // Of nine weighted pairs: 3 for .9, 2 for .6, half of 2 for .3.
        near(metrics.roc_auc, 6.0 / 9.0);
        near(metrics.log_loss, -(0.9f64.ln() + 0.2f64.ln() + 0.6f64.ln() + 0.3f64.ln() + 2.0 * 0.7f64.ln()) / 6.0);
        near(metrics.brier, (0.01 + 0.64 + 0.16 + 0.49 + 2.0 * 0.09) / 6.0);
        near(metrics.ece, (0.1 + 0.8 + 0.4 + 0.1) / 6.0);
    }

    #[test]
    fn what_is_undefined_is_null() {
        let metrics = check(&[0.2, 0.3], &[true, true], &[1.0; 2]);
        assert_eq!((metrics.roc_auc, metrics.precision, metrics.recall), (None, None, Some(0.0)));
        let empty = serde_json::to_value(check(&[], &[], &[])).expect("serialises");
        assert_eq!(empty["log_loss"], serde_json::Value::Null);
        assert_eq!(empty["confusion"]["fn"], 0.0);
    }

    #[test]
    fn certainty_that_errs_costs_much_but_not_everything() {
        assert!(check(&[0.0], &[true], &[1.0]).log_loss.is_some_and(|loss| loss > 30.0));
    }

    proptest! {
        #[test]
        fn auc_is_the_share_of_pairs_in_order(rows in prop::collection::vec((0u8..6, any::<bool>(), 1u8..4), 2..40)) {
            let p: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 6.0).collect();
            let won: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
            let (mut pairs, mut right) = (0.0, 0.0);
            for (a, _) in won.iter().enumerate().filter(|(_, won)| **won) {
                for (b, _) in won.iter().enumerate().filter(|(_, won)| !**won) {
                    pairs += weight[a] * weight[b];
                    right += weight[a] * weight[b] * if p[a] > p[b] { 1.0 } else if p[a] == p[b] { 0.5 } else { 0.0 };
                }
            }
            match check(&p, &won, &weight).roc_auc {
                Some(auc) => prop_assert!((auc - right / pairs).abs() < 1e-9),
                None => prop_assert_eq!(pairs, 0.0),
            }
        }
    }

    #[test]
    fn the_interval_holds_the_auc_and_narrows_with_more_groups() {
        let interval = |groups: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let won: Vec<bool> = (0..groups).map(|_| rng.random()).collect();
            let p: Vec<f64> = won.iter().map(|won| 0.3 * f64::from(u8::from(*won)) + 0.7 * rng.random::<f64>()).collect();
            let (weight, group) = (vec![1.0; groups], (0..groups as u32).collect::<Vec<_>>());
            let predictions = Predictions { probability: &p, won: &won, weight: &weight };
            let (low, high) = auc_interval(predictions, &group, 500, 1).expect("two classes");
            let auc = Metrics::of(predictions).roc_auc.expect("two classes");
            assert!(low < auc && auc < high, "{low} {auc} {high}");
            assert_eq!(auc_interval(predictions, &group, 500, 1), Some((low, high)), "the seed decides");
            high - low
        };
        assert!(interval(400) < 0.7 * interval(100));
    }

    #[test]
    fn copies_of_a_row_in_one_group_do_not_narrow_the_interval() {
        let won: Vec<bool> = (0..60).map(|i| i % 2 == 0).collect();
        let p: Vec<f64> = (0..60).map(|i| f64::from((i * 37) % 60) / 60.0 + if i % 2 == 0 { 0.1 } else { 0.0 }).collect();
        let group: Vec<u32> = (0..60).collect();
        let twice = |values: &[f64]| values.iter().chain(values).copied().collect::<Vec<_>>();
        let once = auc_interval(Predictions { probability: &p, won: &won, weight: &[1.0; 60] }, &group, 500, 9);
        let (p2, won2, group2) = (twice(&p), [won.clone(), won].concat(), [group.clone(), group].concat());
        assert_eq!(auc_interval(Predictions { probability: &p2, won: &won2, weight: &[0.5; 120] }, &group2, 500, 9), once);
    }
}
