//! A deal's score as of a past date: what people saw, and what it was made from.

use serde::{Deserialize, Serialize};

/// A feature as the model saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputValue {
    /// The feature's name in the registry, or the custom field's.
    pub name: String,
    pub group: String,
    /// What it is, in words.
    pub definition: String,
    /// With its unit; `None`: unknown.
    pub value: Option<String>,
}
