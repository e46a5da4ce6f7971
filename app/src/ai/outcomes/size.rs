//! Sizes: about fifths of the deals by value, each currency by itself, cut at round amounts.

use rust_decimal::Decimal;

use super::{
    size_step::{SMALLEST, SizeStep},
    tally::{Tally, TallyKey},
};
use crate::domain::{money::Currency, outcomes::Dimension};

const FIFTHS: u64 = 5;
/// Deals of a currency whose values lie between two amounts, both included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeBand {
    pub currency: Currency,
    /// From 1, the smallest values.
    pub place: usize,
    pub low: Decimal,
    pub high: Decimal,
    /// The highest of the places between two cuts that it takes in.
    last: i16,
}

impl SizeBand {
    /// The round amount that all its values are below.
    pub fn below(&self) -> Decimal {
        self.high + SMALLEST
    }
}

/// The bands of all currencies among some deals.
pub(super) struct Bands(Vec<SizeBand>);

impl Bands {
    /// Fewer than five where many deals lie between two cuts.
    pub fn of(tally: &Tally) -> Self {
        let mut bands: Vec<SizeBand> = Vec::new();
        let steps: Vec<(&SizeStep, u64)> = tally
            .of(Dimension::Size)
            .filter_map(|(key, ends)| match key {
                TallyKey::Size(Some(step)) => Some((step, ends.deals())),
                _ => None,
            })
            .collect();
        for of_currency in steps.chunk_by(|(a, _), (b, _)| a.currency == b.currency) {
            bands.extend(fifths(of_currency));
        }
        Self(bands)
    }

    /// The band of some deals; `None` of those without a value, or in a currency that has none.
    pub fn place(&self, step: &SizeStep) -> Option<&SizeBand> {
        let of_currency = || self.0.iter().filter(|band| band.currency == step.currency);
        of_currency().find(|band| step.place <= band.last).or_else(|| of_currency().next_back())
    }
}

/// The bands of a currency, from its steps in their order.
fn fifths(steps: &[(&SizeStep, u64)]) -> Vec<SizeBand> {
    let all: u64 = steps.iter().map(|(_, deals)| deals).sum();
    let mut bands: Vec<SizeBand> = Vec::new();
    let (mut taken, mut begin) = (0, None);
    for (step, deals) in steps {
        let first = *begin.get_or_insert(*step);
        let fifth_before = taken * FIFTHS / all.max(1);
        taken += deals;
        // Full where it reaches into the next fifth.
        if taken * FIFTHS / all.max(1) > fifth_before || taken == all {
            let currency = step.currency.clone();
            bands.push(SizeBand { currency, place: bands.len() + 1, low: first.low(), high: step.high(), last: step.place });
            begin = None;
        }
    }
    bands
}
