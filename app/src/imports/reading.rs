//! How one file writes its values.

use chrono_tz::Tz;

use crate::imports::{
    dates::{DateFormat, Dates},
    mapping::Format,
    numbers::Numbers,
    text::folded,
};

/// How one file writes its values: its own format over the mapping's over the defaults.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub delimiter: u8,
    /// Folded texts that mean "no value".
    pub missing: Vec<String>,
    pub dates: Dates,
    pub numbers: Numbers,
}

impl Reading {
    pub fn of(own: &Format, shared: &Format) -> Self {
        let missing = own.missing.as_ref().or(shared.missing.as_ref());
        Self {
            delimiter: own.delimiter.or(shared.delimiter).map_or(b',', |delimiter| delimiter.0),
            missing: missing.map(|texts| texts.iter().map(|text| folded(text)).collect()).unwrap_or_default(),
            dates: Dates {
                formats: own.dates.clone().or_else(|| shared.dates.clone()).unwrap_or_else(|| vec![DateFormat::Rfc3339]),
                zone: own.time_zone.or(shared.time_zone).map_or(Tz::UTC, |zone| zone.0),
            },
            numbers: Numbers { decimal: own.decimal.or(shared.decimal).unwrap_or('.'), thousands: own.thousands.or(shared.thousands) },
        }
    }

    /// Whether values can be read so; `key` names the file in the mapping.
    pub fn check(&self, key: &str) -> Result<(), String> {
        let Numbers { decimal, thousands } = self.numbers;
        if thousands == Some(decimal) {
            return Err(format!("{key}.format: {decimal:?} cannot be both the decimal and the thousands separator"));
        }
        if decimal.is_ascii_alphanumeric() || thousands.is_some_and(|c| c.is_ascii_alphanumeric()) {
            return Err(format!("{key}.format: a separator cannot be a letter or a digit"));
        }
        if self.dates.formats.is_empty() { Err(format!("{key}.format.dates: the list is empty")) } else { Ok(()) }
    }
}
