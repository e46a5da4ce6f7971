//! Which closed deals are learned from where there are more than memory and time allow.
//!
//! First the newest of them, [`WINDOW`] times as many as are wanted: the oldest tell least about the deals that are open now. Of these
//! every period gives the same share of its won and of its lost deals. So the win rate of each period is what it was, the newest fifth
//! that a training holds out is the newest fifth of the window, and every deal drawn stands for as many others: no weights are needed,
//! and what is measured on the deals drawn holds for the window. Drawing more of the recent deals than of the older ones would have
//! given up the last two. Within a period chance decides, by the deals' keys.

use std::collections::BTreeMap;

use chrono::Datelike;
use sha2::{Digest, Sha256};

use crate::ai::features::Outline;

/// How many times as many of the newest deals are drawn from.
const WINDOW: usize = 2;
/// Deals without a dated close are cut into so many periods, by their sequence.
const UNDATED_PERIODS: usize = 24;

/// Draws at most `most` of the closed deals at the places `from`; all of them if they are no more. The places ascend. The same seed and
/// deals (by their keys) give the same ones.
pub fn draw(deals: &[Outline], from: Vec<usize>, most: usize, seed: u64) -> Vec<usize> {
    if from.len() <= most {
        return from;
    }
    let mut newest: Vec<(u64, usize)> = from.into_iter().map(|place| (lot(&deals[place].key, seed), place)).collect();
    newest.sort_unstable_by_key(|(lot, place)| (deals[*place].closed_at, deals[*place].sequence, *lot));
    newest.drain(..newest.len().saturating_sub(most.saturating_mul(WINDOW)));
    let mut drawn: Vec<usize> = shares(strata(deals, &newest), most).collect();
    drawn.sort_unstable();
    drawn
}

/// The deals by period and outcome, given in the order of their closes.
fn strata(deals: &[Outline], newest: &[(u64, usize)]) -> Vec<Vec<(u64, usize)>> {
    let undated = newest.partition_point(|(_, place)| deals[*place].closed_at.is_none());
    let mut strata: BTreeMap<_, Vec<(u64, usize)>> = BTreeMap::new();
    for (nth, (lot, place)) in newest.iter().enumerate() {
        let deal = &deals[*place];
        let month = deal.closed_at.map(|closed| (closed.year(), closed.month()));
        // Undated deals come first.
        let period = (month, if month.is_none() { nth * UNDATED_PERIODS / undated } else { 0 });
        strata.entry((period, deal.outcome.into_str())).or_default().push((*lot, *place));
    }
    strata.into_values().collect()
}

/// Of each stratum its share of `most`, those of the lowest lots; what rounding leaves over goes to those it took most from.
fn shares(mut strata: Vec<Vec<(u64, usize)>>, most: usize) -> impl Iterator<Item = usize> {
    let total: usize = strata.iter().map(Vec::len).sum();
    let exact = |stratum: &Vec<(u64, usize)>| stratum.len() as u128 * most as u128;
    let mut wanted: Vec<usize> = strata.iter().map(|stratum| (exact(stratum) / total.max(1) as u128) as usize).collect();
    let mut by_rest: Vec<usize> = (0..strata.len()).collect();
    by_rest.sort_by_key(|at| std::cmp::Reverse(exact(&strata[*at]) % total.max(1) as u128));
    let left = most.min(total) - wanted.iter().sum::<usize>();
    by_rest.into_iter().take(left).for_each(|at| wanted[at] += 1);
    strata.iter_mut().for_each(|stratum| stratum.sort_unstable());
    strata.into_iter().zip(wanted).flat_map(|(stratum, wanted)| stratum.into_iter().take(wanted).map(|(_, place)| place))
}

/// A deal's lot: by its key, so that the same data give the same draw in every workspace.
fn lot(key: &str, seed: u64) -> u64 {
    let hash = Sha256::new().chain_update(b"draw").chain_update(seed.to_le_bytes()).chain_update(key).finalize();
    hash.iter().take(8).fold(0, |lot, byte| lot << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        ai::split,
        domain::{
            deals::{DealHistory, DealState, Outcome},
            ids::DealId,
        },
    };

    /// A deal closed on some day; `None`: undated, `n` is its sequence.
    fn deal(n: i64, day: Option<i64>, won: bool) -> Outline {
        let start = Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).single().expect("an instant");
        Outline::of(&DealHistory {
            id: DealId(Uuid::now_v7()),
            key: format!("crm/{n}"),
            account: None,
            created_at: day.map(|_| start),
            closed_at: day.map(|day| start + TimeDelta::days(day)),
            sequence: Some(n),
            outcome: if won { Outcome::Won } else { Outcome::Lost },
            undated: DealState::default(),
            changes: Vec::new(),
            activities: Vec::new(),
        })
    }

    fn all(deals: &[Outline]) -> Vec<usize> {
        (0..deals.len()).collect()
    }

    fn win_rate<'a>(deals: impl Iterator<Item = &'a Outline>) -> f64 {
        let (won, count) = deals.fold((0, 0), |(won, count), deal| (won + u32::from(deal.outcome == Outcome::Won), count + 1));
        f64::from(won) / f64::from(count)
    }

    /// Win rates that fall month by month.
    fn drifting(count: i64) -> Vec<Outline> {
        (0..count).map(|n| deal(n, Some(n * 360 / count), (n * 7919) % 100 < 70 - 60 * n / count)).collect()
    }

    proptest! {
        #[test]
        fn as_many_as_wanted_are_drawn_each_once(days in prop::collection::vec((prop::option::of(0i64..400), any::<bool>()), 0..200), most in 0usize..120, seed: u64) {
            let deals: Vec<Outline> = (0..).zip(&days).map(|(n, (day, won))| deal(n, *day, *won)).collect();
            let drawn = draw(&deals, all(&deals), most, seed);
            prop_assert_eq!(drawn.len(), most.min(deals.len()));
            prop_assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
            let other = draw(&deals, all(&deals), most, seed);
            prop_assert_eq!(drawn, other);
        }

        #[test]
        fn the_draw_goes_by_keys_not_by_ids_or_order(count in 1i64..150, most in 1usize..80, seed: u64) {
            let deals = drifting(count);
            let mut other = drifting(count);
            other.reverse();
            let keys = |deals: &[Outline]| {
                let mut keys: Vec<String> = draw(deals, all(deals), most, seed).into_iter().map(|place| deals[place].key.to_string()).collect();
                keys.sort();
                keys
            };
            prop_assert_eq!(keys(&deals), keys(&other));
        }
    }

    #[test]
    fn few_deals_are_all_taken() {
        let deals = drifting(50);
        assert_eq!(draw(&deals, all(&deals), 50, 1), all(&deals));
    }

    #[test]
    fn win_rates_by_period_and_the_holdout_are_those_of_the_newest_deals() {
        let deals = drifting(6_000);
        let drawn = draw(&deals, all(&deals), 2_000, 3);
        let window = &deals[2_000..];
        assert!(drawn.iter().all(|place| *place >= 2_000), "only of the newest");
        for month in 0..12 {
            let within = |deal: &&Outline| deal.closed_at.is_some_and(|closed| closed.month0() == month);
            let (of, expected) = (drawn.iter().map(|place| &deals[*place]).filter(within), window.iter().filter(within));
            let deals = of.clone().count();
            if deals == 0 {
                continue;
            }
            // Each outcome's share is rounded to whole deals.
            let rounding = 2.0 / deals as f64;
            let (of, expected) = (win_rate(of), win_rate(expected));
            assert!((of - expected).abs() <= rounding, "month {month}: {of} of {deals} against {expected}");
        }
        let newest = |deals: Vec<&Outline>| {
            let group: Vec<u32> = (0..deals.len() as u32).collect();
            let order: Vec<i64> = deals.iter().map(|deal| deal.closed_at.map_or(0, |closed| closed.timestamp())).collect();
            let split = split::temporal(&group, &order, 0.2, 1);
            let first = split.newest.iter().map(|row| order[*row]).min().expect("some");
            (win_rate(split.newest.iter().map(|row| deals[*row])), first)
        };
        let ((drawn_rate, drawn_first), (rate, first)) =
            (newest(drawn.iter().map(|place| &deals[*place]).collect()), newest(window.iter().collect()));
        assert!((drawn_rate - rate).abs() < 0.02, "{drawn_rate} against {rate}");
        assert!((drawn_first - first).abs() < 4 * 86_400, "the holdout begins on the same day or so");
    }

    #[test]
    fn without_dates_the_sequence_tells_the_newest() {
        let deals: Vec<Outline> = (0..1_000).map(|n| deal(n, None, n % 4 == 0)).collect();
        let drawn = draw(&deals, all(&deals), 300, 1);
        assert!(drawn.iter().all(|place| *place >= 400));
        assert!((win_rate(drawn.iter().map(|place| &deals[*place])) - 0.25).abs() < 0.02);
    }
}
