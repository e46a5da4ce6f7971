//! What the browser may ask of the server. Each function says who asks, calls the service and returns; no rules stand here.

mod auth;
mod deals;

pub use auth::*;
pub use deals::*;
