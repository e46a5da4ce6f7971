//! A look of the rules at all open deals.

use serde::{Deserialize, Serialize};

/// Why a sweep runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum SweepCause {
    Schedule,
    Demand,
}
