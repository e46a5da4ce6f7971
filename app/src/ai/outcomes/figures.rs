//! How some closed deals ended, in figures.

use rust_decimal::Decimal;

use super::{
    stats::share,
    tally::{Ends, Side},
};
use crate::domain::{
    money::{Currency, Money},
    outcomes::OutcomeFigures,
};

/// Win rate, cycle times and values of some deals.
pub fn figures(ends: &Ends) -> OutcomeFigures {
    let Ends { won, lost } = ends;
    OutcomeFigures {
        won: won.deals,
        lost: lost.deals,
        win_rate: share(won.deals, won.deals + lost.deals),
        days_to_win: won.median_days(),
        days_to_loss: lost.median_days(),
        won_value: sums(won),
        lost_value: sums(lost),
    }
}

fn sums(side: &Side) -> Vec<Money> {
    let mut values: Vec<(&Currency, u64, Decimal)> = side.values.iter().map(|(currency, (deals, sum))| (currency, *deals, *sum)).collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    values.into_iter().map(|(currency, _, sum)| Money::new(sum, currency.clone())).collect()
}
