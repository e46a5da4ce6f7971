//! The formulas: one snapshot's values.

use chrono::{Days, TimeDelta};

use super::{COUNT, Feature, MILLIS_PER_DAY, Neighbour, Seen, StageOrder, known::probability_at};
use crate::domain::{
    Instant,
    deals::{ActivityKind, DealHistory},
};

/// Length of the two windows that the activity trend compares.
const TREND_DAYS: i64 = 14;

/// One snapshot's own values, in the registry's order; what comes of the other deals is missing yet
/// ([`Compared::values`](super::others::Compared::values)).
pub(super) struct Row(pub [f64; COUNT]);

impl Row {
    /// What counts activities: missing where nobody records any.
    pub const ACTIVITIES: [Feature; 8] = [
        Feature::ActivityCount,
        Feature::ActivitiesPerWeek,
        Feature::DaysSinceLastActivity,
        Feature::Calls,
        Feature::Emails,
        Feature::Meetings,
        Feature::NotesAndOther,
        Feature::ActivityTrend,
    ];

    /// All missing for no deal.
    pub fn new(seen: Option<&Seen>, neighbours: Option<&[Neighbour]>, stages: &StageOrder) -> Self {
        let mut row = Self([f64::NAN; COUNT]);
        if let Some(seen) = seen {
            row.value(seen);
            row.stage(seen, stages);
            row.probability(seen);
            if let Some((at, age_days)) = age(seen) {
                row.temporal(seen, at, age_days);
                row.moves(seen);
                row.activities(seen.history, at, age_days);
            }
        }
        if let Some(neighbours) = neighbours {
            row.similarity(neighbours);
        }
        row
    }

    fn set(&mut self, feature: Feature, value: impl Into<Option<f64>>) {
        self.0[feature as usize] = value.into().unwrap_or(f64::NAN);
    }

    fn temporal(&mut self, seen: &Seen, at: Instant, age_days: f64) {
        let known = &seen.known;
        let to_close = known.expected_close.map(|date| (date - at.date_naive()).num_days() as f64);
        self.set(Feature::DealAgeDays, age_days);
        self.set(Feature::DaysToExpectedClose, to_close);
        self.set(Feature::DaysInStage, known.stage_since.map(|since| days(at - since)));
        self.set(Feature::IsOverdue, to_close.map(|days| flag(days < 0.0)));
    }

    fn value(&mut self, seen: &Seen) {
        self.set(Feature::Value, seen.known.value);
        self.set(Feature::LogValue, seen.known.value.map(|value| value.max(0.0).ln_1p()));
    }

    fn stage(&mut self, seen: &Seen, stages: &StageOrder) {
        let place = seen.known.stage.and_then(|stage| stages.place(stage));
        self.set(Feature::StageOrdinal, place.map(|place| f64::from(place.ordinal)));
        self.set(Feature::StageProgress, place.map(|place| f64::from(place.ordinal) / f64::from(place.count)));
    }

    fn probability(&mut self, seen: &Seen) {
        let probability = seen.known.probability;
        let before = seen.at.and_then(|at| at.checked_sub_days(Days::new(30)));
        let before = before.filter(|before| seen.history.created_at.is_some_and(|created| created <= *before));
        let change = before.and_then(|before| Some(probability? - probability_at(seen.history, before)?));
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
        // A younger deal has no earlier window to compare with: each would seem to become busier.
        if age_days >= (2 * TREND_DAYS) as f64 {
            let up_to = |days_ago| {
                let then = at.checked_sub_signed(TimeDelta::days(days_ago));
                then.map_or(0.0, |then| history.activities_until(then).len() as f64)
            };
            self.set(Feature::ActivityTrend, all - 2.0 * up_to(TREND_DAYS) + up_to(2 * TREND_DAYS));
        }
    }

    fn moves(&mut self, seen: &Seen) {
        let known = &seen.known;
        self.set(Feature::SlipsCount, known.slips.map(|slips| f64::from(slips.count)));
        self.set(Feature::DaysSlipped, known.slips.map(|slips| slips.days as f64));
        self.set(Feature::StageRegressions, known.stage.map(|_| f64::from(known.regressions)));
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

/// The instant and the deal's age in days at it; `None` without dates, and before the deal's creation.
fn age(seen: &Seen) -> Option<(Instant, f64)> {
    let (at, created) = (seen.at?, seen.history.created_at?);
    (created <= at).then(|| (at, days(at - created)))
}

pub(super) fn days(delta: TimeDelta) -> f64 {
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
