//! When recurring jobs are due: a pure function of the clock, in UTC, the same on every server.
//!
//! What is due at a person's own hour (the daily mail) is looked for every five minutes and decided there
//! (`services/notifications/hours.rs`), so no change of the clocks can leave it out here.

use std::time::Duration;

use chrono::TimeDelta;

use super::{Job, SWEEP_MINUTES};
use crate::{
    domain::{Instant, alerts::SweepCause},
    services::ServiceError,
};

/// When something recurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recurrence {
    /// Every so many seconds, at least one, counted from 1970, and so many seconds later.
    Every { seconds: u32, later: u32 },
    /// Every day at an hour and a minute.
    Daily { hour: u32, minute: u32 },
}

impl Recurrence {
    const fn minutes(minutes: u32) -> Self {
        Self::Every { seconds: minutes * 60, later: 0 }
    }

    /// Seconds between two times, and those from 1970 to one of them.
    fn steps(self) -> (i64, i64) {
        match self {
            Self::Every { seconds, later } => (i64::from(seconds.max(1)), i64::from(later)),
            Self::Daily { hour, minute } => (24 * 3_600, i64::from(hour * 3_600 + minute * 60)),
        }
    }

    /// The newest time, at the latest now.
    pub fn newest(self, now: Instant) -> Instant {
        let (step, offset) = self.steps();
        now - TimeDelta::seconds((now.timestamp() - offset).rem_euclid(step))
            - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos()))
    }

    /// How long it is until the next time; never none.
    pub fn wait(self, now: Instant) -> Duration {
        let next = self.newest(now) + TimeDelta::seconds(self.steps().0);
        (next - now).to_std().unwrap_or_default()
    }
}

/// When recurring jobs run.
#[derive(Debug, Clone)]
pub struct Schedules {
    sweep_minutes: u32,
}

impl Default for Schedules {
    fn default() -> Self {
        Self { sweep_minutes: SWEEP_MINUTES }
    }
}

impl Schedules {
    /// A sweep every so many minutes, 1 to 1,440.
    pub fn sweeping_every(minutes: u32) -> Result<Self, ServiceError> {
        match minutes {
            1..=1_440 => Ok(Self { sweep_minutes: minutes }),
            _ => Err(ServiceError::Refused("Sweeps run every 1 to 1,440 minutes.".into())),
        }
    }

    pub fn sweep_minutes(&self) -> u32 {
        self.sweep_minutes
    }

    /// Every recurring job; no kind of job comes twice.
    pub fn all(&self) -> Vec<(Job, Recurrence)> {
        vec![
            // A new day makes new scores; and what was written past the queue is found.
            (Job::Score, Recurrence::minutes(10)),
            (Job::Embed, Recurrence::Every { seconds: 600, later: 30 }),
            (Job::Digest, Recurrence::minutes(5)),
            (Job::Deliver, Recurrence::Every { seconds: 60, later: 15 }),
            (Job::Count, Recurrence::Every { seconds: 900, later: 45 }),
            (Job::Tidy, Recurrence::Daily { hour: 3, minute: 17 }),
            (Job::Backtest, Recurrence::Daily { hour: 2, minute: 47 }),
            (Job::Learn, Recurrence::Daily { hour: 2, minute: 17 }),
            (Job::Sweep { cause: SweepCause::Schedule }, Recurrence::minutes(self.sweep_minutes)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    use super::*;

    fn recurrences() -> impl Strategy<Value = Recurrence> {
        prop_oneof![
            (1..200_000_u32, 0..200_000_u32).prop_map(|(seconds, later)| Recurrence::Every { seconds, later }),
            (0..24_u32, 0..60_u32).prop_map(|(hour, minute)| Recurrence::Daily { hour, minute }),
        ]
    }

    fn instants() -> impl Strategy<Value = Instant> {
        (0..4_000_000_000_i64, 0..1_000_000_000_u32)
            .prop_filter_map("an instant", |(seconds, nanos)| DateTime::<Utc>::from_timestamp(seconds, nanos))
    }

    proptest! {
        #[test]
        fn times_follow_one_another(recurrence in recurrences(), now in instants(), later in 0..1_000_000_i64) {
            let step = TimeDelta::seconds(recurrence.steps().0);
            let newest = recurrence.newest(now);
            prop_assert!(newest <= now && now < newest + step);
            let wait = TimeDelta::from_std(recurrence.wait(now)).expect("a duration");
            prop_assert!(wait > TimeDelta::zero() && wait <= step);
            // Nothing is left out and nothing comes twice, whenever the clock is looked at.
            prop_assert_eq!(recurrence.newest(now + wait), newest + step);
            prop_assert_eq!(recurrence.newest(newest), newest);
            prop_assert_eq!(recurrence.newest(newest + step - TimeDelta::nanoseconds(1)), newest);
            let afterwards = recurrence.newest(now + TimeDelta::seconds(later));
            prop_assert!(afterwards >= newest);
            prop_assert_eq!((afterwards - newest).num_seconds() % step.num_seconds(), 0);
        }

        #[test]
        fn sweeps_run_exactly_as_often_as_set(minutes in 1..=1_440_u32, now in instants()) {
            let schedules = Schedules::sweeping_every(minutes).expect("allowed");
            let sweep = schedules.all().into_iter().find(|(job, _)| matches!(job, Job::Sweep { .. })).expect("sweeps recur").1;
            let first = sweep.newest(now);
            let second = sweep.newest(first + TimeDelta::minutes(i64::from(minutes)));
            prop_assert_eq!(second - first, TimeDelta::minutes(i64::from(minutes)));
        }
    }

    #[test]
    fn days_have_their_minute() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).expect("an instant").to_utc();
        let daily = Recurrence::Daily { hour: 3, minute: 17 };
        assert_eq!(daily.newest(at("2026-03-29T03:16:59Z")), at("2026-03-28T03:17:00Z"));
        assert_eq!(daily.newest(at("2026-03-29T03:17:00Z")), at("2026-03-29T03:17:00Z"));
        assert_eq!(daily.wait(at("2026-03-29T03:16:30.5Z")), Duration::from_millis(29_500));
    }

    #[test]
    fn settings_are_checked() {
        assert!(Schedules::sweeping_every(0).is_err());
        assert!(Schedules::sweeping_every(1_441).is_err());
        let all = Schedules::default().all();
        let mut kinds: Vec<&str> = all.iter().map(|(job, _)| job.kind()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), all.len(), "a kind's times are counted under its name");
    }
}
