//! How deals are closed: the reasons to choose from, what has to be filled in, and what a close can be taken back from.

use serde::{Deserialize, Serialize};

use crate::domain::ids::LossReasonId;

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
