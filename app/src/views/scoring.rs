//! Scores as lists and pages show them, feedback on them, and past scores.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Instant,
    ids::{DealId, UserId},
    money::Money,
    probability::Probability,
    risk::Health,
    scoring::{Confidence, FeedbackReason, InputValue, Score, ScorePoint, WhoWasRight},
};

/// A deal's newest score in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreSummary {
    pub probability: Probability,
    pub low: Probability,
    pub high: Probability,
    pub health: Health,
    pub main_reason: Option<String>,
    pub revenue_at_risk: Option<Money>,
    /// How the probability moved over the last months, oldest first.
    pub trend: Vec<ScorePoint>,
}

impl ScoreSummary {
    pub fn confidence(&self) -> Confidence {
        Confidence::of_interval(self.low, self.high)
    }
}

/// What a person said of a deal's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedbackView {
    pub deal: DealId,
    pub deal_title: String,
    pub by: String,
    pub by_id: UserId,
    pub at: Instant,
    /// The score that was criticised.
    pub probability: Probability,
    pub reason: FeedbackReason,
    /// The person's own estimate.
    pub estimate: Option<Probability>,
    pub note: Option<String>,
    /// How the deal ended; `None`: it is open.
    pub won: Option<bool>,
    /// Whether it had not ended when this was said, so that nobody could know.
    pub foretold: bool,
}

/// The page on feedback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedbackPageView {
    /// Newest first.
    pub feedback: Vec<FeedbackView>,
    pub reasons: Vec<(FeedbackReason, u64)>,
    /// `None` while no deal with an estimate has closed.
    pub overall: Option<WhoWasRight>,
    /// People with enough estimates to tell.
    pub people: Vec<(String, WhoWasRight)>,
}

/// A deal's score as of a past instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastScoreView {
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
