//! What the browser may ask of the server. Each function says who asks, calls the service and returns; no rules stand here.
//!
//! Their addresses are spelled out: the default adds a hash of the folder the crate was built in, and a client and a server
//! built in two clones would not find each other.

pub mod alerts;
#[cfg(feature = "ssr")]
pub mod context;
pub mod deals;
pub mod done;
pub mod jobs;
pub mod models;
pub mod notifications;
pub mod outcomes;
pub mod people;
pub mod scoring;
#[cfg(feature = "ssr")]
pub mod session;
