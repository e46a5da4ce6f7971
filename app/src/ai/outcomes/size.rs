//! Sizes: fifths of the deals by value, each currency by itself.

use rust_decimal::Decimal;

use super::ClosedDeal;

const FIFTHS: usize = 5;

/// Deals of a currency whose values lie next to each other. Both ends are values of deals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeBand {
    pub currency: String,
    /// From 1, the smallest values.
    pub place: usize,
    pub low: Decimal,
    pub high: Decimal,
}

/// The bands of all currencies among some deals.
pub(super) struct Bands(Vec<SizeBand>);

impl Bands {
    /// Equal values share a band, so there may be fewer than five.
    pub fn of(deals: &[ClosedDeal]) -> Self {
        let mut codes: Vec<&str> = deals.iter().map(|deal| deal.currency.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        Self(codes.into_iter().flat_map(|code| bands(code, deals)).collect())
    }

    /// The band of a deal; `None` for one without a value, or in a currency that has none.
    pub fn place(&self, deal: &ClosedDeal) -> Option<&SizeBand> {
        let value = deal.value.as_ref()?.amount;
        let of_currency = || self.0.iter().filter(|band| band.currency == deal.currency.code());
        of_currency().find(|band| value <= band.high).or_else(|| of_currency().next_back())
    }
}

fn bands(code: &str, deals: &[ClosedDeal]) -> Vec<SizeBand> {
    let of_currency = deals.iter().filter(|deal| deal.currency.code() == code);
    let mut values: Vec<Decimal> = of_currency.filter_map(|deal| deal.value.as_ref()).map(|value| value.amount).collect();
    values.sort_unstable();
    let mut bands: Vec<SizeBand> = Vec::new();
    for fifth in 1..=FIFTHS {
        let Some(high) = (values.len() * fifth).div_ceil(FIFTHS).checked_sub(1).and_then(|last| values.get(last)) else { continue };
        let low = match bands.last() {
            Some(before) => values.iter().find(|value| **value > before.high),
            None => values.first(),
        };
        if let Some(low) = low.filter(|low| *low <= high) {
            bands.push(SizeBand { currency: code.to_owned(), place: bands.len() + 1, low: *low, high: *high });
        }
    }
    bands
}
