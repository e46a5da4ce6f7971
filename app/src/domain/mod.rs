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
pub mod today;

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
