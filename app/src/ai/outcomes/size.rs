//! Sizes: about fifths of the deals by value, each currency by itself, cut at round amounts.

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

use super::tally::{Tally, TallyKey};
use crate::domain::{money::Money, outcomes::Dimension};

const FIFTHS: u64 = 5;
/// Where amounts are cut within each power of ten, in tenths of it.
const CUTS: [u8; 10] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80];
/// Amounts are stored with four decimal places: the largest below a cut.
const SMALLEST: Decimal = Decimal::from_parts(1, 0, 0, false, 4);
/// No stored amount is larger.
const LARGEST: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);

/// The amounts between two neighbouring cuts of a currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct SizeStep {
    currency: String,
    /// Counted from 1.00; -1 is what is less, -2 what is less than nothing.
    place: i16,
}

impl SizeStep {
    pub fn of(value: &Money) -> Self {
        let amount = value.amount;
        let place = match () {
            () if amount < Decimal::ZERO => -2,
            () if amount < Decimal::ONE => -1,
            () => {
                let tenths = (amount * Decimal::TEN).to_u64().unwrap_or(u64::MAX);
                let power = (tenths / 10).max(1).ilog10();
                // The last cut that is not above it.
                let within = CUTS.iter().rposition(|cut| u64::from(*cut) * 10u64.pow(power) <= tenths).unwrap_or(0);
                (power as usize * CUTS.len() + within) as i16
            }
        };
        Self { currency: value.currency.code().to_owned(), place }
    }

    fn low(&self) -> Decimal {
        match self.place {
            ..=-2 => -LARGEST,
            -1 => Decimal::ZERO,
            place => cut(place),
        }
    }

    fn high(&self) -> Decimal {
        match self.place {
            ..=-2 => -SMALLEST,
            place => cut(place + 1) - SMALLEST,
        }
    }
}

/// The amount at a place: 1, 1.2, 1.5, …, 10, 12, …
fn cut(place: i16) -> Decimal {
    let (power, within) = (place / CUTS.len() as i16, place % CUTS.len() as i16);
    let tenths = CUTS.get(within.unsigned_abs() as usize).copied().unwrap_or(10);
    (0..power).fold(Decimal::new(tenths.into(), 1), |amount, _| amount * Decimal::TEN)
}

/// Deals of a currency whose values lie between two amounts, both included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeBand {
    pub currency: String,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::Currency;

    proptest! {
        #[test]
        fn a_step_holds_its_amounts(units in -10_000_000_000i64..9_000_000_000_000_000_000) {
            let amount = Decimal::new(units, 4);
            let step = SizeStep::of(&Money::new(amount, Currency::default()));
            prop_assert!(step.low() <= amount && amount <= step.high(), "{} in {:?}", amount, step);
        }
    }

    #[test]
    fn amounts_are_cut_at_round_ones() {
        assert_eq!(
            (0..12).map(|place| cut(place).normalize().to_string()).collect::<Vec<_>>().join(" "),
            "1 1.2 1.5 2 2.5 3 4 5 6 8 10 12"
        );
        assert_eq!(LARGEST, Decimal::from(1_000_000_000_000_000_i64));
    }
}
