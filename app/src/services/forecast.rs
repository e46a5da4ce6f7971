//! The forecast: what open deals are worth by the month they are expected to close in.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use rust_decimal::{Decimal, prelude::FromPrimitive, prelude::ToPrimitive};

use crate::{
    domain::{
        first_of_month,
        forecast::{ForecastMonth, ForecastWhen},
        money::{Money, sum_in_one_currency},
    },
    store::deals::ForecastSum,
};

/// Months that are told apart, the present one included.
const MONTHS: u32 = 12;
/// 95 % quantile of the normal distribution.
const Z95: f64 = 1.645;

/// The months in order, then what is later or has no date; what nobody expects is left out.
pub fn forecast(sums: &[ForecastSum], today: NaiveDate) -> Vec<ForecastMonth> {
    let mut months: BTreeMap<ForecastWhen, Vec<&ForecastSum>> = BTreeMap::new();
    for sum in sums {
        months.entry(when(sum.expected_close, today)).or_default().push(sum);
    }
    months.into_iter().map(|(when, sums)| month(when, &sums)).collect()
}

fn when(expected: Option<NaiveDate>, today: NaiveDate) -> ForecastWhen {
    let Some(expected) = expected else { return ForecastWhen::Undated };
    if expected < today {
        return ForecastWhen::Overdue;
    }
    let end = first_of_month(today).checked_add_months(Months::new(MONTHS)).unwrap_or(NaiveDate::MAX);
    if expected < end { ForecastWhen::Month(first_of_month(expected)) } else { ForecastWhen::Later }
}

fn month(when: ForecastWhen, sums: &[&ForecastSum]) -> ForecastMonth {
    let value = sum_in_one_currency(sums.iter().map(|sum| (sum.currency.clone(), sum.value)));
    let total = |of: fn(&ForecastSum) -> Option<f64>| sums.iter().filter_map(|sum| of(sum)).sum::<f64>();
    let scored = sums.iter().any(|sum| sum.expected.is_some());
    let (expected, deviation) = (total(|sum| sum.expected), total(|sum| sum.variance).max(0.0).sqrt());
    // Without one currency there is no sum, and so nothing to expect of it.
    let amount = |value: f64, like: &Money| Decimal::from_f64(value).map(|value| Money::new(value.round(), like.currency.clone()));
    let of = |value: &Money, expected: f64| {
        let most = value.amount.to_f64().unwrap_or(f64::MAX).max(0.0);
        amount(expected.clamp(0.0, most), value)
    };
    let value_if_scored = value.as_ref().filter(|_| scored);
    ForecastMonth {
        when,
        deals: sums.iter().map(|sum| sum.deals.unsigned_abs()).sum(),
        expected: value_if_scored.and_then(|value| of(value, expected)),
        low: value_if_scored.and_then(|value| of(value, expected - Z95 * deviation)),
        high: value_if_scored.and_then(|value| of(value, expected + Z95 * deviation)),
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a valid date")
    }

    fn sum(expected_close: Option<NaiveDate>, value: i64, probability: f64) -> ForecastSum {
        let amount = value as f64;
        ForecastSum {
            expected_close,
            currency: Currency::default(),
            deals: 1,
            value: Some(value.into()),
            expected: Some(amount * probability),
            variance: Some(amount * amount * probability * (1.0 - probability)),
        }
    }

    #[test]
    fn months_are_in_order_and_the_rest_has_its_place() {
        let today = day(2026, 11, 23);
        let dates = [None, Some(day(2027, 11, 1)), Some(day(2027, 10, 31)), Some(today), Some(day(2026, 11, 22)), Some(day(2026, 11, 30))];
        let sums: Vec<ForecastSum> = dates.into_iter().map(|date| sum(date, 100, 0.5)).collect();
        let months = forecast(&sums, today);
        let found: Vec<(ForecastWhen, u64)> = months.iter().map(|month| (month.when, month.deals)).collect();
        use ForecastWhen::{Later, Month, Overdue, Undated};
        assert_eq!(found, [(Overdue, 1), (Month(day(2026, 11, 1)), 2), (Month(day(2027, 10, 1)), 1), (Later, 1), (Undated, 1)]);
    }

    #[test]
    fn the_range_holds_the_expectation_and_stays_within_the_value() {
        let today = day(2026, 11, 23);
        let amounts = |months: &[ForecastMonth]| {
            let of = |money: &Option<Money>| money.as_ref().and_then(|money| money.amount.to_f64()).unwrap_or(f64::NAN);
            (of(&months[0].low), of(&months[0].expected), of(&months[0].high), of(&months[0].value))
        };
        assert_eq!(amounts(&forecast(&[sum(Some(today), 100, 0.5)], today)), (0.0, 50.0, 100.0, 100.0), "one deal is won or lost");
        let many: Vec<ForecastSum> = (0..100).map(|_| sum(Some(today), 100, 0.5)).collect();
        // 100 coins of 100 each: the deviation is 500.
        assert_eq!(amounts(&forecast(&many, today)), (4178.0, 5000.0, 5822.0, 10_000.0));
    }

    #[test]
    fn unscored_deals_and_several_currencies_promise_nothing() {
        let today = day(2026, 11, 23);
        let unscored = ForecastSum { expected: None, variance: None, ..sum(Some(today), 100, 0.5) };
        let months = forecast(std::slice::from_ref(&unscored), today);
        assert_eq!((months[0].expected.clone(), months[0].value.is_some()), (None, true));
        let euros = ForecastSum { currency: Currency::new("EUR").expect("a code"), ..sum(Some(today), 100, 0.5) };
        let months = forecast(&[sum(Some(today), 100, 0.5), euros], today);
        assert_eq!((months[0].value.clone(), months[0].expected.clone(), months[0].deals), (None, None, 2));
    }
}
