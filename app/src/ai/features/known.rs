//! What is known of a deal at an instant, read from its history without copying it.

use chrono::NaiveDate;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::StageOrder;
use crate::domain::{
    Instant,
    deals::{Change, ChangeKind, CustomValue, DealHistory},
    ids::{StageId, UserId},
};

/// An expected close date that moves later by at least this many days has slipped: any move counts, since the date has no hour.
const MIN_SLIP_DAYS: i64 = 1;

/// A deal's fields at an instant. Unlike [`DealHistory::state_at`] it knows open stages only: a change into a stage that tells
/// the outcome leaves the deal where it was.
pub(super) struct Known<'a> {
    pub stage: Option<StageId>,
    pub stage_since: Option<Instant>,
    pub value: Option<f64>,
    pub probability: Option<f64>,
    pub expected_close: Option<NaiveDate>,
    pub owner: Option<UserId>,
    /// `None` while the deal never had an expected close date.
    pub slips: Option<Slips>,
    /// Moves from an open stage to an earlier one of the same pipeline.
    pub regressions: u32,
    history: &'a DealHistory,
    changes: &'a [Change],
}

/// How the expected close date moved later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slips {
    pub count: u32,
    /// Summed over all moves; moves to an earlier date take nothing away.
    pub days: i64,
}

impl<'a> Known<'a> {
    /// Changes up to and including `at`; for `None` only what holds without a date.
    pub fn at(history: &'a DealHistory, at: Option<Instant>, stages: &StageOrder) -> Self {
        let start = &history.undated;
        let mut place = start.stage.and_then(|stage| stages.place(stage));
        let stage = start.stage.filter(|_| place.is_some());
        let changes = at.map_or(&[][..], |at| changes_until(history, at));
        let mut known = Self {
            stage,
            stage_since: stage.and(start.stage_since),
            value: start.value.and_then(amount),
            probability: start.probability.map(|p| p.get()),
            expected_close: start.expected_close,
            owner: start.owner,
            slips: start.expected_close.map(|_| Slips::default()),
            regressions: 0,
            history,
            changes,
        };
        // A date that was taken away and set anew slipped all the same.
        let mut last_date = start.expected_close;
        for change in changes {
            match &change.kind {
                ChangeKind::Stage(stage) => {
                    if known.stage != Some(*stage)
                        && let Some(entered) = stages.place(*stage)
                    {
                        known.stage = Some(*stage);
                        known.stage_since = Some(change.at);
                        let left = place.replace(entered);
                        known.regressions += u32::from(left.is_some_and(|left| entered.is_before(left)));
                    }
                }
                ChangeKind::Value(value) => known.value = value.and_then(amount),
                ChangeKind::Probability(probability) => known.probability = probability.map(|p| p.get()),
                ChangeKind::CloseDate(date) => {
                    known.expected_close = *date;
                    if let Some(date) = date {
                        let later = last_date.replace(*date).map_or(0, |last| (*date - last).num_days());
                        let slips = known.slips.get_or_insert_default();
                        if later >= MIN_SLIP_DAYS {
                            slips.count += 1;
                            slips.days += later;
                        }
                    }
                }
                ChangeKind::Owner(owner) => known.owner = *owner,
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

/// The owner at `at`.
pub(super) fn owner_at(history: &DealHistory, at: Instant) -> Option<UserId> {
    let changed = changes_until(history, at).iter().rev().find_map(|change| match change.kind {
        ChangeKind::Owner(owner) => Some(owner),
        _ => None,
    });
    changed.unwrap_or(history.undated.owner)
}

/// A money amount as a number to compare and learn from.
pub(super) fn amount(value: Decimal) -> Option<f64> {
    // Adding zero turns -0 into 0, so that equal amounts are the same number.
    value.to_f64().map(|value| value + 0.0)
}
