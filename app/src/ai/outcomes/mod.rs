//! Win/loss analysis: how closed deals ended, by what they have in common, and what won deals did differently.

mod compare;
mod figures;
mod groups;
pub mod impact;
mod size;
mod size_step;
mod spans;
mod split;
mod stats;
mod tally;
#[cfg(test)]
mod tests;
mod words;

pub use self::{
    compare::{Compared, late_snapshots},
    figures::figures,
    groups::{Group, GroupKey, groups},
    size::SizeBand,
    spans::Span,
    stats::{median, newcombe, share},
    tally::{Ends, Tallies, Tally},
};
use crate::domain::outcomes::ClosedDeal;
