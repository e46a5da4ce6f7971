//! Features: what the model sees of a deal as of an instant.
//!
//! Every value is computed from what was known at the snapshot's instant t: the deal's own changes and activities up to t, other
//! deals as they were before t, outcomes only of deals closed before t. Nothing that happened later, and no deal's own outcome,
//! can reach a feature; the property tests hold that down. Missing is NaN, never 0.

mod custom;
mod fenwick;
mod known;
mod others;
mod outline;
#[cfg(test)]
mod property_tests;
mod reference;
mod registry;
mod row;
mod rows;
mod stage_order;
#[cfg(test)]
mod tests;
mod value_tiers;
mod win_rates;
mod won_cycles;

use chrono::NaiveDate;

use self::known::Known;
#[cfg(test)]
pub(in crate::ai) use self::outline::outlines;
pub use self::{
    outline::Outline,
    reference::Reference,
    registry::{COUNT, Definition, FEATURES, Feature, Group, grows_with_the_past, is_core},
    rows::Rows,
    stage_order::{StageOrder, StagePlace},
};
#[cfg(test)]
use super::table::{Column, ColumnData, Table};
#[cfg(test)]
use crate::domain::deals::CustomField;
use crate::domain::{
    Instant,
    deals::DealHistory,
    ids::{StageId, UserId},
};

/// What the names of custom fields' columns begin with.
pub const CUSTOM_PREFIX: &str = "custom:";

const MILLIS_PER_DAY: f64 = 86_400_000.0;

/// Other deals needed before a deal is compared with them: five make the first median and quintiles worth the name.
const MIN_OTHERS: i64 = 5;

/// A deal at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Its place among the workspace's deals.
    pub deal: usize,
    /// `None` for the state without dates, as a source without dates gives it: changes made since do not count. Score an open
    /// deal at the present instant, whether its source has dates or not.
    pub at: Option<Instant>,
}

/// One of the (up to 10) most similar deals closed before a snapshot's instant, the deal itself excluded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    pub won: bool,
    /// Cosine similarity, -1..=1.
    pub similarity: f32,
}

/// The features of each snapshot: the registry's columns (29 core features, then the extensions), then one for each custom
/// field, named `custom:<key>`.
///
/// `histories` are all deals of the workspace, open and closed; `similar` holds the neighbours of each snapshot, `None` (or no
/// entry) where similarity is not available. A custom date becomes the days from the deal's creation to it, a boolean 0 or 1.
/// A snapshot of a deal that is not in `histories` is all missing.
#[cfg(test)]
pub fn build(
    histories: &[DealHistory],
    snapshots: &[Snapshot],
    similar: &[Option<Vec<Neighbour>>],
    stages: &StageOrder,
    custom: &[CustomField],
) -> Table {
    let mut rows = Rows::new(stages.clone(), custom);
    for (row, Snapshot { deal, at }) in snapshots.iter().enumerate() {
        let similar = similar.get(row).and_then(Option::as_deref);
        match histories.get(*deal) {
            Some(history) => rows.add(Some(*deal), history, *at, similar),
            None => rows.add_missing(similar),
        }
    }
    rows.compared_with(&outlines(histories))
}

/// Who owns a deal and which open stage it is in, as the features see it.
pub(super) fn owner_and_stage(history: &DealHistory, at: Option<Instant>, stages: &StageOrder) -> (Option<UserId>, Option<StageId>) {
    let known = Known::at(history, at, stages);
    (known.owner, known.stage)
}

/// A deal's expected close date at an instant, and whether it was ever put off.
pub(super) fn close_date(history: &DealHistory, at: Instant) -> (Option<NaiveDate>, bool) {
    // Which stages are open makes no difference to its dates.
    let known = Known::at(history, Some(at), &StageOrder::default());
    (known.expected_close, known.slips.is_some_and(|slips| slips.count > 0))
}

/// A deal as it is seen at an instant, or without a date.
struct Seen<'a> {
    history: &'a DealHistory,
    at: Option<Instant>,
    known: Known<'a>,
}

impl<'a> Seen<'a> {
    fn at(history: &'a DealHistory, at: Option<Instant>, stages: &StageOrder) -> Self {
        Self { history, at, known: Known::at(history, at, stages) }
    }
}
