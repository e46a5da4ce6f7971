//! Alerts and monitoring.

pub mod handling;
pub mod monitoring;
