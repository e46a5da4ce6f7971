//! What the browser may ask of the server. Each function says who asks, calls the service and returns; no rules stand here.

mod auth;
#[cfg(feature = "ssr")]
mod context;
mod deals;
#[cfg(feature = "ssr")]
pub mod session;

pub use auth::*;
pub use deals::*;
