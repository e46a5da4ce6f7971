//! Round amounts that values are cut at.

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

use crate::domain::money::{Currency, Money};

/// Where amounts are cut within each power of ten, in tenths of it.
const CUTS: [u8; 10] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80];
/// Amounts are stored with four decimal places: the largest below a cut.
pub(super) const SMALLEST: Decimal = Decimal::from_parts(1, 0, 0, false, 4);
/// No stored amount is larger.
const LARGEST: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);

/// The amounts between two neighbouring cuts of a currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct SizeStep {
    pub currency: Currency,
    /// Counted from 1.00; -1 is what is less, -2 what is less than nothing.
    pub place: i16,
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
        Self { currency: value.currency.clone(), place }
    }

    pub fn low(&self) -> Decimal {
        match self.place {
            ..=-2 => -LARGEST,
            -1 => Decimal::ZERO,
            place => cut(place),
        }
    }

    pub fn high(&self) -> Decimal {
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
