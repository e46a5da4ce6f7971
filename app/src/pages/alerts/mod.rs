//! Alerts: the list, and the page that shows and steers the rules.

pub mod list;
pub mod monitoring;
