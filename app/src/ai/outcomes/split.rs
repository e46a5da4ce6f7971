//! How a column parts deals in two.

use crate::{ai::table::ColumnData, domain::outcomes::Side};

/// How a column parts deals in two.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Split {
    /// At most `low` against `high` or more.
    Numbers { low: f64, high: f64 },
    /// This value against all others.
    Value(String),
}

impl Split {
    /// The side that a row stands on, if it stands on one.
    pub fn side(&self, data: &ColumnData, row: usize) -> Option<Side> {
        match (self, data) {
            (Self::Numbers { low, high }, ColumnData::Numeric(values)) => {
                let value = *values.get(row)?;
                if value >= *high { Some(Side::High) } else { (value <= *low).then_some(Side::Low) }
            }
            (Self::Value(wanted), ColumnData::Category(values)) => {
                let value = values.get(row)?.as_ref()?;
                Some(if value == wanted { Side::High } else { Side::Low })
            }
            _ => None,
        }
    }
}
