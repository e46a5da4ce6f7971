//! The forecast by month, and what came of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::money::Money;

/// When open deals are expected to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "when", content = "month")]
pub enum ForecastWhen {
    /// The expected close date has passed.
    Overdue,
    /// The first day of the month.
    Month(NaiveDate),
    /// More than twelve months ahead.
    Later,
    /// No expected close date.
    Undated,
}

/// What the open deals of a month are worth, weighed by their win probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastMonth {
    pub when: ForecastWhen,
    pub deals: u64,
    /// Sum of the deals' values.
    pub value: Option<Money>,
    /// Sum of value × win probability over the scored deals.
    pub expected: Option<Money>,
    /// Where the won value falls nine times out of ten, if the probabilities hold and deals do not depend on each other
    /// (5 % and 95 % quantile of a normal approximation, kept within 0 and the value).
    pub low: Option<Money>,
    pub high: Option<Money>,
}

/// What was expected of a month when it began, and what it came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastActual {
    /// Its first day.
    pub month: NaiveDate,
    /// Of the deals that were open when it began and expected to close in it; `None` where they had no scores then.
    pub forecast: Option<ForecastMonth>,
    /// Of these deals, won in the month: how many, and their value where they share a currency.
    pub won: u64,
    pub won_value: Option<Money>,
    /// All deals won in the month.
    pub all_won: u64,
    pub all_won_value: Option<Money>,
}
