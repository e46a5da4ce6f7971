//! Work that requests do not wait for.
//!
//! A change writes what it makes necessary into the queue, in its own transaction ([`Job::put`]); a running server's workers take it
//! from there (`services/workers`). So nothing is lost whenever a process dies, and what is done twice does no harm: every job brings something
//! up to date. A job that fails waits for its next attempt; after some attempts it is kept as failed, for an admin to look at
//! ([`view`]).

mod lane;
mod lease_times;
mod leases;
mod retention;
mod schedule;
mod view;
mod wake;

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

pub use lane::Lane;
pub use lease_times::LeaseTimes;
pub use schedule::{Recurrence, Schedules};
pub use wake::Wake;

use crate::{
    domain::{Instant, alerts::SweepCause, error::AppError},
    services::{clock::Clock, stop::Stop},
    store::{
        Store, StoreError,
        jobs::outbox::{self, Wish},
    },
};

/// Asking for work that requests do not wait for, and looking at it.
#[derive(Clone)]
pub struct Jobs {
    pub(super) store: Store,
    pub(super) wake: Wake,
    pub(super) clock: Clock,
    pub(super) lease_times: LeaseTimes,
    /// Tells running work to give up.
    pub(super) stop: Stop,
}

/// Minutes between two sweeps where the settings say nothing else.
pub const SWEEP_MINUTES: u32 = 30;

/// Something to do. All jobs are idempotent: they bring something up to date, whatever the state they find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Embeds the deals that wait, and tells the index.
    Embed,
    /// Brings the open deals' scores up to date.
    Score,
    /// Looks for what is wrong with open deals.
    Sweep { cause: SweepCause },
    /// Plans the daily mails that are due.
    Digest,
    /// Sends what is due by e-mail and Slack.
    Deliver,
    /// Replays the rules over closed deals.
    Backtest,
    /// Trains the model that was asked for.
    Train,
    /// Looks for drift, judges the challenger, and asks for a training where one is due.
    Learn,
    /// Counts past months that changed, for the pages that show years.
    Count,
    /// Removes what is no longer needed.
    Tidy,
}

impl Job {
    const ONE_OF_EACH_KIND: [Self; 10] = [
        Self::Embed,
        Self::Score,
        Self::Sweep { cause: SweepCause::Schedule },
        Self::Digest,
        Self::Deliver,
        Self::Backtest,
        Self::Train,
        Self::Learn,
        Self::Count,
        Self::Tidy,
    ];

    /// What it does, for the jobs page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embed => "Embed deals",
            Self::Score => "Score deals",
            Self::Sweep { cause: SweepCause::Schedule } => "Sweep",
            Self::Sweep { cause: SweepCause::Demand } => "Sweep on demand",
            Self::Digest => "Plan daily mails",
            Self::Deliver => "Deliver notifications",
            Self::Backtest => "Backtest",
            Self::Train => "Train a model",
            Self::Learn => "Look after the model",
            Self::Count => "Count past months",
            Self::Tidy => "Tidy up",
        }
    }

    /// Its kind as stored, the same as in its JSON: what a version does not know of it leaves to others.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::Score => "score",
            Self::Sweep { .. } => "sweep",
            Self::Digest => "digest",
            Self::Deliver => "deliver",
            Self::Backtest => "backtest",
            Self::Train => "train",
            Self::Learn => "learn",
            Self::Count => "count",
            Self::Tidy => "tidy",
        }
    }

    /// The kinds that this version knows.
    pub fn kinds() -> Vec<&'static str> {
        Self::ONE_OF_EACH_KIND.into_iter().map(Self::kind).collect()
    }

    fn to_json(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }

    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Its name, or what it says of itself where this version does not know it.
    fn name_of(json: &str) -> String {
        Self::from_json(json).map_or_else(|| json.to_owned(), |job| job.name().to_owned())
    }

    /// Writes that it is to be done, in the caller's transaction.
    pub async fn put(self, db: &impl ConnectionTrait, now: Instant) -> Result<(), StoreError> {
        self.put_again(db, 0, now).await
    }

    /// The same for a job that was tried before.
    pub async fn put_again(self, db: &impl ConnectionTrait, attempt: i32, now: Instant) -> Result<(), StoreError> {
        outbox::put(db, Wish { kind: self.kind(), job: self.to_json() }, attempt, now, now).await
    }
}

impl Jobs {
    /// Puts a job that belongs to no other change.
    pub(super) async fn ask_for(&self, job: Job) -> Result<(), AppError> {
        job.put(self.store.db(), self.clock.now()).await?;
        self.wake_jobs();
        Ok(())
    }

    /// Tells the workers of this process that there is something to do; others look by themselves.
    pub(super) fn wake_jobs(&self) {
        self.wake.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_survive_storage() {
        for job in Job::ONE_OF_EACH_KIND.into_iter().chain([Job::Sweep { cause: SweepCause::Demand }]) {
            assert_eq!(Job::from_json(&job.to_json()), Some(job));
            let json: serde_json::Value = serde_json::from_str(&job.to_json()).expect("JSON");
            assert_eq!(json["job"], job.kind(), "kinds are what the JSON says");
        }
        assert_eq!(Job::from_json(r#"{"job":"from_the_future"}"#), None);
    }

    #[test]
    fn every_kind_is_in_one_lane() {
        let mut kinds: Vec<&str> = Lane::ALL.into_iter().flat_map(Lane::kinds).collect();
        kinds.sort_unstable();
        let mut all: Vec<&str> = Job::ONE_OF_EACH_KIND.into_iter().map(Job::kind).collect();
        all.sort_unstable();
        assert_eq!(kinds, all);
        all.dedup();
        assert_eq!(kinds, all);
    }
}
