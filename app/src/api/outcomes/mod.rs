//! Outcomes: closing deals, the reasons, and the analysis of won and lost.

pub mod analysis;
pub mod closing;
