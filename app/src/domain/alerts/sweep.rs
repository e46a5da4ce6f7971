//! A look of the rules at all open deals.

use serde::{Deserialize, Serialize};

/// Why a sweep runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SweepCause {
    Schedule,
    Demand,
}

impl SweepCause {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Demand => "demand",
        }
    }
}
