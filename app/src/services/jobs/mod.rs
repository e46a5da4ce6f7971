//! Work that requests do not wait for.
//!
//! A change writes what it makes necessary into the queue, in its own transaction ([`Job::put`]); a running server's workers take it
//! from there ([`run`]). So nothing is lost whenever a process dies, and what is done twice does no harm: every job brings something
//! up to date. A job that fails waits for its next attempt; after [`ATTEMPTS`] it is kept as failed, for an admin to look at
//! ([`view`]).

mod lane;
pub mod leases;
mod retention;
mod run;
mod schedule;
mod view;
mod worker;

use std::sync::Arc;

use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use lane::Lane;
pub use schedule::Schedules;

use self::leases::LeaseTimes;
use crate::{
    domain::{Instant, error::AppError},
    services::{
        ServiceError,
        alerts::SweepCause,
        app::{App, Clock},
        similarity::engine::Engine,
        stop::Stop,
    },
    store::{
        Store, StoreError,
        jobs::outbox::{self, Wish},
        models::trainings,
    },
};

/// Asking for work that requests do not wait for, and looking at it.
#[derive(Clone)]
pub struct Jobs {
    store: Store,
    engine: Arc<Engine>,
    clock: Clock,
    lease_times: LeaseTimes,
    /// Tells running work to give up.
    pub(in crate::services) stop: Stop,
}

impl Jobs {
    pub(in crate::services) fn of(app: &App) -> Self {
        Self {
            store: app.store.clone(),
            engine: app.engine.clone(),
            clock: app.clock,
            lease_times: app.lease_times,
            stop: app.stop.clone(),
        }
    }
}

/// How often a job is tried.
pub const ATTEMPTS: i32 = 5;
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
    fn kinds() -> Vec<&'static str> {
        Self::ONE_OF_EACH_KIND.into_iter().map(Self::kind).collect()
    }

    fn to_json(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }

    fn from_json(json: &str) -> Option<Self> {
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

/// How long to wait before a failed job is tried again: 10 s, 40 s, 2 min 40 s, …
fn backoff(attempt: i32) -> TimeDelta {
    TimeDelta::seconds(10 * 4_i64.pow(attempt.clamp(0, 8) as u32))
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
        self.engine.jobs.send_modify(|wakes| *wakes = wakes.wrapping_add(1));
    }
}

impl App {
    /// Does a job, and says in words what was done.
    async fn perform(&self, job: Job) -> Result<String, ServiceError> {
        let mut silent = |_: u64, _: u64, _: &str| {};
        Ok(match job {
            Job::Embed => {
                let embedded = self.similarity().embed_backlog(&mut silent).await?;
                self.similarity().refresh_index().await?;
                format!("{embedded} deals embedded")
            }
            Job::Score => {
                let report = self.scoring().score_open(&mut silent).await?;
                format!("{} of {} open deals scored anew", report.computed, report.deals)
            }
            Job::Sweep { cause } => {
                let report = self.alerts().sweep(cause).await?;
                format!(
                    "{} deals in {} ms: {} raised, {} worse, {} woken, {} resolved",
                    report.deals, report.milliseconds, report.raised, report.worsened, report.woken, report.resolved
                )
            }
            Job::Digest => format!("{} mails planned", self.notifications().plan_digests().await?),
            Job::Deliver => self.notifications().deliver_due().await?,
            Job::Backtest => format!("{} deals replayed", self.alerts().backtest().await?.backtest.deals),
            Job::Train => self.models().run_training().await?,
            Job::Learn => self.models().look_after_model().await?,
            Job::Count => {
                let months = self.outcomes().count_months().await?;
                let compared = if self.outcomes().prepare_comparisons().await? { ", closed deals compared anew" } else { "" };
                let accuracy = self.models().count_accuracy().await?;
                format!("{months} months of closed deals and {accuracy} of accuracy counted{compared}")
            }
            Job::Tidy => format!("{}; {}", self.jobs().tidy().await?, self.jobs().forget_the_past().await?),
        })
    }

    /// Prepares a running server's jobs: what the state of things asks for, whatever the last server was at when it stopped, and what
    /// the previous version left in its outbox. What that had passed on to its own queue is asked for by the state of things too.
    pub async fn prepare_jobs(&self) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let first = self.alerts().newest_backtest().await?.is_none().then_some(Job::Backtest);
        let unseen = trainings::drift_runs(self.store.db(), 1).await?.is_empty().then_some(Job::Learn);
        let always =
            [Job::Embed, Job::Score, Job::Sweep { cause: SweepCause::Schedule }, Job::Digest, Job::Deliver, Job::Train, Job::Count];
        let tx = self.store.begin_write().await?;
        for job in always.into_iter().chain(first).chain(unseen) {
            job.put(&tx, now).await?;
        }
        let left = outbox::left_behind(&tx).await?;
        let known: Vec<(Uuid, Job)> = left.iter().filter_map(|(id, json)| Some((*id, Job::from_json(json)?))).collect();
        for (_, job) in &known {
            job.put(&tx, now).await?;
        }
        outbox::forget_left_behind(&tx, &known.into_iter().map(|(id, _)| id).collect::<Vec<_>>()).await?;
        for (job, recurrence) in self.schedules.all() {
            outbox::begin_schedule(&tx, job.kind(), recurrence.newest(now)).await?;
        }
        tx.commit().await?;
        Ok(())
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

    #[test]
    fn waiting_grows() {
        assert_eq!(backoff(0), TimeDelta::seconds(10));
        assert_eq!(backoff(1), TimeDelta::seconds(40));
        assert_eq!(backoff(3), TimeDelta::seconds(640));
        assert!(backoff(100) <= TimeDelta::days(10));
    }
}
