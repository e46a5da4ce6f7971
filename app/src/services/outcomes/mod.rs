//! Outcomes: closing and reopening deals, the analysis of won and lost, impact.

pub mod analysis;
pub mod close;
pub mod impact;
