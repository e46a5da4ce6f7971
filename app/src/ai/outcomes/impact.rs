//! What came of deals that were flagged at risk: acted on or not, won or not, and how long it took.
//!
//! The comparison of acted-on with other flagged deals is no experiment: people act on deals that they believe in. Whoever shows it says so.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    ai::outcomes::{median, newcombe, share},
    domain::{
        money::{Currency, Money},
        outcomes::{FlaggedGroup, ShareDifference},
    },
};

/// An alert of a deal, and when somebody first did something about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// `None`: still open.
    pub won: Option<bool>,
    pub value: Option<Money>,
    /// Hours from the alert to the first act on it; `None`: nobody acted in time.
    pub acted_after_hours: Option<f64>,
}

/// What came of the flagged deals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flags {
    pub acted_on: FlaggedGroup,
    pub left_alone: FlaggedGroup,
    /// Of the closed deals' win rates, acted-on less left-alone; `None` while either has none.
    pub difference: Option<ShareDifference>,
    pub median_hours_to_act: Option<f64>,
}

/// Sums up deals, each with its flag.
pub fn flags(deals: &[Flag]) -> Flags {
    let (acted, left): (Vec<&Flag>, Vec<&Flag>) = deals.iter().partition(|flag| flag.acted_after_hours.is_some());
    let (acted_on, left_alone) = (group(&acted), group(&left));
    let difference = acted_on.win_rate.zip(left_alone.win_rate).map(|(acted, left)| {
        let (difference, low, high) = newcombe(acted, left);
        ShareDifference { difference, low, high }
    });
    let hours: Vec<f64> = acted.iter().filter_map(|flag| flag.acted_after_hours).collect();
    Flags { acted_on, left_alone, difference, median_hours_to_act: median(hours) }
}

fn group(flags: &[&Flag]) -> FlaggedGroup {
    let won = flags.iter().filter(|flag| flag.won == Some(true));
    let (deals, open) = (flags.len() as u64, flags.iter().filter(|flag| flag.won.is_none()).count() as u64);
    let won_deals = won.clone().count() as u64;
    FlaggedGroup {
        deals,
        open,
        won: won_deals,
        win_rate: share(won_deals, deals - open),
        won_value: sums(won.filter_map(|flag| flag.value.as_ref())),
    }
}

/// Sums by currency, in the order of their codes.
fn sums<'a>(amounts: impl Iterator<Item = &'a Money>) -> Vec<Money> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for money in amounts {
        *sums.entry(money.currency.clone()).or_default() += money.amount;
    }
    sums.into_iter().map(|(currency, sum)| Money::new(sum, currency)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    fn flag(won: Option<bool>, acted: Option<f64>, value: i64) -> Flag {
        Flag { won, value: Some(Money::new(Decimal::from(value), Currency::default())), acted_after_hours: acted }
    }

    #[test]
    fn acted_on_and_left_alone_are_told_apart() {
        let mut deals = vec![flag(None, Some(5.0), 7), flag(Some(false), Some(3.0), 8)];
        deals.extend((0..30).map(|n| flag(Some(true), Some(f64::from(n)), 10)));
        deals.extend((0..30).map(|n| flag(Some(n < 5), None, 100)));
        let flags = flags(&deals);
        assert_eq!((flags.acted_on.deals, flags.acted_on.open, flags.acted_on.won), (32, 1, 30));
        assert_eq!(flags.acted_on.won_value, [Money::new(Decimal::from(300), Currency::default())]);
        assert_eq!(flags.left_alone.win_rate.map(|rate| rate.share), Some(5.0 / 30.0));
        let difference = flags.difference.expect("both have closed deals");
        assert!(difference.low > 0.5 && difference.high <= 1.0 && (difference.difference - (30.0 / 31.0 - 5.0 / 30.0)).abs() < 1e-12);
        assert_eq!(flags.median_hours_to_act, Some(13.5));
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        let flags = flags(&[flag(None, None, 1)]);
        assert_eq!((flags.difference, flags.median_hours_to_act, flags.left_alone.win_rate), (None, None, None));
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }
}
