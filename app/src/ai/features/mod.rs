//! Features: what the model sees of a deal as of an instant.
//!
//! Every value is computed from what was known at the snapshot's instant t: the deal's own changes and activities up to t, other
//! deals as they were before t, outcomes only of deals closed before t. Nothing that happened later, and no deal's own outcome,
//! can reach a feature; the property tests hold that down. Missing is NaN, never 0.

mod fenwick;
mod known;
#[cfg(test)]
mod property_tests;
mod registry;
mod stage_order;
mod sweep;
#[cfg(test)]
mod tests;

use chrono::{Days, TimeDelta};

use self::{
    known::{Known, probability_at},
    sweep::{value_tiers, won_medians},
};
pub use self::{
    registry::{COUNT, Definition, FEATURES, Feature, Group},
    stage_order::{StageOrder, StagePlace},
};
use super::table::{Column, ColumnData, Table};
use crate::domain::{ActivityKind, CustomField, CustomKind, CustomValue, DealHistory, Instant};

/// What the names of custom fields' columns begin with.
pub const CUSTOM_PREFIX: &str = "custom:";

const MILLIS_PER_DAY: f64 = 86_400_000.0;

/// A deal at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Its index in the histories.
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

/// The features of each snapshot: the registry's 29 columns, then one for each custom field, named `custom:<key>`.
///
/// `histories` are all deals of the workspace, open and closed; `similar` holds the neighbours of each snapshot, `None` (or no
/// entry) where similarity is not available. A custom date becomes the days from the deal's creation to it. A snapshot of a deal
/// that is not in `histories` is all missing.
pub fn build(
    histories: &[DealHistory],
    snapshots: &[Snapshot],
    similar: &[Option<Vec<Neighbour>>],
    stages: &StageOrder,
    custom: &[CustomField],
) -> Table {
    let known: Vec<Option<Known>> =
        snapshots.iter().map(|snapshot| histories.get(snapshot.deal).map(|history| Known::at(history, snapshot.at, stages))).collect();
    let values: Vec<Option<f64>> = known.iter().map(|known| known.as_ref().and_then(|known| known.value)).collect();
    let medians = won_medians(histories, snapshots);
    let tiers = value_tiers(histories, snapshots, &values);
    // Whether activities are recorded is judged as of t as well.
    let first_activity = histories.iter().filter_map(|history| history.activities.first()).map(|activity| activity.at).min();

    let mut numbers: Vec<Vec<f64>> = (0..COUNT).map(|_| Vec::with_capacity(snapshots.len())).collect();
    for (i, (snapshot, known)) in snapshots.iter().zip(&known).enumerate() {
        let mut row = Row::missing();
        if let (Some(history), Some(known)) = (histories.get(snapshot.deal), known) {
            row.value(known, tiers[i]);
            row.stage(known, stages);
            row.probability(history, known, snapshot.at);
            if let Some((at, age_days)) = age_at(history, snapshot.at) {
                row.temporal(known, at, age_days, medians[i]);
                if first_activity.is_some_and(|first| first <= at) {
                    row.activities(history, at, age_days);
                }
            }
        }
        if let Some(Some(neighbours)) = similar.get(i) {
            row.similarity(neighbours);
        }
        for (column, value) in numbers.iter_mut().zip(row.0) {
            column.push(value);
        }
    }
    let registered =
        FEATURES.iter().zip(numbers).map(|(feature, values)| Column { name: feature.name.into(), data: ColumnData::Numeric(values) });
    let custom = custom.iter().map(|field| custom_column(field, histories, snapshots, &known));
    Table { rows: snapshots.len(), columns: registered.chain(custom).collect() }
}

/// The instant and the deal's age in days at it; `None` without dates, and before the deal's creation.
fn age_at(history: &DealHistory, at: Option<Instant>) -> Option<(Instant, f64)> {
    let (at, created) = (at?, history.created_at?);
    (created <= at).then(|| (at, days(at - created)))
}

fn days(delta: TimeDelta) -> f64 {
    delta.num_milliseconds() as f64 / MILLIS_PER_DAY
}

fn flag(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

/// NaN for none.
fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count();
    if count == 0 { f64::NAN } else { values.sum::<f64>() / count as f64 }
}

/// One snapshot's values, in the registry's order.
struct Row([f64; COUNT]);

impl Row {
    fn missing() -> Self {
        Self([f64::NAN; COUNT])
    }

    fn set(&mut self, feature: Feature, value: impl Into<Option<f64>>) {
        self.0[feature as usize] = value.into().unwrap_or(f64::NAN);
    }

    fn temporal(&mut self, known: &Known, at: Instant, age_days: f64, won_median: Option<f64>) {
        let to_close = known.expected_close.map(|date| (date - at.date_naive()).num_days() as f64);
        self.set(Feature::DealAgeDays, age_days);
        self.set(Feature::DaysToExpectedClose, to_close);
        self.set(Feature::DaysInStage, known.stage_since.map(|since| days(at - since)));
        self.set(Feature::IsOverdue, to_close.map(|days| flag(days < 0.0)));
        self.set(Feature::AgeVsWonMedian, won_median.filter(|median| *median > 0.0).map(|median| age_days / median));
    }

    fn value(&mut self, known: &Known, tier: Option<f64>) {
        self.set(Feature::Value, known.value);
        self.set(Feature::ValueTier, tier);
        self.set(Feature::LogValue, known.value.map(|value| value.max(0.0).ln_1p()));
    }

    fn stage(&mut self, known: &Known, stages: &StageOrder) {
        let place = known.stage.and_then(|stage| stages.place(stage));
        self.set(Feature::StageOrdinal, place.map(|place| f64::from(place.ordinal)));
        self.set(Feature::StageProgress, place.map(|place| f64::from(place.ordinal) / f64::from(place.count)));
    }

    fn probability(&mut self, history: &DealHistory, known: &Known, at: Option<Instant>) {
        let probability = known.probability;
        let before = at.and_then(|at| at.checked_sub_days(Days::new(30)));
        let before = before.filter(|before| history.created_at.is_some_and(|created| created <= *before));
        let change = before.and_then(|before| Some(probability? - probability_at(history, before)?));
        self.set(Feature::RepProbability, probability);
        self.set(Feature::HighConfidence, probability.map(|p| flag(p >= 0.7)));
        self.set(Feature::LowConfidence, probability.map(|p| flag(p <= 0.3)));
        self.set(Feature::ProbabilityChange30d, change);
    }

    fn activities(&mut self, history: &DealHistory, at: Instant, age_days: f64) {
        let activities = history.activities_until(at);
        let count = |kinds: &[ActivityKind]| activities.iter().filter(|activity| kinds.contains(&activity.kind)).count() as f64;
        let all = activities.len() as f64;
        self.set(Feature::ActivityCount, all);
        self.set(Feature::ActivitiesPerWeek, all / (age_days.max(1.0) / 7.0));
        self.set(Feature::DaysSinceLastActivity, activities.last().map(|last| days(at - last.at)));
        self.set(Feature::Calls, count(&[ActivityKind::Call]));
        self.set(Feature::Emails, count(&[ActivityKind::Email]));
        self.set(Feature::Meetings, count(&[ActivityKind::Meeting]));
        self.set(Feature::NotesAndOther, count(&[ActivityKind::Note, ActivityKind::Other]));
    }

    fn similarity(&mut self, neighbours: &[Neighbour]) {
        let all = neighbours.iter().map(|neighbour| f64::from(neighbour.similarity));
        let of = |won: bool| neighbours.iter().filter(move |neighbour| neighbour.won == won).map(|n| f64::from(n.similarity));
        // An opposite direction is no likeness: it weighs nothing rather than less than nothing.
        let weight = |similarity: f64| similarity.max(0.0);
        let (won, total) = (of(true).count() as f64, neighbours.len() as f64);
        let (won_weight, total_weight) = (of(true).map(weight).sum::<f64>(), all.clone().map(weight).sum::<f64>());
        self.set(Feature::SimilarWon, won);
        self.set(Feature::SimilarLost, total - won);
        self.set(Feature::SimilarWinRatio, (total > 0.0).then(|| won / total));
        self.set(Feature::SimilarityMean, mean(all.clone()));
        self.set(Feature::SimilarityMax, all.reduce(f64::max));
        self.set(Feature::SimilarityMeanWon, mean(of(true)));
        self.set(Feature::SimilarityMeanLost, mean(of(false)));
        self.set(Feature::SimilarWeightedWinRatio, (total_weight > 0.0).then(|| won_weight / total_weight));
    }
}

/// The values of a custom field; one of another kind than the field's is missing.
fn custom_column(field: &CustomField, histories: &[DealHistory], snapshots: &[Snapshot], known: &[Option<Known>]) -> Column {
    let values = known.iter().map(|known| known.as_ref().and_then(|known| known.custom(&field.key)));
    let data = match field.kind {
        CustomKind::Numeric => ColumnData::Numeric(
            values
                .map(|value| match value {
                    Some(CustomValue::Number(number)) if number.is_finite() => *number,
                    _ => f64::NAN,
                })
                .collect(),
        ),
        CustomKind::Category => ColumnData::Category(
            values
                .map(|value| match value? {
                    CustomValue::Text(text) => Some(text.clone()),
                    // Codes and dates kept as categories are labels like any other.
                    CustomValue::Number(number) => Some(number.to_string()),
                    CustomValue::Date(date) => Some(date.to_string()),
                })
                .collect(),
        ),
        CustomKind::Date => ColumnData::Numeric(
            values
                .zip(snapshots)
                .map(|(value, snapshot)| {
                    let created = histories.get(snapshot.deal).and_then(|history| history.created_at);
                    match (value, created) {
                        (Some(CustomValue::Date(date)), Some(created)) => (*date - created.date_naive()).num_days() as f64,
                        _ => f64::NAN,
                    }
                })
                .collect(),
        ),
    };
    Column { name: format!("{CUSTOM_PREFIX}{}", field.key), data }
}
