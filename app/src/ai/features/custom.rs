//! The columns of custom fields.

use super::{CUSTOM_PREFIX, Seen};
use crate::{
    ai::table::{Column, ColumnData},
    domain::deals::{CustomField, CustomKind, CustomValue},
};

/// The values of a custom field; one of another kind than the field's is missing.
pub(super) fn custom_column(field: &CustomField, seen: &[Option<Seen>]) -> Column {
    let values = seen.iter().map(|seen| seen.as_ref().and_then(|seen| Some((seen, seen.known.custom(&field.key)?))));
    let numeric = |number: fn(&Seen, &CustomValue) -> Option<f64>| {
        ColumnData::Numeric(values.clone().map(|value| value.and_then(|(seen, value)| number(seen, value)).unwrap_or(f64::NAN)).collect())
    };
    let data = match field.kind {
        CustomKind::Numeric => numeric(|_, value| match value {
            CustomValue::Number(number) if number.is_finite() => Some(*number),
            _ => None,
        }),
        CustomKind::Date => numeric(|seen, value| match (value, seen.history.created_at) {
            (CustomValue::Date(date), Some(created)) => Some((*date - created.date_naive()).num_days() as f64),
            _ => None,
        }),
        CustomKind::Boolean => numeric(|_, value| boolean(value).map(|yes| f64::from(u8::from(yes)))),
        CustomKind::Category => ColumnData::Category(values.clone().map(|value| value.map(|(_, value)| label(value))).collect()),
    };
    Column { name: format!("{CUSTOM_PREFIX}{}", field.key), data }
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
