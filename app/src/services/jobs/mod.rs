//! Work that requests do not wait for.
//!
//! A change writes what it makes necessary into the `outbox`, in its own transaction ([`Job::put`]). A running server relays it
//! into the queues of apalis, which live in the same database ([`relay`]); its workers run it ([`run`]). So nothing is lost
//! whenever a process dies, and what is done twice does no harm: every job brings something up to date. A job that fails goes back
//! to the outbox with a delay; after [`ATTEMPTS`] it stays in its queue as failed, for an admin to look at ([`view`]).

mod lane;
mod relay;
mod retention;
mod run;
mod view;

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use lane::Lane;
pub use run::Schedules;

use crate::{
    domain::{Instant, error::AppError},
    services::{
        ServiceError,
        alerts::SweepCause,
        app::{App, Clock},
        similarity::engine::Engine,
    },
    store::{Store, StoreError, jobs::outbox, models::trainings},
};

/// Asking for work that requests do not wait for, and looking at it.
#[derive(Clone)]
pub struct Jobs {
    store: Store,
    engine: Arc<Engine>,
    clock: Clock,
}

impl Jobs {
    pub(in crate::services) fn of(app: &App) -> Self {
        Self { store: app.store.clone(), engine: app.engine.clone(), clock: app.clock }
    }
}

/// How often a job is tried.
pub const ATTEMPTS: i32 = 5;
/// Minutes between two sweeps where the settings say nothing else.
pub const SWEEP_MINUTES: u32 = 30;
/// A lease is renewed this often, and runs out after so long without.
const RENEW: Duration = Duration::from_secs(20);
const LEASE: TimeDelta = TimeDelta::seconds(90);

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
    /// Removes what is no longer needed.
    Tidy,
}

impl Job {
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
            Self::Tidy => "Tidy up",
        }
    }

    fn to_json(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }

    fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Writes that it is to be done, in the caller's transaction.
    pub async fn put(self, db: &impl ConnectionTrait, now: Instant) -> Result<(), StoreError> {
        outbox::put(db, self.to_json(), 0, now, now).await
    }
}

/// A job in a queue, with how often it was tried before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    #[serde(flatten)]
    pub job: Job,
    pub attempt: i32,
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

    /// Tells the relay of this process that the outbox has something; others look by themselves.
    pub(super) fn wake_jobs(&self) {
        self.engine.jobs.notify_one();
    }

    /// Does what at most one may do at a time, whatever the number of servers; `None` where somebody else is at it. Who has not
    /// renewed the lease for [`LEASE`] has died.
    pub(super) async fn with_lease<T>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<Option<T>, ServiceError> {
        let holder = Uuid::now_v7().to_string();
        let db = self.store.db();
        // Of the wall's clock: a lease is about processes, not about deals.
        if !outbox::take_lease(db, name, &holder, Utc::now(), LEASE).await? {
            return Ok(None);
        }
        let renewing = async {
            loop {
                tokio::time::sleep(RENEW).await;
                if let Err(error) = outbox::take_lease(db, name, &holder, Utc::now(), LEASE).await {
                    tracing::warn!(name, %error, "a lease could not be renewed");
                }
            }
        };
        let done = tokio::select! {
            done = work => done,
            () = renewing => unreachable!("renewing never ends"),
        };
        outbox::give_lease_back(db, name, &holder).await?;
        done.map(Some)
    }
}

impl App {
    /// Does a job, however often it was tried. What fails is put back with a delay, or after the last attempt is an error.
    async fn work_on(&self, queued: Queued) -> Result<String, ServiceError> {
        let Queued { job, attempt } = queued;
        let error = match self.perform(job).await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        tracing::warn!(job = job.name(), attempt, %error, "job failed");
        if attempt + 1 >= ATTEMPTS {
            return Err(error);
        }
        let now = self.clock.now();
        let delay = backoff(attempt);
        outbox::put(self.store.db(), job.to_json(), attempt + 1, now, now + delay).await?;
        Ok(format!("Failed, to be tried again in {} s: {error}", delay.num_seconds()))
    }

    async fn perform(&self, job: Job) -> Result<String, ServiceError> {
        let mut silent = |_: u64, _: u64, _: &str| {};
        Ok(match job {
            Job::Embed => {
                let embedded = self.similarity().embed_backlog(&mut silent).await?;
                self.similarity().index_backlog().await?;
                format!("{embedded} deals embedded")
            }
            Job::Score => {
                let report = self.scoring().score_open(&mut silent).await?;
                format!("{} of {} open deals scored anew", report.computed, report.deals)
            }
            Job::Sweep { cause } => match self.alerts().sweep(cause).await {
                Ok(report) => format!(
                    "{} deals in {} ms: {} raised, {} worse, {} woken, {} resolved",
                    report.deals, report.milliseconds, report.raised, report.worsened, report.woken, report.resolved
                ),
                // Another server does it.
                Err(ServiceError::Refused(why)) => why,
                Err(error) => return Err(error),
            },
            Job::Digest => format!("{} mails planned", self.notifications().plan_digests().await?),
            Job::Deliver => self.notifications().deliver_due().await?,
            Job::Backtest => format!("{} deals replayed", self.alerts().backtest().await?.backtest.deals),
            Job::Train => self.models().run_training().await?,
            Job::Learn => self.models().look_after_model().await?,
            Job::Tidy => format!("{}; {}", self.jobs().tidy().await?, self.jobs().forget_the_past().await?),
        })
    }

    /// Prepares a running server's jobs: their tables, and whatever was left undone when the last one stopped.
    pub async fn prepare_jobs(&self) -> Result<(), ServiceError> {
        lane::set_up(&self.store).await?;
        let now = self.clock.now();
        let first = self.alerts().newest_backtest().await?.is_none().then_some(Job::Backtest);
        let unseen = trainings::drift_runs(self.store.db(), 1).await?.is_empty().then_some(Job::Learn);
        for job in [Job::Embed, Job::Score, Job::Sweep { cause: SweepCause::Schedule }, Job::Deliver].into_iter().chain(first).chain(unseen)
        {
            job.put(self.store.db(), now).await?;
        }
        Ok(())
    }
}

/// How long a stopping server waits for running jobs; what takes longer is handed back.
pub const STOP_WITHIN: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_survive_storage() {
        for job in [Job::Embed, Job::Sweep { cause: SweepCause::Demand }, Job::Train] {
            assert_eq!(Job::from_json(&job.to_json()), Some(job));
            let queued = Queued { job, attempt: 2 };
            let json = serde_json::to_string(&queued).expect("serialises");
            assert_eq!(serde_json::from_str::<Queued>(&json).expect("reads"), queued);
        }
        assert_eq!(Job::from_json(r#"{"job":"from_the_future"}"#), None);
    }

    #[test]
    fn waiting_grows() {
        assert_eq!(backoff(0), TimeDelta::seconds(10));
        assert_eq!(backoff(1), TimeDelta::seconds(40));
        assert_eq!(backoff(3), TimeDelta::seconds(640));
        assert!(backoff(100) <= TimeDelta::days(10));
    }
}
