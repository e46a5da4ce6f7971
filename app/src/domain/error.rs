//! The one error type that reaches the browser: what went wrong in words a user can act on, never internals.

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
