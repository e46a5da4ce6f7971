//! What a source (a CSV import, the demo simulator) hands to an import: deals with their history.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::exact;
use crate::domain::{
    Instant,
    deals::{ActivityKind, CustomField, CustomValue, Outcome, StageKind},
    money::Currency,
    probability::Probability,
};

/// Everything about a source that is not a deal.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRecord {
    /// Short name; external ids are unique within it.
    pub name: String,
    pub pipeline: PipelineRecord,
    /// The custom fields its deals carry.
    pub custom_fields: Vec<CustomField>,
    /// Whether its deals carry text worth embedding.
    pub embed: bool,
}

/// A pipeline with its stages in order.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineRecord {
    pub name: String,
    pub stages: Vec<StageRecord>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StageRecord {
    /// Unique within the pipeline; deals name their stages by it.
    pub name: String,
    pub kind: StageKind,
    pub default_probability: Option<Probability>,
}

/// One deal as its source knows it: the newest state and, as far as the source tells, the way there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealRecord {
    pub external_id: String,
    pub title: String,
    pub description: String,
    pub account: Option<AccountRecord>,
    /// Name of the owner.
    pub owner: Option<String>,
    /// Name of a stage of the source's pipeline.
    pub stage: Option<String>,
    pub value: Option<Decimal>,
    pub currency: Currency,
    /// The rep's (the CRM's) own probability.
    #[serde(with = "exact::probability")]
    pub probability: Option<Probability>,
    pub expected_close: Option<NaiveDate>,
    /// `None` where the source has no dates.
    pub created_at: Option<Instant>,
    pub outcome: Outcome,
    /// `None` for open deals and where the source has no dates.
    pub closed_at: Option<Instant>,
    pub loss_reason: Option<String>,
    pub notes: Option<String>,
    /// Orders deals in time where the source has no dates.
    pub sequence: Option<i64>,
    /// Newest values of the custom fields.
    #[serde(with = "exact::custom")]
    pub custom: BTreeMap<String, CustomValue>,
    /// Past changes, oldest first; each gives a field's new value. Empty when the source keeps no history.
    pub changes: Vec<ChangeRecord>,
    pub activities: Vec<ActivityRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccountRecord {
    pub name: String,
    pub industry: Option<String>,
}

/// One dated change of a deal. The values at creation are changes at `created_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeRecord {
    pub at: Instant,
    /// Who made it, by name, where known.
    pub actor: Option<String>,
    pub change: FieldChange,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FieldChange {
    /// Name of a stage of the source's pipeline.
    Stage(String),
    Value(Decimal),
    Probability(#[serde(with = "exact::one_probability")] Probability),
    CloseDate(NaiveDate),
    /// Name of the owner.
    Owner(String),
}

/// One dated activity on a deal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityRecord {
    pub at: Instant,
    pub kind: ActivityKind,
    pub subject: String,
    pub body: Option<String>,
    /// Who did it, by name, where known.
    pub actor: Option<String>,
    /// The customer's person it was with, where known.
    pub contact: Option<String>,
    /// Tells this activity apart from every other of its deal in the same source; makes a second import change nothing.
    pub key: String,
}
