//! What services answer to pages and REST, ready to show: plain values, by feature.

pub mod alerts;
pub mod closing;
pub mod deals;
pub mod jobs;
pub mod models;
pub mod notifications;
pub mod outcomes;
pub mod people;
pub mod risk;
pub mod scoring;
pub mod similarity;
