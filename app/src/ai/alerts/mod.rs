//! Watching open deals: which rules a deal breaks, how urgent that is, what becomes of its alerts, and how the rules would have
//! done in the past.
//!
//! - [`rules`]: facts of one deal at an instant → what is wrong with it;
//! - [`mod@transition`]: what was seen before and what is seen now → raise, worsen, resolve, or leave alone;
//! - [`backtest`]: the same rules, day by day over closed deals, for many thresholds;
//! - [`suggest`]: thresholds from won deals.

pub mod backtest;
pub mod past_deal;
pub mod rules;
pub mod suggest;
pub mod transition;

pub use rules::{holds, watch};
pub use transition::{Transition, transition};
