//! Win/loss analysis: how closed deals ended, by what they have in common, and what won deals did differently.

mod compare;
mod figures;
mod groups;
pub mod impact;
mod size;
mod spans;
mod split;
mod stats;
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
};
use crate::domain::outcomes::ClosedDeal;
