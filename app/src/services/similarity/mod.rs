//! Similar deals: the engine that embeds and finds, and the job that keeps it up.

pub mod embed;
pub mod engine;
