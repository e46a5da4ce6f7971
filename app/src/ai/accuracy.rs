//! How right scores were: what they said some days before the close, held against how the deals ended.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::metrics::{BINS, THRESHOLD, log_loss_of, ratio};
use crate::domain::{
    Instant, day_start, first_of_month,
    models::{AccuracyRow, Confusion, HORIZONS, HorizonAccuracy, Metrics},
};

/// Bins of equal width that judged scores are counted in; a multiple of those that calibration is told in.
const FINE_BINS: u16 = 200;

/// A score as it was shown at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShownScore {
    pub at: Instant,
    pub probability: f64,
    /// `None`: the stages' win rates.
    pub model: Option<i32>,
}

/// A closed deal with the scores that it had while it was open, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedScores {
    pub closed_at: Instant,
    pub won: bool,
    pub scores: Vec<ShownScore>,
}

/// The score that was shown at an instant: the newest made until then.
pub fn shown_at(scores: &[ShownScore], at: Instant) -> Option<ShownScore> {
    scores[..scores.partition_point(|score| score.at <= at)].last().copied()
}

/// The first day of an instant's month, in UTC.
pub fn month_of(at: Instant) -> NaiveDate {
    first_of_month(at.date_naive())
}

/// The instant that is looked at so many days before a close: the beginning of that day, at which thinned scores still tell what held; 0:
/// just before the close.
pub fn horizon_start(closed_at: Instant, days: u32) -> Instant {
    if days == 0 { closed_at - TimeDelta::milliseconds(1) } else { day_start((closed_at - TimeDelta::days(days.into())).date_naive()) }
}

/// Judged scores, counted: what measures are made of, in fine bins of the probability.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    confusion: [u64; 4],
    brier: f64,
    log_loss: f64,
    /// Won, lost and the sum of probabilities, by bin.
    bins: BTreeMap<u16, (u64, u64, f64)>,
}

impl Judged {
    fn add(&mut self, probability: f64, won: bool) {
        self.confusion[usize::from(probability >= THRESHOLD) * 2 + usize::from(won)] += 1;
        self.brier += (probability - f64::from(u8::from(won))).powi(2);
        self.log_loss += log_loss_of(probability, won);
        let bin = self.bins.entry(((probability * f64::from(FINE_BINS)) as u16).min(FINE_BINS - 1)).or_default();
        *bin = (bin.0 + u64::from(won), bin.1 + u64::from(!won), bin.2 + probability);
    }

    fn merge(&mut self, other: &Self) {
        self.confusion.iter_mut().zip(other.confusion).for_each(|(sum, more)| *sum += more);
        self.brier += other.brier;
        self.log_loss += other.log_loss;
        for (place, (won, lost, predicted)) in &other.bins {
            let bin = self.bins.entry(*place).or_default();
            *bin = (bin.0 + won, bin.1 + lost, bin.2 + predicted);
        }
    }

    /// The measures. The AUC is that of the bins: two deals in one of them count as a tie.
    fn metrics(&self) -> Metrics {
        let [tn, fn_, fp, tp] = self.confusion.map(|deals| deals as f64);
        let total = tn + fn_ + fp + tp;
        // Weight, sum of predictions, sum of outcomes.
        let mut coarse = [(0.0, 0.0, 0.0); BINS];
        let (mut pairs, mut lost_below) = (0.0, 0.0);
        for (place, (won, lost, predicted)) in &self.bins {
            let (won, lost) = (*won as f64, *lost as f64);
            pairs += won * (lost_below + lost / 2.0);
            lost_below += lost;
            let bin = &mut coarse[usize::from(place * BINS as u16 / FINE_BINS)];
            *bin = (bin.0 + won + lost, bin.1 + predicted, bin.2 + won);
        }
        let off: f64 = coarse.iter().map(|(_, predicted, happened)| (predicted - happened).abs()).sum();
        Metrics {
            n: total as u64,
            base_rate: ratio(tp + fn_, total),
            accuracy: ratio(tp + tn, total),
            precision: ratio(tp, tp + fp),
            recall: ratio(tp, tp + fn_),
            f1: ratio(2.0 * tp, 2.0 * tp + fp + fn_),
            roc_auc: ratio(pairs, (tp + fn_) * (tn + fp)),
            log_loss: ratio(self.log_loss, total),
            brier: ratio(self.brier, total),
            ece: ratio(off, total),
            confusion: Confusion { tp, fp, tn, fn_ },
        }
    }
}

/// The scores of some closed deals, judged, by how long before the close and by the model that made them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(u32, Option<i32>, Judged)>", into = "Vec<(u32, Option<i32>, Judged)>")]
pub struct JudgedScores(BTreeMap<(u32, Option<i32>), Judged>);

impl From<Vec<(u32, Option<i32>, Judged)>> for JudgedScores {
    fn from(judged: Vec<(u32, Option<i32>, Judged)>) -> Self {
        Self(judged.into_iter().map(|(days, model, judged)| ((days, model), judged)).collect())
    }
}

impl From<JudgedScores> for Vec<(u32, Option<i32>, Judged)> {
    fn from(judged: JudgedScores) -> Self {
        judged.0.into_iter().map(|((days, model), judged)| (days, model, judged)).collect()
    }
}

impl JudgedScores {
    /// Judges what was shown of a deal at each horizon. Where it had no score then, it does not count.
    pub fn add(&mut self, deal: &ClosedScores) {
        for days in HORIZONS {
            if let Some(shown) = shown_at(&deal.scores, horizon_start(deal.closed_at, days)) {
                self.0.entry((days, shown.model)).or_default().add(shown.probability, deal.won);
            }
        }
    }

    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(key, judged)| self.0.entry(*key).or_default().merge(judged));
    }

    /// Those of one horizon, by model.
    fn at(&self, days: u32) -> impl Iterator<Item = (Option<i32>, &Judged)> {
        self.0.iter().filter(move |((of, _), _)| *of == days).map(|((_, model), judged)| (*model, judged))
    }
}

/// How right the scores were that deals had so many days before their close (0: last before it), by month of close and by model.
pub fn at_horizon(months: &BTreeMap<NaiveDate, JudgedScores>, days: u32) -> HorizonAccuracy {
    let together = |judged: &mut dyn Iterator<Item = &Judged>| {
        judged.fold(Judged::default(), |mut sum, more| {
            sum.merge(more);
            sum
        })
    };
    let mut models: BTreeMap<Option<i32>, Judged> = BTreeMap::new();
    let mut rows = Vec::new();
    for (month, judged) in months {
        judged.at(days).for_each(|(model, judged)| models.entry(model).or_default().merge(judged));
        let metrics = together(&mut judged.at(days).map(|(_, judged)| judged)).metrics();
        rows.extend((metrics.n > 0).then_some(AccuracyRow { of: *month, metrics }));
    }
    HorizonAccuracy {
        days,
        overall: together(&mut models.values()).metrics(),
        months: rows,
        models: models.into_iter().map(|(of, judged)| AccuracyRow { of, metrics: judged.metrics() }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::ai::metrics::Predictions;

    fn day(n: i64) -> Instant {
        Utc.with_ymd_and_hms(2026, 3, 1, 9, 0, 0).single().expect("a valid instant") + TimeDelta::days(n)
    }

    fn score(at: i64, probability: f64) -> ShownScore {
        ShownScore { at: day(at), probability, model: Some(if at < 0 { 1 } else { 2 }) }
    }

    #[test]
    fn each_horizon_takes_what_was_shown_then() {
        let deal = ClosedScores { closed_at: day(40), won: true, scores: vec![score(-5, 0.2), score(12, 0.4), score(39, 0.9)] };
        let at = |days| at_horizon(&by_month(std::slice::from_ref(&deal)), days).overall.brier;
        assert_eq!(HORIZONS, [0, 30, 60, 90]);
        assert_eq!(at(0).map(|brier| (brier * 100.0).round()), Some(1.0));
        let shown = |days| shown_at(&deal.scores, horizon_start(deal.closed_at, days)).map(|score| score.probability);
        assert_eq!((shown(28), shown(27)), (Some(0.2), Some(0.4)), "that day began with the one before");
        assert_eq!(at(30).map(|brier| (brier * 100.0).round()), Some(64.0));
        assert_eq!(at(90), None, "it had no score then");
        let horizon = at_horizon(&by_month(&[deal]), 30);
        assert_eq!((horizon.months.len(), horizon.months[0].of), (1, day(40).date_naive().with_day(1).expect("a day")));
        assert_eq!(horizon.models[0].of, Some(1));
    }

    fn by_month(deals: &[ClosedScores]) -> BTreeMap<NaiveDate, JudgedScores> {
        let mut months: BTreeMap<NaiveDate, JudgedScores> = BTreeMap::new();
        deals.iter().for_each(|deal| months.entry(month_of(deal.closed_at)).or_default().add(deal));
        months
    }

    proptest! {
        #[test]
        fn measures_of_what_was_counted_are_those_of_the_rows(rows in prop::collection::vec((0.0..=1.0f64, any::<bool>()), 1..80), cut in 0usize..80) {
            let (some, others) = rows.split_at(cut.min(rows.len()));
            let judged = |rows: &[(f64, bool)]| {
                let mut judged = Judged::default();
                rows.iter().for_each(|(p, won)| judged.add(*p, *won));
                judged
            };
            let mut counted = judged(some);
            let stored = serde_json::to_string(&judged(others)).expect("JSON");
            counted.merge(&serde_json::from_str(&stored).expect("reads back"));
            let counted = counted.metrics();
            let (probability, won): (Vec<f64>, Vec<bool>) = rows.iter().copied().unzip();
            let exact = Metrics::of(Predictions { probability: &probability, won: &won, weight: &vec![1.0; rows.len()] });
            prop_assert_eq!(&counted.confusion, &exact.confusion);
            let near = |a: Option<f64>, b: Option<f64>, by: f64| a.zip(b).is_none_or(|(a, b)| (a - b).abs() <= by) && a.is_some() == b.is_some();
            for (a, b) in [(counted.brier, exact.brier), (counted.log_loss, exact.log_loss), (counted.ece, exact.ece), (counted.f1, exact.f1)] {
                prop_assert!(near(a, b, 1e-9), "{:?} {:?}", a, b);
            }
            // Only deals whose probabilities differ by less than a bin can be taken for a tie.
            let pairs = probability.iter().zip(&won).flat_map(|(p, won)| probability.iter().zip(&rows).map(move |(q, row)| (*p, *won, *q, row.1)));
            let close = pairs.filter(|(p, won, q, lost)| *won && !lost && (p - q).abs() < 1.0 / f64::from(FINE_BINS)).count() as f64;
            let all = exact.confusion.tp + exact.confusion.fn_;
            let all = all * (rows.len() as f64 - all);
            prop_assert!(near(counted.roc_auc, exact.roc_auc, close / all.max(1.0) / 2.0 + 1e-9));
        }

        #[test]
        fn months_and_models_add_up(rows in prop::collection::vec((0i64..200, any::<bool>(), -100i64..200, 0.0..1.0f64), 0..40), place in 0usize..4) {
            let deals: Vec<ClosedScores> = rows
                .iter()
                .map(|(closed, won, at, p)| ClosedScores { closed_at: day(*closed), won: *won, scores: vec![score(*at, *p)] })
                .collect();
            let days = HORIZONS[place];
            let horizon = at_horizon(&by_month(&deals), days);
            prop_assert_eq!(horizon.months.iter().map(|row| row.metrics.n).sum::<u64>(), horizon.overall.n);
            prop_assert_eq!(horizon.models.iter().map(|row| row.metrics.n).sum::<u64>(), horizon.overall.n);
            let had = rows.iter().filter(|(closed, _, at, _)| *at < closed - i64::from(days)).count();
            prop_assert_eq!(horizon.overall.n, had as u64);
        }
    }
}
