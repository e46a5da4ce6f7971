//! What becomes of an alert when the deal is looked at again.

use chrono::TimeDelta;

use crate::domain::{
    Instant,
    alerts::{AlertState, DismissReason, Earlier, Observation, Priority},
};

/// An active alert that grew by so much is worse.
const WORSE: f64 = 1.5;
/// A dismissed or acknowledged one has to grow by so much before it is shown again.
const MUCH_WORSE: f64 = 2.0;
/// Quiet after a cause went away by itself, so that what flaps does not spam.
const QUIET_RESOLVED: TimeDelta = TimeDelta::days(1);
/// Quiet after somebody dealt with it.
const QUIET_USEFUL: TimeDelta = TimeDelta::days(14);
/// Quiet after somebody called it useless or wrong.
const QUIET_UNWANTED: TimeDelta = TimeDelta::days(30);

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    Nothing,
    /// A new alert.
    Raise,
    /// It got worse: shown as open again.
    Worsen,
    /// Its snooze is over.
    Wake,
    /// The cause is gone.
    Resolve,
}

/// What to do about a cause. `seen` is what exceeds the limit now, with its priority; `holds` tells whether an earlier alert's
/// cause still stands, by the eased limit.
pub fn transition(earlier: Option<&Earlier>, seen: Option<(&Observation, Priority)>, holds: bool, now: Instant) -> Transition {
    let Some(earlier) = earlier else { return if seen.is_some() { Transition::Raise } else { Transition::Nothing } };
    let grew =
        |factor: f64| seen.is_some_and(|(seen, _)| seen.measure(now) >= factor * earlier.measure && seen.measure(now) > earlier.measure);
    if earlier.state.is_active() {
        if !holds && seen.is_none() {
            return Transition::Resolve;
        }
        let more_urgent = seen.is_some_and(|(_, priority)| priority > earlier.priority);
        return match earlier.state {
            AlertState::Snoozed if earlier.snoozed_until.is_none_or(|until| until <= now) => Transition::Wake,
            AlertState::Snoozed => Transition::Nothing,
            AlertState::Acknowledged if grew(MUCH_WORSE) => Transition::Worsen,
            AlertState::Open if more_urgent || grew(WORSE) => Transition::Worsen,
            _ => Transition::Nothing,
        };
    }
    let quiet = match earlier.dismissed {
        None => QUIET_RESOLVED,
        Some(DismissReason::Useful) => QUIET_USEFUL,
        Some(DismissReason::NotUseful | DismissReason::Wrong) => QUIET_UNWANTED,
    };
    let over = earlier.ended_at.is_none_or(|ended| ended + quiet <= now);
    if seen.is_some() && (over || grew(MUCH_WORSE)) { Transition::Raise } else { Transition::Nothing }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn day(n: i64) -> Instant {
        Utc.with_ymd_and_hms(2026, 3, 1, 9, 0, 0).single().expect("a valid instant") + TimeDelta::days(n)
    }

    fn stale(days: i64) -> Observation {
        Observation::Stale { since: day(-days), limit: 14.0 }
    }

    fn earlier(state: AlertState) -> Earlier {
        Earlier { state, priority: Priority::Medium, measure: 20.0, snoozed_until: None, ended_at: None, dismissed: None }
    }

    fn now(before: Option<&Earlier>, seen: Option<&Observation>, holds: bool) -> Transition {
        transition(before, seen.map(|seen| (seen, Priority::Medium)), holds, day(0))
    }

    #[test]
    fn the_first_sight_raises_and_the_second_does_nothing() {
        assert_eq!(now(None, Some(&stale(20)), true), Transition::Raise);
        assert_eq!(now(None, None, false), Transition::Nothing);
        assert_eq!(now(Some(&earlier(AlertState::Open)), Some(&stale(21)), true), Transition::Nothing);
    }

    #[test]
    fn worse_is_said_once() {
        assert_eq!(now(Some(&earlier(AlertState::Open)), Some(&stale(30)), true), Transition::Worsen);
        assert_eq!(now(Some(&Earlier { measure: 30.0, ..earlier(AlertState::Open) }), Some(&stale(30)), true), Transition::Nothing);
        assert_eq!(now(Some(&earlier(AlertState::Acknowledged)), Some(&stale(30)), true), Transition::Nothing);
        assert_eq!(now(Some(&earlier(AlertState::Acknowledged)), Some(&stale(40)), true), Transition::Worsen);
        let urgent = transition(Some(&earlier(AlertState::Open)), Some((&stale(21), Priority::High)), true, day(0));
        assert_eq!(urgent, Transition::Worsen);
    }

    #[test]
    fn the_eased_limit_decides_when_it_is_over() {
        assert_eq!(now(Some(&earlier(AlertState::Open)), None, true), Transition::Nothing);
        assert_eq!(now(Some(&earlier(AlertState::Open)), None, false), Transition::Resolve);
        assert_eq!(now(Some(&earlier(AlertState::Snoozed)), None, false), Transition::Resolve);
    }

    #[test]
    fn a_snooze_ends() {
        let until = |n| Earlier { snoozed_until: Some(day(n)), ..earlier(AlertState::Snoozed) };
        assert_eq!(now(Some(&until(1)), Some(&stale(60)), true), Transition::Nothing);
        assert_eq!(now(Some(&until(0)), Some(&stale(21)), true), Transition::Wake);
    }

    #[test]
    fn quiet_periods_hold() {
        let ended = |days: i64, dismissed| Earlier {
            ended_at: Some(day(-days)),
            dismissed,
            ..earlier(if dismissed.is_some() { AlertState::Dismissed } else { AlertState::Resolved })
        };
        let again = |earlier: &Earlier| now(Some(earlier), Some(&stale(21)), true);
        assert_eq!(again(&ended(0, None)), Transition::Nothing);
        assert_eq!(again(&ended(1, None)), Transition::Raise);
        assert_eq!(again(&ended(13, Some(DismissReason::Useful))), Transition::Nothing);
        assert_eq!(again(&ended(14, Some(DismissReason::Useful))), Transition::Raise);
        assert_eq!(again(&ended(29, Some(DismissReason::Wrong))), Transition::Nothing);
        assert_eq!(now(Some(&ended(2, Some(DismissReason::Wrong))), Some(&stale(40)), true), Transition::Raise, "twice as bad");
    }
}
