//! What the browser may ask of the server. Each function says who asks, calls the service and returns; no rules stand here.
//!
//! Their addresses are spelled out: the default adds a hash of the folder the crate was built in, and a client and a server
//! built in two clones would not find each other.

mod alerts;
mod auth;
mod closing;
#[cfg(feature = "ssr")]
mod context;
mod deals;
mod feedback;
mod learning;
mod model;
mod monitoring;
mod notifications;
mod outcomes;
#[cfg(feature = "ssr")]
pub mod session;

pub use alerts::*;
pub use auth::*;
pub use closing::*;
pub use deals::*;
pub use feedback::*;
pub use learning::*;
pub use model::*;
pub use monitoring::*;
pub use notifications::*;
pub use outcomes::*;
