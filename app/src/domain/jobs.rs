//! Jobs as people see them.

use serde::{Deserialize, Serialize};

/// Where a job stands, or what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum JobState {
    Waiting,
    Running,
    Done,
    /// It failed, and is tried again.
    Retried,
    Failed,
}
