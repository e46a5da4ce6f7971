//! The mapping file: what the columns of a source's files mean. `examples/mappings/README.md` is the reference for users.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use chrono_tz::Tz;
use serde::Deserialize;

use super::{ImportError, dates::DateFormat, rules};
use crate::domain::{ActivityKind, Currency, CustomKind, Probability, StageKind};

/// A source's mapping file, checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The source's short name; external ids are unique within it.
    pub name: String,
    /// Whether deals carry text worth embedding.
    #[serde(default = "yes")]
    pub embed: bool,
    #[serde(default)]
    pub(super) format: Format,
    #[serde(default)]
    pub(super) pipeline: Pipeline,
    pub(super) deals: Deals,
    pub(super) activities: Option<Activities>,
    pub(super) stage_history: Option<StageHistory>,
}

impl Mapping {
    /// Reads and checks the mapping file at `path`.
    pub fn load(path: &Path) -> Result<Self, ImportError> {
        let text = fs::read_to_string(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ImportError::NotFound { path: path.into() },
            _ => ImportError::Read { path: path.into(), source },
        })?;
        Self::parse(&text).map_err(|message| ImportError::Mapping { path: PathBuf::from(path), message })
    }

    /// Reads and checks a mapping; the error names the line or the key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mapping: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_string())?;
        rules::check(&mapping)?;
        Ok(mapping)
    }
}

/// How files write their values; a file's own `format` table overrides the mapping's, key by key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Format {
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
pub(super) struct Pipeline {
    pub name: Option<String>,
    #[serde(default)]
    pub stages: Vec<StageRule>,
    /// Stage values that are not imported.
    #[serde(default)]
    pub ignore: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StageRule {
    pub name: String,
    pub kind: StageKind,
    pub default_probability: Option<Probability>,
    /// What the source calls it, where that is not `name`.
    pub values: Option<Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deals {
    pub file: String,
    #[serde(default)]
    pub format: Format,
    pub columns: DealColumns,
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
    /// Column to kind.
    #[serde(default)]
    pub custom: BTreeMap<String, CustomKind>,
    /// Only rows with one of these values in this column.
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    /// Columns left out on purpose.
    #[serde(default)]
    pub ignored: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DealColumns {
    pub id: Columns,
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
pub(super) struct Outcomes {
    pub won: Vec<String>,
    pub lost: Vec<String>,
    #[serde(default)]
    pub open: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Activities {
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
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActivityColumns {
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
pub(super) struct Kinds {
    pub call: Vec<String>,
    pub email: Vec<String>,
    pub meeting: Vec<String>,
    pub note: Vec<String>,
    pub other: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StageHistory {
    pub file: String,
    #[serde(default)]
    pub format: Format,
    pub columns: StageColumns,
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub ignored: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StageColumns {
    pub deal: Columns,
    pub at: Columns,
    pub stage: Columns,
    pub actor: Option<Columns>,
    /// Fields that the source snapshots along with each stage entry; a change is made where the value differs from the last.
    pub value: Option<Columns>,
    pub probability: Option<Columns>,
    pub expected_close: Option<Columns>,
}

/// The column or columns (at least one) that feed a field; the first one that holds a value counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "OneOrMore")]
pub(super) struct Columns(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a column name or a list of column names")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl TryFrom<OneOrMore> for Columns {
    type Error = String;

    fn try_from(columns: OneOrMore) -> Result<Self, String> {
        match columns {
            OneOrMore::One(name) => Ok(Self(vec![name])),
            OneOrMore::More(names) if names.is_empty() => Err("the list of columns is empty".into()),
            OneOrMore::More(names) => Ok(Self(names)),
        }
    }
}

/// A text with `{Column}` places in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Template(pub Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Column(String),
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (column, after) = after.split_once('}').ok_or_else(|| format!("{text:?} has a {{ without its }}"))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.into()));
            }
            parts.push(Part::Column(column.trim().into()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.into()));
        }
        if parts.iter().any(|part| matches!(part, Part::Column(_))) {
            Ok(Self(parts))
        } else {
            Err(format!("{text:?} names no {{Column}}: every deal would have the same title"))
        }
    }
}

/// The character between two fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Delimiter(pub u8);

impl TryFrom<String> for Delimiter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_bytes() {
            b"tab" => Ok(Self(b'\t')),
            [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(Self(*byte)),
            _ => Err(format!("{text:?} is not a delimiter: give one character such as \",\" or \";\", or \"tab\"")),
        }
    }
}

/// A time zone by its IANA name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Zone(pub Tz);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("{text:?} is not the name of a time zone such as \"Europe/Berlin\""))
    }
}

/// What a certain win is written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scale {
    /// 1
    #[default]
    Fraction,
    /// 100
    Percent,
}

impl Scale {
    pub fn top(self) -> f64 {
        match self {
            Self::Fraction => 1.0,
            Self::Percent => 100.0,
        }
    }
}

/// What happens to a row whose id an earlier row has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DuplicateIds {
    #[default]
    Reject,
    /// It is another deal, `id#2`, `id#3` … by the order in the file.
    Number,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KnownField {
    Stage,
    Value,
    Probability,
    ExpectedClose,
}

fn yes() -> bool {
    true
}
