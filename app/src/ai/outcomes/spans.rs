//! Stretches of the calendar: months, or longer where there would be too many of them.

use chrono::{Datelike, Months, NaiveDate};

use super::Tallies;
use crate::domain::outcomes::Period;

/// Steps, in months, with how many months they are still too many for.
const STEPS: [(u32, i64); 2] = [(1, 24), (3, 72)];
const LONGEST_STEP: u32 = 12;
/// The oldest of so many takes in all that came before.
const MOST: usize = 60;

/// A month, a quarter or a year, as far as it lies within the period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// "Mar 2026", "Q1 2026", "2026".
    pub name: String,
}

/// The stretches of a period in order; without one, of the months that deals closed in.
pub(super) fn spans(period: Option<Period>, deals: &Tallies) -> Vec<Span> {
    let mut closes = deals.months().map(|(month, _)| month);
    let first = closes.next();
    let last = closes.next_back().or(first).and_then(|month| next(month, 1)).and_then(|day| day.pred_opt());
    let closed = first.zip(last).map(|(from, to)| Period { from, to });
    let Some(mut range) = period.or(closed) else { return Vec::new() };
    if let Some(closed) = closed.filter(|_| months(range) > STEPS[0].1) {
        // Nobody wants to see years before the first close.
        range = Period { from: range.from.max(closed.from), to: range.to.min(closed.to) };
    }
    let step = STEPS.into_iter().find(|(_, most)| months(range) <= *most).map_or(LONGEST_STEP, |(step, _)| step);
    let mut spans = Vec::new();
    let mut first = start(range.to, step);
    while let Some(begin) = first.filter(|begin| spans.len() < MOST && next(*begin, step).is_none_or(|next| next > range.from)) {
        let end = next(begin, step).and_then(|next| next.pred_opt()).unwrap_or(range.to);
        spans.push(Span { from: begin.max(range.from), to: end.min(range.to), name: name(begin, step) });
        first = begin.checked_sub_months(Months::new(step));
    }
    if let Some(oldest) = spans.last_mut().filter(|oldest| oldest.from > range.from) {
        *oldest = Span { from: range.from, to: oldest.to, name: format!("Until {}", oldest.name) };
    }
    spans.reverse();
    spans
}

fn months(range: Period) -> i64 {
    let month = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    month(range.to) - month(range.from) + 1
}

/// Where the stretch of `step` months begins that a day lies in.
fn start(day: NaiveDate, step: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year(), day.month0() / step * step + 1, 1)
}

fn next(begin: NaiveDate, step: u32) -> Option<NaiveDate> {
    begin.checked_add_months(Months::new(step))
}

fn name(begin: NaiveDate, step: u32) -> String {
    match step {
        1 => begin.format("%b %Y").to_string(),
        3 => format!("Q{} {}", begin.month0() / 3 + 1, begin.year()),
        _ => begin.year().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn named(from: &str, to: &str) -> Vec<String> {
        spans(Some(Period { from: day(from), to: day(to) }), &Tallies::default()).into_iter().map(|span| span.name).collect()
    }

    #[test]
    fn months_become_quarters_and_years() {
        assert_eq!(named("2026-01-15", "2026-03-02"), ["Jan 2026", "Feb 2026", "Mar 2026"]);
        assert_eq!(named("2023-11-15", "2026-01-02").first().map(String::as_str), Some("Q4 2023"));
        assert_eq!(named("2010-01-01", "2026-01-02").len(), 17);
        assert_eq!(named("0001-01-01", "9999-12-31").len(), MOST);
        assert!(spans(None, &Tallies::default()).is_empty());
    }

    proptest! {
        #[test]
        fn spans_cover_the_period_without_gaps(first in 700_000i32..740_000, days in 0i32..20_000) {
            let at = |n| NaiveDate::from_num_days_from_ce_opt(n).expect("a day");
            let period = Period { from: at(first), to: at(first + days) };
            let spans = spans(Some(period), &Tallies::default());
            prop_assert_eq!(spans.last().map(|span| span.to), Some(period.to));
            prop_assert_eq!(spans[0].from, period.from);
            for pair in spans.windows(2) {
                prop_assert_eq!(pair[0].to.succ_opt(), Some(pair[1].from));
            }
        }
    }
}
