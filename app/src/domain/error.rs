//! The one error type that reaches the browser: what went wrong in words a user can act on, never internals.
//!
//! The policy of errors:
//!
//! - **Each layer has its own error type** that says what can go wrong there (`StoreError`, `ImportError`, `ServiceError` …). It keeps its
//!   cause as a source; where it is turned into another layer's, it is by `From`, in one place.
//! - **What somebody can act on is said to them**: `Invalid` names the field, `Conflict` says what happened meanwhile. What they may not
//!   see does not exist (`NotFound`); what they see and may not change is `Forbidden`.
//! - **What they cannot act on stays with us**: `Internal` carries a reference, and the log has the cause under it, once, where it is turned
//!   into `Internal`. A refusal is no fault and is not logged as one.
//! - **Nothing panics on input.** `unwrap` is for tests; `expect` states what the lines above have made certain.
//! - **Stored data that cannot be read is an error**, never silently a default.
//! - The command line and xtask use `anyhow`, with the context of what was being done; libraries do not.

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a request was not answered.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum AppError {
    #[error("Please sign in to go on.")]
    NotSignedIn,
    #[error("You may not do this. Ask an admin for access.")]
    Forbidden,
    #[error("We could not find what you asked for.")]
    NotFound,
    /// An input that cannot be taken; `field` names the form's field.
    #[error("{message}")]
    Invalid { field: String, message: String },
    /// Somebody else changed it first, or it is in no state for this.
    #[error("{0}")]
    Conflict(String),
    /// Something broke on our side; the log has the details under this id.
    #[error("Something went wrong on our side. Please try again; if it happens again, give an admin this reference: {reference}")]
    Internal { reference: String },
    /// Too many ask for the same at once.
    #[error("Too many people are at it right now. Wait a few seconds and try again.")]
    Busy,
    /// The request did not get through.
    #[error("The server could not be reached. Check the connection and try again.")]
    Unreachable,
}

impl AppError {
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::invalid("", "The request was not complete. Reload the page and try again.")
            }
            _ => Self::Unreachable,
        }
    }
}
