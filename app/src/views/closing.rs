//! What the forms that close deals offer and ask for, and where that is set.

use serde::{Deserialize, Serialize};

use crate::domain::outcomes::{CloseRules, LossReason};

/// What the forms offer and ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CloseChoices {
    /// Those in use, in their order.
    pub reasons: Vec<LossReason>,
    pub rules: CloseRules,
    /// Competitors named before, most often first.
    pub competitors: Vec<String>,
}

/// The settings page of outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseSettings {
    /// All reasons in their order, each with the number of deals lost for it.
    pub reasons: Vec<(LossReason, u64)>,
    pub rules: CloseRules,
    /// What was stored cannot be read; until the rules are saved again no deal can be closed.
    pub unreadable: bool,
}
