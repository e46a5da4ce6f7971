//! When to train again, and how much recent deals are to weigh then.

use chrono::TimeDelta;

use crate::domain::{
    Instant,
    models::{LearningRules, TrainCause},
};

/// Drift leads to a training this often at most.
pub const DAYS_BETWEEN_DRIFT_TRAININGS: i64 = 21;
/// So long after drift was noticed, every training weighs recent deals more.
pub const DAYS_OF_RECENCY: i64 = 365;
/// The half-life is the time in which this many deals closed: they then weigh as much as all before them.
const DEALS_IN_HALF_LIFE: usize = 200;
/// Half-lives in days.
const SHORTEST_HALF_LIFE: f64 = 21.0;
const LONGEST_HALF_LIFE: f64 = 365.0;

/// The challenger under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderTest {
    /// Whether it was trained since drift was noticed.
    pub for_drift: bool,
    /// Deals that it and the champion can be compared on.
    pub deals: u64,
}

/// How things stand when it is asked whether to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    pub now: Instant,
    /// When the last training was, whatever came of it.
    pub last_trained_at: Option<Instant>,
    /// Deals that closed since the last training.
    pub closed_since: u64,
    /// Whether drift of the champion is noticed now.
    pub drifted: bool,
    pub under_test: Option<UnderTest>,
    /// When drift was the cause of a training last.
    pub drift_trained_at: Option<Instant>,
}

/// Whether to train, and why. Drift comes first. While a challenger is under test only drift replaces it: every
/// [`DAYS_BETWEEN_DRIFT_TRAININGS`] days at most, and one that was itself trained for drift only when it has had the deals of the
/// first checkpoint; where few deals close, no challenger would ever be judged otherwise. Leaving one that is ahead to its test was
/// tried in the simulation: an early one, which knows little of the new world, then kept better ones waiting for weeks.
pub fn due(rules: &LearningRules, situation: &Situation) -> Option<TrainCause> {
    if rules.on_drift && situation.drifted && drift_may_train(rules, situation) {
        return Some(TrainCause::Drift);
    }
    if situation.under_test.is_some() {
        return None;
    }
    if rules.after_outcomes.is_some_and(|after| situation.closed_since >= after.max(1)) {
        return Some(TrainCause::Outcomes);
    }
    let every = TimeDelta::days(i64::from(rules.every_days?));
    situation.last_trained_at.is_none_or(|at| situation.now - at >= every).then_some(TrainCause::Schedule)
}

fn drift_may_train(rules: &LearningRules, situation: &Situation) -> bool {
    let rested = situation.drift_trained_at.is_none_or(|at| situation.now - at >= TimeDelta::days(DAYS_BETWEEN_DRIFT_TRAININGS));
    let heard = situation
        .under_test
        .is_none_or(|challenger_test| !challenger_test.for_drift || challenger_test.deals >= rules.challenger_test.first_checkpoint);
    rested && heard
}

/// Whether a training for this cause weighs recent deals more: one for drift, and any within [`DAYS_OF_RECENCY`] of such a one, or
/// what was learned of the new world would be drowned by the old one again.
pub fn keeps_recency(cause: TrainCause, drift_trained_at: Option<Instant>, now: Instant) -> bool {
    cause == TrainCause::Drift || drift_trained_at.is_some_and(|at| now - at <= TimeDelta::days(DAYS_OF_RECENCY))
}

/// The half-life in days for a training that weighs recent deals more, from when the deals closed (in days, in any order): the time in
/// which the newest 200 closed, three weeks to a year. `None` where no close is known.
pub fn half_life_days(closed: &[f64]) -> Option<f64> {
    let mut closed: Vec<f64> = closed.iter().copied().filter(|day| day.is_finite()).collect();
    closed.sort_by(|a, b| b.total_cmp(a));
    let newest = closed.first()?;
    let back = closed.get(DEALS_IN_HALF_LIFE - 1).or(closed.last())?;
    Some((newest - back).clamp(SHORTEST_HALF_LIFE, LONGEST_HALF_LIFE))
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    fn day(n: i64) -> Instant {
        Utc.timestamp_opt(1_700_000_000 + n * 86_400, 0).single().expect("a valid instant")
    }

    /// Nothing is due.
    fn quiet() -> Situation {
        Situation {
            now: day(100),
            last_trained_at: Some(day(90)),
            closed_since: 5,
            drifted: false,
            under_test: None,
            drift_trained_at: None,
        }
    }

    fn challenger_test(for_drift: bool, deals: u64) -> Option<UnderTest> {
        Some(UnderTest { for_drift, deals })
    }

    #[test]
    fn each_cause_has_its_limit() {
        let rules = LearningRules::default();
        let due = |situation| due(&rules, &situation);
        assert_eq!(due(quiet()), None);
        assert_eq!(due(Situation { last_trained_at: Some(day(71)), ..quiet() }), None);
        assert_eq!(due(Situation { last_trained_at: Some(day(70)), ..quiet() }), Some(TrainCause::Schedule));
        assert_eq!(due(Situation { last_trained_at: None, ..quiet() }), Some(TrainCause::Schedule));
        assert_eq!(due(Situation { closed_since: 99, ..quiet() }), None);
        assert_eq!(due(Situation { closed_since: 100, ..quiet() }), Some(TrainCause::Outcomes));
        let drifted = Situation { drifted: true, closed_since: 100, last_trained_at: None, ..quiet() };
        assert_eq!(due(drifted), Some(TrainCause::Drift), "drift comes first");
    }

    #[test]
    fn what_is_switched_off_causes_nothing() {
        let off = LearningRules { every_days: None, after_outcomes: None, on_drift: false, ..LearningRules::default() };
        let all = Situation { drifted: true, closed_since: 9_000, last_trained_at: None, ..quiet() };
        assert_eq!(due(&off, &all), None);
    }

    #[test]
    fn a_challenger_on_trial_is_left_alone_but_for_drift() {
        let rules = LearningRules::default();
        let under_test = Situation { closed_since: 500, last_trained_at: Some(day(0)), under_test: challenger_test(false, 40), ..quiet() };
        assert_eq!(due(&rules, &under_test), None);
        assert_eq!(due(&rules, &Situation { drifted: true, ..under_test }), Some(TrainCause::Drift));
        let again = |days: i64, deals: u64| {
            due(
                &rules,
                &Situation {
                    drifted: true,
                    under_test: challenger_test(true, deals),
                    drift_trained_at: Some(day(100 - days)),
                    ..under_test
                },
            )
        };
        assert_eq!(again(20, 300), None);
        assert_eq!(again(21, 300), Some(TrainCause::Drift));
        assert_eq!(again(60, 99), None, "it has not been heard yet");
    }

    #[test]
    fn trainings_after_drift_keep_weighing_recent_deals() {
        let keeps = |cause, days: i64| keeps_recency(cause, Some(day(-days)), day(0));
        assert!(keeps_recency(TrainCause::Drift, None, day(0)) && !keeps_recency(TrainCause::Hand, None, day(0)));
        assert!(keeps(TrainCause::Schedule, 365) && !keeps(TrainCause::Schedule, 366));
    }

    #[test]
    fn the_half_life_suits_the_pace_of_closings() {
        let every = |days: f64, count: i32| half_life_days(&(0..count).map(|n| f64::from(n) * days).collect::<Vec<_>>());
        assert_eq!(every(0.5, 1_000), Some(99.5));
        assert_eq!(every(0.01, 1_000), Some(21.0));
        assert_eq!(every(30.0, 1_000), Some(365.0));
        assert_eq!(every(1.0, 100), Some(99.0));
        assert_eq!(half_life_days(&[f64::NAN]), None);
    }

    proptest! {
        #[test]
        fn drift_trains_no_more_often_than_it_may(
            (now, last) in (0i64..400, 0i64..400), deals: u64, closed_since: u64, for_drift: bool
        ) {
            let situation = Situation {
                now: day(now),
                drifted: true,
                drift_trained_at: Some(day(last)),
                under_test: challenger_test(for_drift, deals),
                closed_since,
                ..quiet()
            };
            let cause = due(&LearningRules::default(), &situation);
            prop_assert_eq!(cause.is_some(), now - last >= DAYS_BETWEEN_DRIFT_TRAININGS && (!for_drift || deals >= 100));
            prop_assert!(cause.is_none_or(|cause| cause == TrainCause::Drift));
        }
    }
}
