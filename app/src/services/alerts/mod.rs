//! Watching the open deals: sweeps, how the rules would have done in the past, and the page that shows and steers it.

mod backtest;
pub mod handling;
mod monitoring;
mod sweep;

use crate::{
    services::{
        app::{App, Clock},
        jobs::{Jobs, Schedules},
        notifications::Notifications,
    },
    store::Store,
};
pub use monitoring::Chosen;
pub use sweep::SweepCause;

/// Alerts: sweeps, handling, rules and how they did in the past.
#[derive(Clone)]
pub struct Alerts {
    store: Store,
    schedules: Schedules,
    clock: Clock,
    jobs: Jobs,
    notifications: Notifications,
}

impl Alerts {
    pub(in crate::services) fn of(app: &App) -> Self {
        Self {
            store: app.store.clone(),
            schedules: app.schedules.clone(),
            clock: app.clock,
            jobs: app.jobs(),
            notifications: app.notifications(),
        }
    }
}
