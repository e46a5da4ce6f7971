//! Watching the open deals: sweeps, how the rules would have done in the past, and the page that shows and steers it.

mod backtest;
pub mod handling;
mod monitoring;
mod sweep;

pub use monitoring::Chosen;
pub use sweep::SweepCause;
