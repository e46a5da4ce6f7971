//! How some closed deals ended, in figures.

use rust_decimal::Decimal;

use super::{
    ClosedDeal,
    stats::{median, share},
};
use crate::domain::{
    money::{Currency, Money},
    outcomes::OutcomeFigures,
};

/// Win rate, cycle times and values of some deals.
pub fn figures<'a>(deals: impl IntoIterator<Item = &'a ClosedDeal>) -> OutcomeFigures {
    let (mut won, mut lost) = (Side::default(), Side::default());
    for deal in deals {
        let side = if deal.won { &mut won } else { &mut lost };
        side.add(deal);
    }
    OutcomeFigures {
        won: won.deals,
        lost: lost.deals,
        win_rate: share(won.deals, won.deals + lost.deals),
        days_to_win: median(won.days),
        days_to_loss: median(lost.days),
        won_value: sums(won.values),
        lost_value: sums(lost.values),
    }
}

/// Won deals, or lost ones.
#[derive(Default)]
struct Side {
    deals: u64,
    days: Vec<f64>,
    /// Currency, deals, sum.
    values: Vec<(Currency, u64, Decimal)>,
}

impl Side {
    fn add(&mut self, deal: &ClosedDeal) {
        self.deals += 1;
        self.days.extend(days_open(deal));
        let Some(value) = &deal.value else { return };
        match self.values.iter_mut().find(|(currency, ..)| *currency == value.currency) {
            Some((_, deals, sum)) => {
                *deals += 1;
                *sum = sum.saturating_add(value.amount);
            }
            None => self.values.push((value.currency.clone(), 1, value.amount)),
        }
    }
}

/// Days from creation to close, of a deal that has both dates in their order.
fn days_open(deal: &ClosedDeal) -> Option<f64> {
    let open = deal.closed_at? - deal.created_at?;
    (open >= chrono::TimeDelta::zero()).then(|| open.num_seconds() as f64 / 86_400.0)
}

fn sums(mut values: Vec<(Currency, u64, Decimal)>) -> Vec<Money> {
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.code().cmp(b.0.code())));
    values.into_iter().map(|(currency, _, sum)| Money::new(sum, currency)).collect()
}
