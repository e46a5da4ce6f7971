//! When people work: office days and hours, the sales year and its quarter ends.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Weekday};

use super::dice::Dice;
use crate::domain::{Instant, first_of_month, last_of_month};

/// Deals opened in a month relative to the year's mean, January first: slow summers and Decembers.
const MONTHLY_DEMAND: [f64; 12] = [1.08, 1.02, 1.05, 0.98, 1.00, 0.97, 0.89, 0.82, 1.10, 1.08, 1.06, 0.90];

/// Monday to Friday, save the days around New Year when offices are shut.
pub(super) fn is_working_day(date: NaiveDate) -> bool {
    let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let new_year = (date.month() == 12 && date.day() >= 24) || (date.month() == 1 && date.day() == 1);
    !weekend && !new_year
}

/// How many deals open on `date`, relative to other days of the same year.
pub(super) fn demand(date: NaiveDate) -> f64 {
    if is_working_day(date) { MONTHLY_DEMAND[date.month0() as usize] } else { 0.0 }
}

/// Days until the calendar quarter ends; 0 on its last day.
pub(super) fn days_to_quarter_end(date: NaiveDate) -> i64 {
    let last_month = date.month0() / 3 * 3 + 2;
    let ahead = chrono::Months::new(last_month - date.month0());
    let end = last_of_month(first_of_month(date).checked_add_months(ahead).unwrap_or(date));
    (end - date).num_days()
}

/// `date` plus so many days, moved on to the next working day.
pub(super) fn working_day_after(date: NaiveDate, days: i64) -> NaiveDate {
    let mut day = date.checked_add_days(Days::new(days.max(0).unsigned_abs())).unwrap_or(date);
    while !is_working_day(day) {
        day = day.succ_opt().unwrap_or(day);
    }
    day
}

/// An instant within office hours (8:45 to 17:45, most of it around late morning and mid-afternoon) where UTC is `utc_offset` hours away.
pub(super) fn office_instant(date: NaiveDate, utc_offset: i64, dice: &mut Dice) -> Instant {
    let peak = if dice.chance(0.55) { 10.8 } else { 15.2 };
    let usual = peak + 1.6 * dice.normal();
    let hour = if (8.75..17.75).contains(&usual) { usual } else { dice.uniform(8.75, 17.75) };
    let seconds = (hour * 3600.0) as i64 - utc_offset * 3600;
    date.and_time(NaiveTime::MIN).and_utc() + TimeDelta::seconds(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a date")
    }

    #[test]
    fn quarters_end_with_their_third_month() {
        assert_eq!(days_to_quarter_end(day(2026, 3, 31)), 0);
        assert_eq!(days_to_quarter_end(day(2026, 4, 1)), 90);
        assert_eq!(days_to_quarter_end(day(2026, 12, 1)), 30);
        assert_eq!(last_of_month(day(2028, 2, 3)), day(2028, 2, 29));
    }

    #[test]
    fn nobody_works_at_weekends_or_new_year() {
        assert!(!is_working_day(day(2026, 8, 1)));
        assert!(!is_working_day(day(2025, 12, 25)));
        assert_eq!(working_day_after(day(2025, 12, 23), 1), day(2026, 1, 2));
    }
}
