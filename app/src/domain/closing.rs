//! How deals are closed: the reasons to choose from, what has to be filled in, and what a close can be taken back from.

use serde::{Deserialize, Serialize};

use super::{DealRow, LossReasonId, Outcome};

/// How long the person who closed a deal can take that back as if it had not happened, in seconds.
pub const UNDO_SECONDS: i64 = 60;
/// Deals that can be closed at once.
pub const MAX_CLOSED_AT_ONCE: usize = 100;

/// A reason that deals are lost for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossReason {
    pub id: LossReasonId,
    pub name: String,
    /// Offered when a deal is closed.
    pub active: bool,
    /// Whether somebody else won.
    pub names_competitor: bool,
}

/// What has to be filled in when a deal is closed, besides the reason of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CloseRules {
    /// A won deal needs a value.
    pub won_value: bool,
    pub won_notes: bool,
    /// Where the reason names one.
    pub lost_competitor: bool,
    pub lost_notes: bool,
}

/// What the forms offer and ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CloseChoices {
    /// Those in use, in their order.
    pub reasons: Vec<LossReason>,
    pub rules: CloseRules,
    /// Competitors named before, most often first.
    pub competitors: Vec<String>,
}

/// The page that closes several deals at once; once they are closed, it says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloseView {
    /// What is to be recorded.
    pub outcome: Outcome,
    pub deals: Vec<DealRow>,
    pub choices: CloseChoices,
    /// All of them are closed, and the viewer can still take that back.
    pub may_undo: bool,
}

/// The settings page of outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseSettings {
    /// All reasons in their order, each with the number of deals lost for it.
    pub reasons: Vec<(LossReason, u64)>,
    pub rules: CloseRules,
}
