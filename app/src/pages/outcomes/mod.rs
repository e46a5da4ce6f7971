//! Outcomes: closing many deals, reasons and rules, the analysis of won and lost, impact.

pub mod analysis;
pub mod close;
pub mod impact;
pub mod settings;
