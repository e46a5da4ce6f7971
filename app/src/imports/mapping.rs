//! The mapping file: what the columns of a source's files mean. `examples/mappings/README.md` is the reference for users.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    domain::{
        deals::{ActivityKind, StageKind},
        money::Currency,
        probability::Probability,
    },
    imports::{
        dates::DateFormat,
        values::{Columns, Delimiter, DuplicateIds, FieldType, KnownField, Scale, Template, Zone},
    },
};

/// A source's mapping file; whoever has one knows that it was checked (`rules.rs`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The source's short name; external ids are unique within it.
    pub name: String,
    /// Whether deals carry text worth embedding.
    #[serde(default = "yes")]
    pub embed: bool,
    #[serde(default)]
    pub(crate) format: Format,
    #[serde(default)]
    pub(crate) pipeline: Pipeline,
    pub(crate) deals: Deals,
    pub(crate) activities: Option<Activities>,
    pub(crate) stage_history: Option<StageHistory>,
    #[serde(default)]
    pub(crate) lookups: Vec<LookupRule>,
}

/// How files write their values; a file's own `format` table overrides the mapping's, key by key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Format {
    pub delimiter: Option<Delimiter>,
    /// Texts that mean "no value"; the empty text always does.
    pub missing: Option<Vec<String>>,
    pub dates: Option<Vec<DateFormat>>,
    pub time_zone: Option<Zone>,
    pub decimal: Option<char>,
    pub thousands: Option<char>,
}

/// The pipeline and its stages, in order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pipeline {
    pub name: Option<String>,
    #[serde(default)]
    pub stages: Vec<StageRule>,
    /// Stage values that are not imported.
    #[serde(default)]
    pub ignore: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageRule {
    pub name: String,
    pub kind: StageKind,
    pub default_probability: Option<Probability>,
    /// What the source calls it, where that is not `name`.
    pub values: Option<Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deals {
    pub file: String,
    #[serde(default)]
    pub format: Format,
    pub columns: DealColumns,
    /// The source has no ids: rows are told apart by their place in the file.
    #[serde(default)]
    pub number_rows: bool,
    /// Open deals may lack `created_at`: what nobody has begun to work on.
    #[serde(default)]
    pub undated_open: bool,
    pub title_template: Option<Template>,
    /// The currency where no column tells it.
    pub currency: Option<Currency>,
    #[serde(default)]
    pub probability_scale: Scale,
    #[serde(default)]
    pub duplicate_ids: DuplicateIds,
    /// Fields whose value in the file was already known when the deal was created.
    #[serde(default)]
    pub known_at_creation: Vec<KnownField>,
    pub outcomes: Option<Outcomes>,
    /// Column to type.
    #[serde(default)]
    pub custom: BTreeMap<String, FieldType>,
    /// Only rows with one of these values in this column.
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    /// Columns left out on purpose.
    #[serde(default)]
    pub ignored: Vec<String>,
    /// Columns that a file need not have.
    #[serde(default)]
    pub optional: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DealColumns {
    pub id: Option<Columns>,
    pub title: Option<Columns>,
    pub description: Option<Columns>,
    pub account: Option<Columns>,
    pub industry: Option<Columns>,
    pub owner: Option<Columns>,
    pub stage: Option<Columns>,
    pub value: Option<Columns>,
    pub currency: Option<Columns>,
    pub probability: Option<Columns>,
    pub expected_close: Option<Columns>,
    pub created_at: Option<Columns>,
    pub outcome: Option<Columns>,
    pub closed_at: Option<Columns>,
    pub loss_reason: Option<Columns>,
    pub notes: Option<Columns>,
    pub sequence: Option<Columns>,
}

/// The values of the outcome column. `""` in `open` makes an empty cell an open deal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outcomes {
    pub won: Vec<String>,
    pub lost: Vec<String>,
    #[serde(default)]
    pub open: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activities {
    pub file: String,
    #[serde(default)]
    pub format: Format,
    pub columns: ActivityColumns,
    #[serde(default)]
    pub kinds: Kinds,
    /// The kind of rows whose value `kinds` does not list, or of all where there is no kind column.
    pub default_kind: Option<ActivityKind>,
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub ignored: Vec<String>,
    #[serde(default)]
    pub optional: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivityColumns {
    pub deal: Columns,
    pub at: Columns,
    /// The source's own id of the activity.
    pub id: Option<Columns>,
    pub kind: Option<Columns>,
    pub subject: Option<Columns>,
    pub body: Option<Columns>,
    pub actor: Option<Columns>,
    pub contact: Option<Columns>,
}

/// The values of the kind column.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Kinds {
    pub call: Vec<String>,
    pub email: Vec<String>,
    pub meeting: Vec<String>,
    pub note: Vec<String>,
    pub other: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageHistory {
    pub file: String,
    #[serde(default)]
    pub format: Format,
    pub columns: StageColumns,
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub ignored: Vec<String>,
    #[serde(default)]
    pub optional: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageColumns {
    pub deal: Columns,
    pub at: Columns,
    pub stage: Columns,
    pub actor: Option<Columns>,
    /// Fields that the source snapshots along with each stage entry; a change is made where the value differs from the last.
    pub value: Option<Columns>,
    pub probability: Option<Columns>,
    pub expected_close: Option<Columns>,
}

/// A file that tells more about something the deals name, such as a list of products with their prices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookupRule {
    pub file: String,
    /// The delimiter where it is not the mapping's; values are read as those of the deals.
    pub delimiter: Option<Delimiter>,
    /// The column of this file that names what a row is about.
    pub key: String,
    /// The column of the deals file that names it, where that is called otherwise.
    pub on: Option<String>,
    /// What the deals file spells otherwise than this one: its text to the text here.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// The columns that deals get from here: the name they have in this mapping to the column of this file.
    pub columns: BTreeMap<String, String>,
}

impl LookupRule {
    /// The column of the deals file.
    pub fn on(&self) -> &str {
        self.on.as_deref().unwrap_or(&self.key)
    }
}

fn yes() -> bool {
    true
}
