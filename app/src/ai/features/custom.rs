//! The columns of custom fields.

use super::{CUSTOM_PREFIX, Seen};
use crate::{
    ai::table::{Column, ColumnData},
    domain::deals::{CustomField, CustomKind, CustomValue},
};

/// A custom field's column in the making; a value of another kind than the field's is missing.
#[derive(Debug)]
pub(super) struct CustomColumn {
    key: String,
    kind: CustomKind,
    data: ColumnData,
}

impl CustomColumn {
    pub fn new(field: &CustomField) -> Self {
        let data = match field.kind {
            CustomKind::Category => ColumnData::Category(Vec::new()),
            CustomKind::Numeric | CustomKind::Date | CustomKind::Boolean => ColumnData::Numeric(Vec::new()),
        };
        Self { key: field.key.clone(), kind: field.kind, data }
    }

    /// Adds a row; missing for no deal.
    pub fn push(&mut self, seen: Option<&Seen>) {
        let value = seen.and_then(|seen| Some((seen, seen.known.custom(&self.key)?)));
        match &mut self.data {
            ColumnData::Numeric(values) => {
                values.push(value.and_then(|(seen, value)| number(self.kind, seen, value)).unwrap_or(f64::NAN));
            }
            ColumnData::Category(values) => values.push(value.map(|(_, value)| label(value))),
        }
    }

    pub fn finished(self) -> Column {
        Column { name: format!("{CUSTOM_PREFIX}{}", self.key), data: self.data }
    }
}

fn number(kind: CustomKind, seen: &Seen, value: &CustomValue) -> Option<f64> {
    match (kind, value) {
        (CustomKind::Numeric, CustomValue::Number(number)) => Some(*number).filter(|number| number.is_finite()),
        (CustomKind::Date, CustomValue::Date(date)) => {
            seen.history.created_at.map(|created| (*date - created.date_naive()).num_days() as f64)
        }
        (CustomKind::Boolean, value) => boolean(value).map(|yes| f64::from(u8::from(yes))),
        _ => None,
    }
}

/// What a file calls yes or no; `None` for anything else.
fn boolean(value: &CustomValue) -> Option<bool> {
    let is = |text: &str, any: [&str; 2]| any.iter().any(|word| text.trim().eq_ignore_ascii_case(word));
    match value {
        CustomValue::Bool(yes) => Some(*yes),
        CustomValue::Number(1.0) => Some(true),
        CustomValue::Number(0.0) => Some(false),
        CustomValue::Text(text) if is(text, ["yes", "true"]) => Some(true),
        CustomValue::Text(text) if is(text, ["no", "false"]) => Some(false),
        CustomValue::Number(_) | CustomValue::Text(_) | CustomValue::Date(_) => None,
    }
}

/// Codes, dates and booleans kept as categories are labels like any other.
fn label(value: &CustomValue) -> String {
    match value {
        CustomValue::Text(text) => text.clone(),
        CustomValue::Number(number) => number.to_string(),
        CustomValue::Date(date) => date.to_string(),
        CustomValue::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
    }
}
