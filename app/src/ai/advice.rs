//! What would help: the smallest realistic things a rep could do now, each tried on a copy of the deal's history and scored again.
//!
//! A gain is what the model would say had it been done, no promise of an effect: the deals in which it was done differ in more
//! than that.

use chrono::{NaiveDate, TimeDelta};

use super::features::close_date;
use crate::domain::{
    Instant,
    deals::{Activity, ActivityKind, Change, ChangeKind, DealHistory},
    probability::Probability,
    scoring::{Advice, AdviceKind},
};

/// A meeting or any contact less than this long ago needs no repeating.
const QUIET: TimeDelta = TimeDelta::days(7);

/// Days until the close where nobody knows what is typical.
const DAYS_LEFT: f64 = 30.0;
/// No close date is planned further ahead.
const MAX_DAYS_LEFT: f64 = 3650.0;

/// Percentage points that a thing must gain to be worth saying.
const MIN_POINTS: f64 = 1.0;

/// What could be done about an open deal at `at`, each with the deal's history as it would be then. None for a closed deal.
///
/// - Book a meeting: where the last one (or else the creation) is more than 7 days ago.
/// - Re-engage by an e-mail: where the last activity (or else the creation) is more than 7 days ago.
/// - Confirm the close date: where there is none, it has passed, or it was put off before. It is set to `typical_days_left` from
///   now, 30 without.
///
/// The first two only where the workspace records activities (`activities_recorded`) and the deal's creation is dated: the
/// features see no activity elsewhere.
pub fn hypotheses(
    history: &DealHistory,
    at: Instant,
    typical_days_left: Option<f64>,
    activities_recorded: bool,
) -> Vec<(AdviceKind, DealHistory)> {
    if history.outcome.is_closed() {
        return Vec::new();
    }
    let quiet_since = |of: &dyn Fn(ActivityKind) -> bool| {
        let last = history.activities_until(at).iter().rev().find(|activity| of(activity.kind)).map(|activity| activity.at);
        history.created_at.is_some_and(|created| at - last.unwrap_or(created) > QUIET)
    };
    let mut found = Vec::new();
    if activities_recorded && quiet_since(&|kind| kind == ActivityKind::Meeting) {
        found.push((AdviceKind::BookMeeting, with_activity(history, at, ActivityKind::Meeting)));
    }
    if activities_recorded && quiet_since(&|_| true) {
        found.push((AdviceKind::ReEngage, with_activity(history, at, ActivityKind::Email)));
    }
    if close_date_is_open(history, at)
        && let Some(date) = date_in(at, typical_days_left)
    {
        found.push((AdviceKind::ConfirmCloseDate, with_close_date(history, at, date)));
    }
    found
}

/// The things that gain at least one percentage point, best first, given the deal's present score and what each of
/// [`hypotheses`] scored.
pub fn advice(base: Probability, outcomes: &[(AdviceKind, Probability)]) -> Vec<Advice> {
    // To a tenth of a point, as shown: what reads "1.0" counts.
    let points = |probability: &Probability| ((probability.get() - base.get()) * 1000.0).round() / 10.0;
    let mut helpful: Vec<&(AdviceKind, Probability)> =
        outcomes.iter().filter(|(_, probability)| points(probability) >= MIN_POINTS).collect();
    helpful.sort_by(|(_, a), (_, b)| b.get().total_cmp(&a.get()));
    let advice = |(kind, probability): &(AdviceKind, Probability)| Advice {
        kind: *kind,
        text: text(*kind).into(),
        probability: *probability,
        points: points(probability),
    };
    helpful.into_iter().map(advice).collect()
}

fn text(kind: AdviceKind) -> &'static str {
    match kind {
        AdviceKind::BookMeeting => "Book a meeting",
        AdviceKind::ReEngage => "Get back in touch by e-mail or phone",
        AdviceKind::ConfirmCloseDate => "Confirm a realistic close date",
    }
}

/// Whether the close date needs talking about: there is none, it has passed, or it was put off before.
fn close_date_is_open(history: &DealHistory, at: Instant) -> bool {
    let (date, put_off) = close_date(history, at);
    put_off || date.is_none_or(|date| date < at.date_naive())
}

fn date_in(at: Instant, days: Option<f64>) -> Option<NaiveDate> {
    let days = days.filter(|days| days.is_finite()).unwrap_or(DAYS_LEFT).round().clamp(1.0, MAX_DAYS_LEFT);
    at.date_naive().checked_add_signed(TimeDelta::days(days as i64))
}

fn with_activity(history: &DealHistory, at: Instant, kind: ActivityKind) -> DealHistory {
    let mut history = history.clone();
    let place = history.activities_until(at).len();
    history.activities.insert(place, Activity { at, kind });
    history
}

fn with_close_date(history: &DealHistory, at: Instant, date: NaiveDate) -> DealHistory {
    let mut history = history.clone();
    let place = history.changes.partition_point(|change| change.at <= at);
    history.changes.insert(place, Change { at, kind: ChangeKind::CloseDate(Some(date)) });
    history
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use uuid::Uuid;

    use super::*;
    use crate::{
        ai::{
            features::{Feature, Reference, StageOrder, outlines},
            table::{ColumnData, Table},
        },
        domain::{
            deals::{DealState, Outcome},
            ids::DealId,
        },
    };

    fn day(n: i64) -> Instant {
        Utc.with_ymd_and_hms(2026, 1, 1, 12, 0, 0).single().expect("a valid instant") + TimeDelta::days(n)
    }

    /// Created at day 0, with a close date 100 days later and these activities.
    fn deal(activities: &[(i64, ActivityKind)]) -> DealHistory {
        DealHistory {
            id: DealId(Uuid::nil()),
            key: String::new(),
            account: None,
            created_at: Some(day(0)),
            closed_at: None,
            sequence: None,
            outcome: Outcome::Open,
            undated: DealState { expected_close: Some(day(100).date_naive()), ..DealState::default() },
            changes: Vec::new(),
            activities: activities.iter().map(|(n, kind)| Activity { at: day(*n), kind: *kind }).collect(),
        }
    }

    fn kinds(history: &DealHistory, n: i64) -> Vec<AdviceKind> {
        hypotheses(history, day(n), None, true).into_iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn only_what_was_not_done_lately_is_proposed() {
        use AdviceKind as A;
        let history = deal(&[(3, ActivityKind::Meeting), (9, ActivityKind::Call)]);
        assert_eq!(kinds(&history, 10), []);
        assert_eq!(kinds(&history, 11), [A::BookMeeting]);
        assert_eq!(kinds(&history, 16), [A::BookMeeting]);
        assert_eq!(kinds(&history, 17), [A::BookMeeting, A::ReEngage]);
        assert_eq!(kinds(&history, 2), [], "what comes later does not count, and the deal is young");
        assert_eq!(kinds(&deal(&[]), 8), [A::BookMeeting, A::ReEngage]);
        assert_eq!(kinds(&history, 101), [A::BookMeeting, A::ReEngage, A::ConfirmCloseDate]);
        assert_eq!(hypotheses(&history, day(101), None, false).len(), 1, "no activities are recorded");
        let undated = DealHistory { created_at: None, ..history.clone() };
        assert_eq!(kinds(&undated, 50), []);
        assert_eq!(kinds(&DealHistory { outcome: Outcome::Lost, ..history }, 101), []);
    }

    #[test]
    fn a_close_date_is_confirmed_where_it_is_missing_late_or_slipped() {
        let date_at = |history: &DealHistory, n, typical| {
            let found = hypotheses(history, day(n), typical, false);
            found
                .first()
                .and_then(|(_, history)| history.state_at(day(n)).expected_close)
                .map(|date| (date - day(n).date_naive()).num_days())
        };
        let mut history = deal(&[]);
        assert_eq!(date_at(&history, 100, None), None, "the day itself is not late");
        assert_eq!(date_at(&history, 101, None), Some(30));
        history.changes.push(Change { at: day(5), kind: ChangeKind::CloseDate(Some(day(90).date_naive())) });
        assert_eq!(date_at(&history, 6, None), None, "sooner is not late");
        history.changes.push(Change { at: day(7), kind: ChangeKind::CloseDate(Some(day(95).date_naive())) });
        assert_eq!(date_at(&history, 8, Some(12.4)), Some(12));
        history.undated.expected_close = None;
        assert_eq!(date_at(&history, 1, Some(0.1)), Some(1));
        assert_eq!([f64::NAN, f64::INFINITY, 1e300].map(|days| date_at(&history, 1, Some(days))), [Some(30), Some(30), Some(3650)]);
    }

    #[test]
    fn what_gains_a_point_is_said_best_first() {
        let p = Probability::saturating;
        let outcomes = [(AdviceKind::BookMeeting, p(0.52)), (AdviceKind::ReEngage, p(0.405)), (AdviceKind::ConfirmCloseDate, p(0.6))];
        let advice = advice(p(0.4), &outcomes);
        let said: Vec<_> = advice.iter().map(|advice| (advice.kind, advice.points, advice.probability)).collect();
        assert_eq!(said, [(AdviceKind::ConfirmCloseDate, 20.0, p(0.6)), (AdviceKind::BookMeeting, 12.0, p(0.52))]);
        assert_eq!(advice[1].text, "Book a meeting");
        assert!(super::advice(p(0.5), &[(AdviceKind::BookMeeting, p(0.3))]).is_empty());
        assert_eq!(super::advice(p(0.41), &[(AdviceKind::ReEngage, p(0.42))]).len(), 1, "exactly one point");
    }

    /// A score that falls with silence and with lateness, and rises with meetings.
    fn fake_score(table: &Table, row: usize) -> Probability {
        let value = |feature: Feature| match &table.columns[feature as usize].data {
            ColumnData::Numeric(values) => Some(values[row]).filter(|value| !value.is_nan()),
            ColumnData::Category(_) => None,
        };
        let known = |feature| value(feature).unwrap_or(0.0);
        Probability::saturating(
            0.5 - 0.01 * known(Feature::DaysSinceLastActivity) - 0.1 * known(Feature::IsOverdue) + 0.05 * known(Feature::Meetings),
        )
    }

    #[test]
    fn hypotheses_scored_again_become_advice() {
        let stages = StageOrder::default();
        let history = deal(&[(91, ActivityKind::Call)]);
        let at = day(111);
        let reference = Reference::new(&outlines(std::slice::from_ref(&history)), day(110), &stages);
        assert!(reference.records_activities());
        let tried = hypotheses(&history, at, None, true);
        let deals: Vec<(&DealHistory, Instant)> = std::iter::once((&history, at)).chain(tried.iter().map(|(_, h)| (h, at))).collect();
        let table = reference.table(&deals, &[], &stages, &[]);
        let outcomes: Vec<_> = tried.iter().enumerate().map(|(i, (kind, _))| (*kind, fake_score(&table, i + 1))).collect();
        let said: Vec<_> = advice(fake_score(&table, 0), &outcomes).into_iter().map(|advice| (advice.kind, advice.points)).collect();
        assert_eq!(said, [(AdviceKind::BookMeeting, 25.0), (AdviceKind::ReEngage, 20.0), (AdviceKind::ConfirmCloseDate, 10.0)]);
    }
}
