//! Groups are a division of the deals, and comparisons find what was planted and nothing else.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::{
    ai::table::{Column, ColumnData, Table},
    domain::{
        first_of_month,
        ids::{DealId, PipelineId, StageId, TeamId, UserId},
        money::{Currency, Money},
        outcomes::{Dimension, Period, Side},
    },
};

fn day(n: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(739_000 + n).expect("a day")
}

/// Won, in euros, whose; value, day of the close, days open.
type Parts = ((bool, bool, u8), (Option<i64>, Option<i32>, i64));

prop_compose! {
    fn deals()(
        parts in proptest::collection::vec(
            ((any::<bool>(), any::<bool>(), 0u8..4), (proptest::option::of(0i64..40), proptest::option::of(0i32..400), 0i64..90)),
            0..80,
        ),
    ) -> Vec<ClosedDeal> {
        let deal = |(place, ((won, euro, who), (value, closed, life))): (usize, Parts)| {
            let currency = Currency::new(if euro { "EUR" } else { "USD" }).expect("a currency");
            let closed_at = closed.map(|n| day(n).and_hms_opt(23, 59, 59).expect("a time").and_utc());
            let some = (who > 0).then_some(u128::from(who));
            ClosedDeal {
                id: DealId(Uuid::from_u128(place as u128)),
                won,
                value: value.map(|value| Money::new(Decimal::new(value * 1_150, 2), currency.clone())),
                currency,
                created_at: closed_at.map(|at| at - TimeDelta::days(life)),
                closed_at,
                loss_reason: some.filter(|_| !won).map(|n| format!("reason {n}")),
                competitor: some.map(|n| format!("rival {n}")),
                owner: some.map(|n| UserId(Uuid::from_u128(n))),
                team: some.map(|n| TeamId(Uuid::from_u128(n))),
                closed_from: some.map(|n| StageId(Uuid::from_u128(n))),
                source: format!("source {who}"),
                pipeline: PipelineId(Uuid::nil()),
            }
        };
        parts.into_iter().enumerate().map(deal).collect()
    }
}

proptest! {
    #[test]
    fn groups_are_a_division_of_the_deals(deals in deals(), before in deals()) {
        let (deals_before, deals) = (before, deals);
        let (before, number): (Tallies, u64) = (deals_before.iter().collect(), deals.len() as u64);
        let deals: Tallies = deals.iter().collect();
        let all = figures(&deals.total().all());
        prop_assert_eq!(all.deals(), number);
        for by in Dimension::ALL {
            let groups = groups(by, &deals, Some(&before), None);
            let expected = if by.of_losses() { all.lost } else { all.deals() };
            prop_assert_eq!(groups.iter().map(|group| group.figures.deals()).sum::<u64>(), expected, "{:?}", by);
            prop_assert!(groups.iter().all(|group| group.figures.days_to_win.is_none_or(|days| (0.0..=90.0).contains(&days))));
            let parts: f64 = groups.iter().filter_map(|group| group.part).map(|part| part.share).sum();
            prop_assert!(expected == 0 || (parts - 1.0).abs() < 1e-9);
            let value = |currency: &str| {
                let sums = groups.iter().flat_map(|group| &group.figures.lost_value);
                sums.filter(|sum| sum.currency.code() == currency).map(|sum| sum.amount).sum::<Decimal>()
            };
            for sum in &all.lost_value {
                prop_assert_eq!(value(sum.currency.code()), sum.amount);
            }
        }
    }

    #[test]
    fn what_is_counted_in_parts_is_the_same(deals in deals(), cut in 0usize..80) {
        let whole: Tallies = deals.iter().collect();
        let (some, others) = deals.split_at(cut.min(deals.len()));
        let mut parts: Tallies = some.iter().collect();
        for deal in others {
            let month = deal.closed_at.map(|at| first_of_month(at.date_naive()));
            let mut one = Tally::default();
            one.add(deal);
            // As it is stored and read again.
            let stored = serde_json::to_string(&one).expect("JSON");
            parts.merge(month, &serde_json::from_str(&stored).expect("reads back"));
        }
        prop_assert_eq!(parts, whole);
    }

    #[test]
    fn a_size_is_all_deals_between_its_ends(deals in deals()) {
        for group in groups(Dimension::Size, &deals.iter().collect(), None, None) {
            let GroupKey::Size(Some(band)) = &group.key else { continue };
            let within = |deal: &&ClosedDeal| {
                deal.currency == band.currency
                    && deal.value.as_ref().is_some_and(|value| (band.low..=band.high).contains(&value.amount))
            };
            prop_assert_eq!(deals.iter().filter(within).count() as u64, group.figures.deals());
            prop_assert!(group.figures.deals() > 0);
        }
    }

    #[test]
    fn a_month_is_all_deals_between_its_days(deals in deals(), from in 0i32..400, length in 0i32..400) {
        let period = Period { from: day(from), to: day(from + length) };
        let within = |deal: &ClosedDeal, from, to| deal.closed_at.is_some_and(|at| (from..=to).contains(&at.date_naive()));
        let deals: Vec<ClosedDeal> = deals.into_iter().filter(|deal| within(deal, period.from, period.to)).collect();
        for group in groups(Dimension::Month, &deals.iter().collect(), None, Some(period)) {
            let GroupKey::Time(Some(span)) = &group.key else { return Err(TestCaseError::fail("every deal has a date")) };
            prop_assert_eq!(deals.iter().filter(|deal| within(deal, span.from, span.to)).count() as u64, group.figures.deals());
        }
    }

    #[test]
    fn sides_are_apart_and_each_is_filled(values in proptest::collection::vec(prop_oneof![Just(f64::NAN), (0i32..6).prop_map(f64::from)], 0..90)) {
        let won: Vec<bool> = (0..values.len()).map(|row| row % 3 == 0).collect();
        let table = table("meetings", ColumnData::Numeric(values.clone()));
        let compared = all_of(&table, &won);
        for driver in compared.drivers().list {
            let [high, low] = [Side::High, Side::Low].map(|side| compared.side("meetings", None, side).expect("a side").1);
            prop_assert_eq!((high.len() as u64, low.len() as u64), (driver.high.deals, driver.low.deals));
            prop_assert!(!high.is_empty() && !low.is_empty());
            let least = high.iter().map(|row| values[*row]).fold(f64::INFINITY, f64::min);
            prop_assert!(low.iter().all(|row| values[*row] < least));
        }
    }
}

fn table(name: &str, data: ColumnData) -> Table {
    let rows = match &data {
        ColumnData::Numeric(values) => values.len(),
        ColumnData::Category(values) => values.len(),
    };
    Table { rows, columns: vec![Column { name: name.into(), data }] }
}

fn all_of<'a>(table: &'a Table, won: &'a [bool]) -> Compared<'a> {
    let rows: &'static [usize] = Box::leak((0..table.rows).collect());
    Compared { table, rows, won, custom: &[], one_currency: true }
}

#[test]
fn what_was_planted_is_found() {
    let won: Vec<bool> = (0..300).map(|row| (row % 3 == 2) != (row % 10 == 0)).collect();
    let meetings = table("meetings", ColumnData::Numeric((0..300).map(|row| f64::from(row % 3)).collect()));
    let drivers = all_of(&meetings, &won).drivers();
    assert_eq!((drivers.looked_at, drivers.hold, drivers.deals), (1, 1, 300));
    let driver = &drivers.list[0];
    assert_eq!((driver.title.as_str(), driver.high.words.as_str(), driver.low.words.as_str()), ("Meetings", "2 or more", "none"));
    assert_eq!((driver.high.deals, driver.low.deals), (100, 100));
    assert!(driver.difference_low > 0.5, "{driver:?}");
}

#[test]
fn a_category_stands_against_the_rest_and_of_two_the_other_says_the_same() {
    let won: Vec<bool> = (0..90).map(|row| row % 2 == 0).collect();
    let regions = |names: &'static [&'static str]| {
        let region = move |row: usize| (!row.is_multiple_of(10)).then(|| names[row % names.len()].to_owned());
        table("custom:Region", ColumnData::Category((0..90).map(region).collect()))
    };
    assert_eq!(all_of(&regions(&["North"]), &won).drivers().list.len(), 0);
    assert_eq!(all_of(&regions(&["North", "South"]), &won).drivers().list.len(), 1);
    let three = regions(&["North", "South", "East"]);
    let drivers = all_of(&three, &won).drivers();
    assert_eq!(drivers.list.len(), 3);
    assert!(drivers.list.iter().all(|driver| driver.high.deals + driver.low.deals == 81));
}

#[test]
fn chance_alone_rarely_holds() {
    // 40 columns that have nothing to do with the outcome, twenty times over.
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(u32::MAX >> 1)
    };
    let mut runs_with_claims = 0;
    for _ in 0..20 {
        let won: Vec<bool> = (0..300).map(|_| next() < 0.35).collect();
        let column = |n: usize, values: Vec<f64>| Column { name: format!("custom:{n}"), data: ColumnData::Numeric(values) };
        let columns = (0..40).map(|n| column(n, (0..300).map(|_| next()).collect())).collect();
        let table = Table { rows: 300, columns };
        let drivers = all_of(&table, &won).drivers();
        assert_eq!(drivers.looked_at, 40);
        runs_with_claims += u32::from(drivers.hold > 0);
    }
    assert!(runs_with_claims <= 4, "{runs_with_claims} of 20");
}
