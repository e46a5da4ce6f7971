//! Asking for scores, and what comes back: the REST interface's `POST /api/v1/deals/score`.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Instant,
    deals::DealQuery,
    ids::DealId,
    input,
    probability::Probability,
    risk::Health,
    scoring::{Reason, ScoreBasis},
};

/// Which deals to score, as of when. Either ids or a filter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScoreRequest {
    /// At most 1,000.
    pub deal_ids: Option<Vec<String>>,
    /// The deal list's filter; its `page` counts pages of 1,000. Open deals unless it says otherwise.
    pub filter: Option<DealQuery>,
    /// A past instant, as of which the deals are seen. Without it: now for open deals, just before the close for closed ones.
    #[serde(deserialize_with = "input::read_instant")]
    pub as_of: Option<Instant>,
}

/// The scores, in the order asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreAnswer {
    pub results: Vec<ScoredDeal>,
    pub errors: Vec<ScoreProblem>,
    /// Deals that match the filter, on all pages; absent for ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// A deal's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoredDeal {
    pub deal_id: DealId,
    pub probability: Probability,
    pub low: Probability,
    pub high: Probability,
    pub health: Health,
    /// Place among the open deals that you may see, 1 the most revenue at risk; null for closed deals, past instants, and deals
    /// without a value.
    pub risk_rank: Option<u64>,
    pub basis: ScoreBasis,
    pub reasons: Vec<Reason>,
    /// `None` while no model is in use.
    pub model_version: Option<i32>,
    pub scored_at: Instant,
    /// Whether it was there already.
    pub cached: bool,
    /// Whether the deal is closed by now: the model may have learned from its outcome.
    pub hindsight: bool,
}

/// Why one deal has no score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreProblem {
    /// As it was asked for.
    pub deal_id: String,
    /// `invalid_id`, `not_found`, `not_created_yet`, `closed_by_then`, `failed`.
    pub code: String,
    /// In words.
    pub message: String,
}
