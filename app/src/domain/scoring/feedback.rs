//! What people say of scores, and who turned out to be right.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{models::Difference, variants::all};

/// What the model cannot know, or has wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum FeedbackReason {
    Relationship,
    Budget,
    Competitor,
    Timing,
    Data,
    Other,
}

impl FeedbackReason {
    pub const ALL: [Self; 6] = all();

    /// What people read after "This score is wrong, because".
    pub fn label(self) -> &'static str {
        match self {
            Self::Relationship => "I know the people",
            Self::Budget => "There is news on the budget",
            Self::Competitor => "There is news on a competitor",
            Self::Timing => "The timing has changed",
            Self::Data => "The deal's data are wrong or old",
            Self::Other => "Something else",
        }
    }
}

/// Estimates of people against the scores that they criticised, on deals that closed since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhoWasRight {
    /// Estimates, and the deals that they are of.
    pub n: u64,
    pub deals: u64,
    /// Brier scores: of the people, of the scores, of the mean of both.
    pub people: f64,
    pub model: f64,
    pub blend: f64,
    /// People's Brier score less the model's, and the blend's less the model's: below 0 the first is better.
    pub people_less_model: Difference,
    pub blend_less_model: Difference,
}
