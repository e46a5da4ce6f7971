//! Why a use case failed, and what of it reaches the browser.

use thiserror::Error;

use crate::{
    domain::error::AppError,
    store::{ArtifactStoreError, StoreError},
};

/// Why a task of the command line or the background failed.
#[derive(Debug, Error)]
pub enum ServiceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Engine(String),
    #[error(transparent)]
    Artifacts(#[from] ArtifactStoreError),
    /// The artifact is damaged, gone, or of a format that this version does not read; trying again does not help.
    #[error("model {version} cannot be used ({why}); publish another version, or train again")]
    UnusableModel { version: i32, why: String },
    /// What was asked for makes no sense here; the words are for whoever asked.
    #[error("{0}")]
    Refused(String),
    #[error("stopped before it was done; nothing was changed")]
    Cancelled,
    /// Somebody else is at it; the words are for whoever asked.
    #[error("{0}")]
    Busy(String),
    #[error("given up, since the server stops; it is taken up again")]
    Stopping,
    #[error("a background task stopped: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl From<sea_orm::DbErr> for ServiceError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// The browser learns a reference; the log keeps the cause under it.
impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::StaleVersion => {
                AppError::Conflict("Somebody else changed this deal in the meantime. Reload the page and look again.".into())
            }
            StoreError::Json { ref column, .. } if column.starts_with("setting.") => {
                tracing::error!(%error, "a setting cannot be read");
                let name = column.trim_start_matches("setting.").replace('_', " ");
                AppError::Conflict(format!("This workspace's {name} cannot be read. An admin can save them again on their settings page."))
            }
            StoreError::ModelsChanged => AppError::Conflict(
                "Somebody else changed which model scores the deals in the meantime. Reload the page and look again.".into(),
            ),
            other => internal(&other),
        }
    }
}

impl From<ServiceError> for AppError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Store(error) => error.into(),
            ServiceError::Refused(why) | ServiceError::Busy(why) => AppError::Conflict(why),
            other => internal(&other),
        }
    }
}

impl From<sea_orm::DbErr> for AppError {
    fn from(error: sea_orm::DbErr) -> Self {
        StoreError::from(error).into()
    }
}

/// An error that nobody is to read but in the log; the browser learns its reference.
pub(crate) fn internal(error: &dyn std::error::Error) -> AppError {
    let reference = uuid::Uuid::now_v7().simple().to_string()[20..].to_owned();
    tracing::error!(%reference, %error, "request failed");
    AppError::Internal { reference }
}
