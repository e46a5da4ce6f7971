//! Asking for similar deals.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{
    deals::Outcome,
    ids::{DealId, PipelineId, UserId},
    input,
};

/// Similar deals of an answer, at most.
pub const MOST_SIMILAR: u64 = 50;
/// Unless told otherwise.
pub const SIMILAR: u64 = 10;
/// Letters of a text that deals are compared with.
pub const TEXT_LETTERS: usize = 4_000;

/// Which closed deals are wanted, most like a deal or like a text; all filters are optional.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimilarRequest {
    /// Either a deal …
    pub deal_id: Option<DealId>,
    /// … or a text, of at most 4,000 letters.
    pub text: Option<String>,
    /// `won` or `lost`.
    pub outcome: Option<Outcome>,
    /// The days they closed on, both included.
    #[serde(deserialize_with = "input::read_day")]
    pub closed_from: Option<NaiveDate>,
    #[serde(deserialize_with = "input::read_day")]
    pub closed_to: Option<NaiveDate>,
    pub owner: Option<UserId>,
    pub pipeline: Option<PipelineId>,
    /// How many, from 1 to 50; 10 unless given.
    pub k: Option<u64>,
}
