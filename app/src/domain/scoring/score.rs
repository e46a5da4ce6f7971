//! What the engine says about a deal.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{Instant, probability::Probability, risk::Health, variants::all};

/// What a probability rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ScoreBasis {
    /// A model trained on the team's own closed deals that passed its checks.
    Model,
    /// The smoothed win rate of the deal's stage, since no model is ready or can be used.
    StageRate,
}

/// How sure the engine is of a probability, by the width of its interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    High,
    Medium,
    Low,
}

impl Confidence {
    /// High up to 8 points of width, medium up to 20, low beyond.
    pub fn of_interval(low: Probability, high: Probability) -> Self {
        match high.get() - low.get() {
            width if width <= 0.08 => Self::High,
            width if width <= 0.20 => Self::Medium,
            _ => Self::Low,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::High => "High confidence",
            Self::Medium => "Medium confidence",
            Self::Low => "Low confidence",
        }
    }
}

/// One reason for a score, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The feature's name in the registry, or a custom field's key.
    pub feature: String,
    /// What was seen: "No activity for 23 days".
    pub text: String,
    /// Percentage points that it adds to the probability (negative: takes away).
    pub points: f64,
}

/// Something a rep can do about a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum AdviceKind {
    BookMeeting,
    ReEngage,
    ConfirmCloseDate,
}

impl AdviceKind {
    pub const ALL: [Self; 3] = all();
}

/// What the model would say had something been done. A difference in the score, not a promise: deals in which it was done
/// differ in more than that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    pub kind: AdviceKind,
    /// What to do: "Book a meeting".
    pub text: String,
    /// The score with it done.
    pub probability: Probability,
    /// Percentage points above the present score.
    pub points: f64,
}

/// A deal's score at an instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub at: Instant,
    pub probability: Probability,
    /// The interval around it.
    pub low: Probability,
    pub high: Probability,
    pub health: Health,
    pub basis: ScoreBasis,
    /// Version of the model that made it; `None` when no model is published.
    pub model_version: Option<i32>,
    /// Strongest first.
    pub reasons: Vec<Reason>,
    /// What would help most, best first; empty without a model.
    pub advice: Vec<Advice>,
}

impl Score {
    pub fn confidence(&self) -> Confidence {
        Confidence::of_interval(self.low, self.high)
    }
}

/// What the score was at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScorePoint {
    pub at: Instant,
    pub probability: Probability,
}
