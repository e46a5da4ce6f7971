//! What the product did for the business, as far as that can be told.

use serde::{Deserialize, Serialize};

use crate::domain::{money::Money, outcomes::Share};

/// An act within so many days of an alert counts as an answer to it.
pub const ACT_WITHIN_DAYS: i64 = 7;

/// How far back the page looks, in days.
pub const IMPACT_DAYS: i64 = 365;

/// Cycle times are compared over so many days and as many before.
pub const CYCLE_DAYS: i64 = 90;

/// Why the comparison proves nothing by itself.
pub const IMPACT_IN_WORDS: &str = "This is a comparison, no proof: people act on the deals they believe in, and those are won more often \
    anyway. What would have become of a deal without the alert nobody can know; to know it for all of them, alerts would have to be \
    withheld by chance.";

/// Flagged deals that were, or were not, acted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlaggedGroup {
    pub deals: u64,
    /// Of them, still open.
    pub open: u64,
    pub won: u64,
    /// Of the closed ones; `None` without any.
    pub win_rate: Option<Share>,
    /// By currency.
    pub won_value: Vec<Money>,
}

/// A difference of two shares with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShareDifference {
    pub difference: f64,
    pub low: f64,
    pub high: f64,
}

/// Median days from creation to the close of won deals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CycleTime {
    pub days: Option<f64>,
    pub deals: u64,
}
