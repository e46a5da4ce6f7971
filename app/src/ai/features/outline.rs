//! What the features of all other deals need to know of one deal: a few hundred bytes, whatever its history.

use super::known::{amount, owner_at};
use crate::domain::{
    Instant,
    deals::{ChangeKind, DealHistory, Outcome},
    ids::{AccountId, DealId, StageId, UserId},
};

/// A deal as the others see it. A million of them fit into memory where their histories would not: histories are read a few at a time,
/// turned into these, and forgotten.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    pub id: DealId,
    /// Source and external id, by which chance is drawn.
    pub key: Box<str>,
    pub account: Option<AccountId>,
    pub created_at: Option<Instant>,
    /// The end of its open life, as in its history.
    pub closed_at: Option<Instant>,
    pub sequence: Option<i64>,
    pub outcome: Outcome,
    /// Its value where nothing dates it.
    pub(super) undated_value: Option<f64>,
    pub(super) undated_owner: Option<UserId>,
    /// Whose it was when it closed.
    pub(super) closing_owner: Option<UserId>,
    pub(super) first_activity: Option<Instant>,
    /// The values it got, oldest first.
    pub(super) values: Box<[(Instant, Option<f64>)]>,
    /// The stages of a closed deal's life, each once, with the first entry; without one it was there from the start, nobody knows since
    /// when.
    pub(in crate::ai) stages: Box<[(StageId, Option<Instant>)]>,
}

impl Outline {
    /// What the others see of a deal. Of its history the kinds of change below and the first activity are all it takes.
    pub fn of(history: &DealHistory) -> Self {
        let values = history.changes.iter().filter_map(|change| match change.kind {
            ChangeKind::Value(value) => Some((change.at, value.and_then(amount))),
            _ => None,
        });
        Self {
            id: history.id,
            key: history.key.as_str().into(),
            account: history.account,
            created_at: history.created_at,
            closed_at: history.closed_at,
            sequence: history.sequence,
            outcome: history.outcome,
            undated_value: history.undated.value.and_then(amount),
            undated_owner: history.undated.owner,
            closing_owner: history.closed_at.and_then(|closed| owner_at(history, closed)),
            first_activity: history.activities.first().map(|activity| activity.at),
            values: values.collect(),
            stages: if history.outcome.is_closed() { stages(history) } else { Box::default() },
        }
    }

    /// All that was known of it at `at`, as [`DealHistory::as_of`] tells.
    pub fn as_of(self, at: Instant) -> Option<Self> {
        if self.created_at? > at || (self.outcome.is_closed() && self.closed_at.is_none()) {
            return None;
        }
        let known = Self {
            first_activity: self.first_activity.filter(|first| *first <= at),
            values: self.values.iter().copied().filter(|(then, _)| *then <= at).collect(),
            ..self
        };
        if known.closed_at.is_some_and(|closed| closed <= at) {
            return Some(known);
        }
        Some(Self { outcome: Outcome::Open, closed_at: None, closing_owner: None, stages: Box::default(), ..known })
    }
}

fn stages(history: &DealHistory) -> Box<[(StageId, Option<Instant>)]> {
    let entries = history.changes.iter().filter_map(|change| match change.kind {
        ChangeKind::Stage(stage) if history.closed_at.is_none_or(|closed| change.at <= closed) => Some((stage, Some(change.at))),
        _ => None,
    });
    let start = history.undated.stage.map(|stage| (stage, history.undated.stage_since));
    let mut stages: Vec<(StageId, Option<Instant>)> = Vec::new();
    for (stage, entered) in start.into_iter().chain(entries) {
        if !stages.iter().any(|(known, since)| *known == stage && (since.is_some() || entered.is_none())) {
            stages.push((stage, entered));
        }
    }
    stages.into()
}

#[cfg(test)]
pub(in crate::ai) fn outlines(histories: &[DealHistory]) -> Vec<Outline> {
    histories.iter().map(Outline::of).collect()
}
