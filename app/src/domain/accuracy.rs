//! How right scores and forecasts were.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{ForecastMonth, Metrics, Money};

/// Days before the close at which scores are judged; 0 is the last before it.
pub const HORIZONS: [u32; 4] = [0, 30, 60, 90];

/// The measures of some deals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccuracyRow<Of> {
    pub of: Of,
    pub metrics: Metrics,
}

/// How right scores were so many days before the close.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HorizonAccuracy {
    pub days: u32,
    pub overall: Metrics,
    /// By the month that the deals closed in, oldest first.
    pub months: Vec<AccuracyRow<NaiveDate>>,
    /// By the model that made the score; `None`: the stages' win rates.
    pub models: Vec<AccuracyRow<Option<i32>>>,
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

/// The page on accuracy over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccuracyView {
    /// By the days of [`HORIZONS`].
    pub horizons: Vec<HorizonAccuracy>,
    /// Oldest first.
    pub forecasts: Vec<ForecastActual>,
    /// Models of these rows that were never in charge or on trial: a replay made their scores, and nobody saw them at the time.
    pub replayed: Vec<i32>,
}
