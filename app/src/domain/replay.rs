//! A deal's score as of a past date: what people saw, and what it was made from.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{DealId, Instant, Score};

/// A feature as the model saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputValue {
    /// The feature's name in the registry, or the custom field's.
    pub name: String,
    pub group: String,
    /// What it is, in words.
    pub definition: String,
    /// With its unit; `None`: unknown.
    pub value: Option<String>,
}

/// A deal's score as of a past instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayView {
    pub deal: DealId,
    pub title: String,
    /// The date asked for, and the instant that stands for it: the end of that day, or just before the close if that was earlier.
    pub day: NaiveDate,
    pub at: Instant,
    /// The days that can be asked for.
    pub first_day: Option<NaiveDate>,
    pub last_day: NaiveDate,
    /// What people saw then; `None` where no score was made by then.
    pub shown: Option<Score>,
    /// The model that was in charge then.
    pub in_charge: Option<i32>,
    /// The score made anew from what was known then, by the model that was in charge, or where there was none by the present one.
    pub recomputed: Score,
    /// Whether the model that recomputed it was trained later: it may have learned how the deal ended.
    pub hindsight: bool,
    /// What it was made from.
    pub inputs: Vec<InputValue>,
}
