//! Plain types that the browser and the server share: no I/O, only values and their rules.

mod address;
pub mod alerts;
pub mod deals;
pub mod error;
pub mod forecast;
pub mod format;
pub mod ids;
pub mod imports;
pub mod input;
pub mod jobs;
pub mod models;
pub mod money;
pub mod notifications;
pub mod outcomes;
pub mod people;
pub mod probability;
pub mod report;
pub mod retention;
pub mod risk;
pub mod scoring;
pub mod similarity;
pub mod today;
pub mod variants;

/// An instant in UTC, as every stored time is.
pub type Instant = chrono::DateTime<chrono::Utc>;

/// The beginning of a day, in UTC.
pub fn day_start(day: chrono::NaiveDate) -> Instant {
    chrono::DateTime::from_naive_utc_and_offset(day.and_time(chrono::NaiveTime::MIN), chrono::Utc)
}

/// The first day of a day's month.
pub fn first_of_month(day: chrono::NaiveDate) -> chrono::NaiveDate {
    chrono::Datelike::with_day(&day, 1).unwrap_or(day)
}

/// The first day of the month after a day's.
pub fn next_month(day: chrono::NaiveDate) -> chrono::NaiveDate {
    first_of_month(day).checked_add_months(chrono::Months::new(1)).unwrap_or(chrono::NaiveDate::MAX)
}

/// The last day of a day's month.
pub fn last_of_month(day: chrono::NaiveDate) -> chrono::NaiveDate {
    next_month(day).pred_opt().unwrap_or(day)
}
