//! Use cases. Each checks what the viewer may do, fetches through the store, lets the AI module decide, and stores the
//! result in one transaction. Pages (through `api`), REST handlers and the command line all enter here.

mod alerts;
mod app;
mod deals;
mod demo;
mod forecast;
mod imports;
mod jobs;
mod models;
mod notifications;
mod outcomes;
mod people;
mod risk;
mod scoring;
mod similarity;
mod stop;
mod workspace;

use thiserror::Error;

pub use alerts::{Chosen, SweepCause};
pub use app::{App, Clock};
pub use deals::edit::{DealChange, NewActivity};
pub use demo::DemoReport;
pub use imports::{IngestError, IngestReport};
pub use jobs::{Job, SWEEP_MINUTES, Schedules, leases::LeaseTimes};
pub use models::MOST_DEALS;
pub use models::train::{TrainReport, TrainRequest};
pub use models::walk_forward::ReplayReport;
pub use notifications::{LiveFeed, Outbound};
pub use outcomes::close::CloseRequest;
pub use people::accounts::NewAccount;
pub use people::tokens::NewToken;
pub use scoring::{MAX_DEALS, ScoreReport};
pub use similarity::engine::{Engine, EngineConfig};

use crate::{
    domain::error::AppError,
    store::{ArtifactStoreError, StoreError},
};

/// How far a long task is: done, total, and what it is doing.
pub type Progress<'a> = &'a mut (dyn FnMut(u64, u64, &str) + Send);

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

pub(crate) fn internal(error: &dyn std::error::Error) -> AppError {
    let reference = uuid::Uuid::now_v7().simple().to_string()[20..].to_owned();
    tracing::error!(%reference, %error, "request failed");
    AppError::Internal { reference }
}
