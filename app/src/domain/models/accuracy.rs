//! How right scores and forecasts were.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::models::Metrics;

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
