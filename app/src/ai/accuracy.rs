//! How right scores were: what they said some days before the close, held against how the deals ended.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::metrics::Predictions;
use crate::domain::{
    Instant, day_start,
    models::{AccuracyRow, HorizonAccuracy, Metrics},
};

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
    let day = at.date_naive();
    day.with_day(1).unwrap_or(day)
}

/// The instant that is looked at so many days before a close: the beginning of that day, at which thinned scores still tell what held; 0:
/// just before the close.
pub fn horizon_start(closed_at: Instant, days: u32) -> Instant {
    if days == 0 { closed_at - TimeDelta::milliseconds(1) } else { day_start((closed_at - TimeDelta::days(days.into())).date_naive()) }
}

/// How right the scores were that deals had so many days before their close (0: last before it), by month of close and by model.
/// Deals that had none then do not count.
pub fn at_horizon(deals: &[ClosedScores], days: u32) -> HorizonAccuracy {
    let judged: Vec<(NaiveDate, ShownScore, bool)> = deals
        .iter()
        .filter_map(|deal| Some((month_of(deal.closed_at), shown_at(&deal.scores, horizon_start(deal.closed_at, days))?, deal.won)))
        .collect();
    let months = grouped(judged.iter().map(|(month, score, won)| (*month, (score.probability, *won))));
    let models = grouped(judged.iter().map(|(_, score, won)| (score.model, (score.probability, *won))));
    HorizonAccuracy {
        days,
        overall: metrics(judged.iter().map(|(_, score, won)| (score.probability, *won))),
        months: months.into_iter().map(|(month, metrics)| AccuracyRow { of: month, metrics }).collect(),
        models: models.into_iter().map(|(model, metrics)| AccuracyRow { of: model, metrics }).collect(),
    }
}

fn grouped<K: Ord>(rows: impl Iterator<Item = (K, (f64, bool))>) -> BTreeMap<K, Metrics> {
    let mut groups: BTreeMap<K, Vec<(f64, bool)>> = BTreeMap::new();
    for (key, row) in rows {
        groups.entry(key).or_default().push(row);
    }
    groups.into_iter().map(|(key, rows)| (key, metrics(rows.into_iter()))).collect()
}

fn metrics(rows: impl Iterator<Item = (f64, bool)>) -> Metrics {
    let (probability, won): (Vec<f64>, Vec<bool>) = rows.unzip();
    let weight = vec![1.0; won.len()];
    Metrics::of(Predictions { probability: &probability, won: &won, weight: &weight })
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    fn day(n: i64) -> Instant {
        Utc.with_ymd_and_hms(2026, 3, 1, 9, 0, 0).single().expect("a valid instant") + TimeDelta::days(n)
    }

    fn score(at: i64, probability: f64) -> ShownScore {
        ShownScore { at: day(at), probability, model: Some(if at < 0 { 1 } else { 2 }) }
    }

    #[test]
    fn each_horizon_takes_what_was_shown_then() {
        let deal = ClosedScores { closed_at: day(40), won: true, scores: vec![score(-5, 0.2), score(12, 0.4), score(39, 0.9)] };
        let at = |days| at_horizon(std::slice::from_ref(&deal), days).overall.brier;
        assert_eq!(at(0).map(|brier| (brier * 100.0).round()), Some(1.0));
        assert_eq!(at(28).map(|brier| (brier * 100.0).round()), Some(64.0), "that day began with the one before");
        assert_eq!(at(27).map(|brier| (brier * 100.0).round()), Some(36.0));
        assert_eq!(at(30).map(|brier| (brier * 100.0).round()), Some(64.0));
        assert_eq!(at(90), None, "it had no score then");
        let horizon = at_horizon(&[deal], 30);
        assert_eq!((horizon.months.len(), horizon.months[0].of), (1, day(40).date_naive().with_day(1).expect("a day")));
        assert_eq!(horizon.models[0].of, Some(1));
    }

    proptest! {
        #[test]
        fn months_and_models_add_up(rows in prop::collection::vec((0i64..200, any::<bool>(), -100i64..200, 0.0..1.0f64), 0..40), days in 0u32..100) {
            let deals: Vec<ClosedScores> = rows
                .iter()
                .map(|(closed, won, at, p)| ClosedScores { closed_at: day(*closed), won: *won, scores: vec![score(*at, *p)] })
                .collect();
            let horizon = at_horizon(&deals, days);
            prop_assert_eq!(horizon.months.iter().map(|row| row.metrics.n).sum::<u64>(), horizon.overall.n);
            prop_assert_eq!(horizon.models.iter().map(|row| row.metrics.n).sum::<u64>(), horizon.overall.n);
            let had = rows.iter().filter(|(closed, _, at, _)| *at < closed - i64::from(days)).count();
            prop_assert_eq!(horizon.overall.n, had as u64);
        }
    }
}
