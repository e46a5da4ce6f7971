//! What a deal is made of.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{ids::StageId, probability::Probability, variants::all};

/// How a deal ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Outcome {
    Open,
    Won,
    Lost,
}

impl Outcome {
    pub const ALL: [Self; 3] = all();

    pub fn label(self) -> &'static str {
        match self {
            Outcome::Open => "Open",
            Outcome::Won => "Won",
            Outcome::Lost => "Lost",
        }
    }

    pub fn is_closed(self) -> bool {
        self != Outcome::Open
    }
}

/// Whether a stage belongs to a deal's open life or tells its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum StageKind {
    Open,
    Won,
    Lost,
}

/// One stage of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub id: StageId,
    pub name: String,
    /// Place in the pipeline, from 0.
    pub position: i32,
    pub kind: StageKind,
    /// The chance the CRM gives a deal in this stage when the rep says nothing else.
    pub default_probability: Option<Probability>,
}

/// What a custom field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum CustomKind {
    Numeric,
    Category,
    Date,
    Boolean,
}

impl CustomKind {
    pub const ALL: [Self; 4] = all();

    pub fn label(self) -> &'static str {
        match self {
            CustomKind::Numeric => "Number",
            CustomKind::Category => "Category",
            CustomKind::Date => "Date",
            CustomKind::Boolean => "Yes or no",
        }
    }
}

/// The definition of a custom field: deals carry values for it under `key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// The name in the deals' values, as the source calls the column.
    pub key: String,
    pub kind: CustomKind,
    /// Whether models may learn from it.
    pub in_model: bool,
}

/// A custom field's value. Absent fields are simply not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CustomValue {
    Bool(bool),
    Number(f64),
    Date(NaiveDate),
    Text(String),
}
