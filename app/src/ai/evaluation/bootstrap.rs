//! Bootstrap intervals of all measures at once: each draw is one walk over the rows in the order of their probabilities.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::Judged;
use crate::{
    ai::metrics::{BINS, bin_of, draw_groups, group_places, log_loss_of, percentile_interval, ratio},
    domain::models::{AtThreshold, ClassMetrics, Confusion, Estimate},
};

/// Every measure that gets an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measures<T> {
    pub roc_auc: T,
    pub log_loss: T,
    pub brier: T,
    pub ece: T,
    pub accuracy: T,
    /// Precision, recall, F1.
    pub won: [T; 3],
    pub lost: [T; 3],
}

/// One row, ready to be weighed again and again.
struct Row {
    /// Its deal, from 0 on.
    place: u32,
    weight: f64,
    probability: f64,
    log_loss: f64,
    won: bool,
    called_won: bool,
    bin: u8,
    /// Whether the next row has a higher probability.
    ends_tie: bool,
}

/// The rows by probability, lowest first, and the number of deals.
struct Sample {
    rows: Vec<Row>,
    deals: usize,
}

/// The measures with their 95 % percentile intervals.
///
/// Resampling adds noise of its own to the calibration error, so that its interval lies rather too high than too low; every
/// interval is widened to hold the value itself.
pub(super) fn estimates(judged: Judged, threshold: f64, resamples: usize, seed: u64) -> Measures<Estimate> {
    let sample = Sample::of(judged, threshold);
    let whole = sample.measure(&vec![1.0; sample.deals]);
    let draws: Vec<Measures<Option<f64>>> = (0..resamples as u64)
        .into_par_iter()
        .map(|draw| {
            // A stream for each draw: the result does not depend on who draws when.
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(draw);
            sample.measure(&draw_groups(sample.deals, &mut rng))
        })
        .collect();
    let estimate = |of: &dyn Fn(&Measures<Option<f64>>) -> Option<f64>| {
        let value = of(&whole);
        let interval = value.and_then(|value| {
            let (low, high) = percentile_interval(draws.iter().filter_map(of).collect(), resamples)?;
            Some((low.min(value), high.max(value)))
        });
        Estimate { value, low: interval.map(|interval| interval.0), high: interval.map(|interval| interval.1) }
    };
    Measures {
        roc_auc: estimate(&|m| m.roc_auc),
        log_loss: estimate(&|m| m.log_loss),
        brier: estimate(&|m| m.brier),
        ece: estimate(&|m| m.ece),
        accuracy: estimate(&|m| m.accuracy),
        won: [0, 1, 2].map(|i| estimate(&|m| m.won[i])),
        lost: [0, 1, 2].map(|i| estimate(&|m| m.lost[i])),
    }
}

impl Measures<Estimate> {
    pub fn at_threshold(self, threshold: f64, confusion: Confusion) -> AtThreshold {
        let class = |[precision, recall, f1]: [Estimate; 3]| ClassMetrics { precision, recall, f1 };
        AtThreshold { threshold, accuracy: self.accuracy, won: class(self.won), lost: class(self.lost), confusion }
    }
}

/// Rows by what was predicted at a threshold and what happened.
pub(super) fn confusion(judged: Judged, threshold: f64) -> Confusion {
    let mut confusion = Confusion::default();
    for ((p, won), weight) in judged.probability.iter().zip(judged.won).zip(judged.weight) {
        *cell(&mut confusion, *p >= threshold, *won) += weight;
    }
    confusion
}

fn cell(confusion: &mut Confusion, called_won: bool, won: bool) -> &mut f64 {
    match (called_won, won) {
        (true, true) => &mut confusion.tp,
        (true, false) => &mut confusion.fp,
        (false, false) => &mut confusion.tn,
        (false, true) => &mut confusion.fn_,
    }
}

impl Sample {
    fn of(judged: Judged, threshold: f64) -> Self {
        let (place, deals) = group_places(judged.group);
        let mut order: Vec<usize> = (0..judged.probability.len()).collect();
        order.sort_by(|a, b| judged.probability[*a].total_cmp(&judged.probability[*b]));
        let ends_tie = |at: usize| order.get(at + 1).is_none_or(|next| judged.probability[*next] != judged.probability[order[at]]);
        let row = |(at, row): (usize, &usize)| {
            let (probability, won) = (judged.probability[*row], judged.won[*row]);
            Row {
                place: place[*row],
                weight: judged.weight[*row],
                probability,
                log_loss: log_loss_of(probability, won),
                won,
                called_won: probability >= threshold,
                bin: bin_of(probability) as u8,
                ends_tie: ends_tie(at),
            }
        };
        Self { rows: order.iter().enumerate().map(row).collect(), deals }
    }

    /// The measures when each deal counts as often as it was drawn.
    fn measure(&self, drawn: &[f64]) -> Measures<Option<f64>> {
        let (mut total, mut log_loss, mut brier) = (0.0, 0.0, 0.0);
        // Of each bin, the sum of predictions less that of outcomes.
        let mut off = [0.0; BINS];
        let mut confusion = Confusion::default();
        // Of the ties below the present one; and of that one.
        let (mut pairs, mut won_below, mut lost_below) = (0.0, 0.0, 0.0);
        let (mut won, mut lost) = (0.0, 0.0);
        for row in &self.rows {
            let weight = row.weight * drawn[row.place as usize];
            let error = row.probability - f64::from(u8::from(row.won));
            total += weight;
            log_loss += weight * row.log_loss;
            brier += weight * error * error;
            off[usize::from(row.bin)] += weight * error;
            *cell(&mut confusion, row.called_won, row.won) += weight;
            *(if row.won { &mut won } else { &mut lost }) += weight;
            if row.ends_tie {
                pairs += won * (lost_below + lost / 2.0);
                won_below += won;
                lost_below += lost;
                (won, lost) = (0.0, 0.0);
            }
        }
        let Confusion { tp, fp, tn, fn_ } = confusion;
        let class =
            |right: f64, called: f64, actual: f64| [ratio(right, called), ratio(right, actual), ratio(2.0 * right, called + actual)];
        Measures {
            roc_auc: ratio(pairs, won_below * lost_below),
            log_loss: ratio(log_loss, total),
            brier: ratio(brier, total),
            ece: ratio(off.iter().map(|off: &f64| off.abs()).sum(), total),
            accuracy: ratio(tp + tn, total),
            won: class(tp, tp + fp, tp + fn_),
            lost: class(tn, tn + fn_, tn + fp),
        }
    }
}
