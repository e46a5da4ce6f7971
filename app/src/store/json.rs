//! JSON in columns. What cannot be read is an error that names its column, and no default: a default would tell people what they
//! asked not to be told, and lose what they chose.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::StoreError;

fn of_column(column: &str) -> impl FnOnce(serde_json::Error) -> StoreError {
    move |error| StoreError::Json { column: column.to_owned(), error }
}

/// Reads what a JSON column holds.
pub(crate) fn read<T: DeserializeOwned>(column: &str, value: Value) -> Result<T, StoreError> {
    serde_json::from_value(value).map_err(of_column(column))
}

/// Reads what a text column holds as JSON.
pub(crate) fn read_text<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(of_column(column))
}

/// What a JSON column is to hold.
pub(crate) fn write(column: &str, value: &impl Serialize) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(of_column(column))
}

/// What a text column is to hold as JSON.
pub(crate) fn write_text(column: &str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(of_column(column))
}

/// Of what is made again, or only shown: `None` where it cannot be read, such as a report of an earlier version; the log says so.
pub(crate) fn derived<T>(read: Result<T, impl Into<StoreError>>) -> Option<T> {
    read.map_err(Into::into).inspect_err(|error: &StoreError| tracing::warn!(%error, "left out")).ok()
}

/// What is stored; `None` where it cannot be read and its page offers to save it again.
pub(crate) fn or_to_be_saved_again<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Err(error @ StoreError::Json { .. }) => {
            tracing::error!(%error, "what is stored has to be saved again");
            Ok(None)
        }
        read => read.map(Some),
    }
}
