//! Watching the open deals: sweeps, how the rules would have done in the past, and the page that shows and steers it.

mod backtest;
pub mod handling;
mod monitoring;
mod sweep;

use crate::{
    services::{
        clock::Clock,
        jobs::{Jobs, Schedules},
        notifications::Notifications,
    },
    store::Store,
};
pub use monitoring::Chosen;

/// Alerts: sweeps, handling, rules and how they did in the past.
#[derive(Clone)]
pub struct Alerts {
    pub(super) store: Store,
    pub(super) schedules: Schedules,
    pub(super) clock: Clock,
    pub(super) jobs: Jobs,
    pub(super) notifications: Notifications,
}
