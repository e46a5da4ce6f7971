//! What can go wrong with the database.

use sea_orm::DbErr;
use thiserror::Error;

/// What can go wrong with the database.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The embedded database's file could not be made or protected.
    #[error("the database file: {0}")]
    File(#[from] std::io::Error),
    #[error("database: {0}")]
    Database(#[from] DbErr),
    #[error("the database holds {value:?} in {column}, which this version does not know; was it written by a newer version?")]
    Unknown { column: &'static str, value: String },
    #[error("JSON of {column}: {error}")]
    Json { column: String, error: serde_json::Error },
    #[error("somebody else changed this deal in the meantime")]
    StaleVersion,
    #[error("somebody else changed which model scores the deals in the meantime")]
    ModelsChanged,
    #[error("somebody else took over {0:?}; what was done here is not written")]
    LeaseLost(String),
}

/// Reads a stored enum; a value outside it names its column.
pub(crate) fn known<T>(parse: impl Fn(&str) -> Option<T>, column: &'static str, value: &str) -> Result<T, StoreError> {
    parse(value).ok_or_else(|| StoreError::Unknown { column, value: value.to_owned() })
}
