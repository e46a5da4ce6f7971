//! What can go wrong with the database.

use sea_orm::DbErr;
use thiserror::Error;

use super::words::UnknownWord;

/// What can go wrong with the database.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The embedded database's file could not be made or protected.
    #[error("the database file: {0}")]
    File(#[from] std::io::Error),
    #[error("database: {0}")]
    Database(DbErr),
    #[error(transparent)]
    Unknown(#[from] UnknownWord),
    #[error("JSON of {column}: {error}")]
    Json { column: String, error: serde_json::Error },
    #[error("somebody else changed this deal in the meantime")]
    StaleVersion,
    #[error("somebody else changed which model scores the deals in the meantime")]
    ModelsChanged,
    #[error("somebody else took over {0:?}; what was done here is not written")]
    LeaseLost(String),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let DbErr::TryIntoErr { source, .. } = &error
            && let Some(unknown) = source.downcast_ref::<UnknownWord>()
        {
            return Self::Unknown(unknown.clone());
        }
        Self::Database(error)
    }
}
