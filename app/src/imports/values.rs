//! The small values a mapping file is written with.

use chrono_tz::Tz;
use serde::Deserialize;

use crate::domain::deals::CustomKind;

/// The column or columns (at least one) that feed a field; the first one that holds a value counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "OneOrMore")]
pub(crate) struct Columns(pub Vec<String>);

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
pub(crate) struct Template(pub Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
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
pub(crate) struct Delimiter(pub u8);

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
pub(crate) struct Zone(pub Tz);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("{text:?} is not the name of a time zone such as \"Europe/Berlin\""))
    }
}

/// What a certain win is written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scale {
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
pub(crate) enum DuplicateIds {
    #[default]
    Reject,
    /// It is another deal, `id#2`, `id#3` … by the order in the file.
    Number,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KnownField {
    Stage,
    Value,
    Probability,
    ExpectedClose,
    Owner,
}

/// What a custom field holds, or that the file is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum FieldType {
    Kind(CustomKind),
    /// Found from the values, see [`crate::imports::field_types`].
    Auto,
}

impl TryFrom<String> for FieldType {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = || CustomKind::ALL.map(|kind| format!("{:?}", kind.into_str())).join(", ");
        match CustomKind::try_from(text.as_str()).ok() {
            Some(kind) => Ok(Self::Kind(kind)),
            None if text == "auto" => Ok(Self::Auto),
            None => Err(format!("{text:?} is not a type of custom field: give {} or \"auto\"", known())),
        }
    }
}
