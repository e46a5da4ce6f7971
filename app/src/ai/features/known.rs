//! What was known of one deal at an instant, read from its history without copying it.

use chrono::NaiveDate;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::StageOrder;
use crate::domain::{Change, ChangeKind, CustomValue, DealHistory, Instant, StageId};

/// A deal's fields at an instant. Unlike [`DealHistory::state_at`] it knows open stages only: a change into a stage that tells
/// the outcome leaves the deal where it was.
pub(super) struct Known<'a> {
    pub stage: Option<StageId>,
    pub stage_since: Option<Instant>,
    pub value: Option<f64>,
    pub probability: Option<f64>,
    pub expected_close: Option<NaiveDate>,
    history: &'a DealHistory,
    changes: &'a [Change],
}

impl<'a> Known<'a> {
    /// Changes up to and including `at`; for `None` only what holds without a date.
    pub fn at(history: &'a DealHistory, at: Option<Instant>, stages: &StageOrder) -> Self {
        let start = &history.undated;
        let stage = start.stage.filter(|stage| stages.is_open(*stage));
        let changes = at.map_or(&[][..], |at| changes_until(history, at));
        let mut known = Self {
            stage,
            stage_since: stage.and(start.stage_since),
            value: start.value.and_then(amount),
            probability: start.probability.map(|p| p.get()),
            expected_close: start.expected_close,
            history,
            changes,
        };
        for change in changes {
            match &change.kind {
                ChangeKind::Stage(stage) => {
                    if known.stage != Some(*stage) && stages.is_open(*stage) {
                        known.stage = Some(*stage);
                        known.stage_since = Some(change.at);
                    }
                }
                ChangeKind::Value(value) => known.value = value.and_then(amount),
                ChangeKind::Probability(probability) => known.probability = probability.map(|p| p.get()),
                ChangeKind::CloseDate(date) => known.expected_close = *date,
                ChangeKind::Custom(..) | ChangeKind::Outcome(_) => {}
            }
        }
        known
    }

    /// A custom field's value.
    pub fn custom(&self, key: &str) -> Option<&'a CustomValue> {
        let changed = self.changes.iter().rev().find_map(|change| match &change.kind {
            ChangeKind::Custom(changed, value) if changed == key => Some(value.as_ref()),
            _ => None,
        });
        changed.unwrap_or_else(|| self.history.undated.custom.get(key))
    }
}

/// The changes up to and including `at`.
fn changes_until(history: &DealHistory, at: Instant) -> &[Change] {
    &history.changes[..history.changes.partition_point(|change| change.at <= at)]
}

/// The rep's probability at `at`.
pub(super) fn probability_at(history: &DealHistory, at: Instant) -> Option<f64> {
    let changed = changes_until(history, at).iter().rev().find_map(|change| match change.kind {
        ChangeKind::Probability(probability) => Some(probability),
        _ => None,
    });
    changed.unwrap_or(history.undated.probability).map(|p| p.get())
}

/// A money amount as a number to compare and learn from.
pub(super) fn amount(value: Decimal) -> Option<f64> {
    // Adding zero turns -0 into 0, so that equal amounts are the same number.
    value.to_f64().map(|value| value + 0.0)
}
