//! Watching the open deals: sweeps, thresholds, and how the rules would have done in the past.

mod backtest;
mod recipients;
mod sweep;
mod thresholds;

pub use recipients::{News, People, after_quiet, at_local_hour, zone};
pub use sweep::SweepCause;
pub use thresholds::Chosen;
