//! The jobs page: queues, what failed, what waits; and a failed job tried again.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{Job, Jobs, Lane};
use crate::{
    domain::{
        error::AppError,
        jobs::JobState,
        people::{Action, Viewer},
    },
    services::ServiceError,
    store::{
        entity::{job, job_run},
        jobs::outbox::{self, Count, Waiting},
        notifications::deliveries,
        people, retention as kept,
    },
    views::{
        jobs::{JobView, JobsView, QueueView, WaitingJob},
        notifications::DeliveryView,
    },
};

/// Rows of each of the page's tables.
const SHOWN: u64 = 30;
/// How long it is known what was done.
const REMEMBERED: TimeDelta = TimeDelta::days(3);

/// The lane of a kind of job.
fn lane_of(kind: &str) -> &'static str {
    Lane::ALL.into_iter().find(|lane| lane.kinds().contains(&kind)).map_or("unknown", <&str>::from)
}

fn ended(run: job_run::Model) -> JobView {
    JobView {
        id: run.id.to_string(),
        queue: lane_of(&run.kind).into(),
        name: Job::name_of(&run.job),
        state: run.state,
        attempts: run.attempts.unsigned_abs(),
        at: Some(run.ended_at),
        error: Some(run.said),
    }
}

fn running(job: job::Model) -> JobView {
    JobView {
        id: job.id.to_string(),
        queue: lane_of(&job.kind).into(),
        name: Job::name_of(&job.job),
        state: JobState::Running,
        attempts: job.attempt.unsigned_abs() + 1,
        at: job.started_at,
        error: None,
    }
}

fn waiting(job: Waiting) -> WaitingJob {
    WaitingJob { name: Job::name_of(&job.job), attempt: job.attempt.unsigned_abs() + 1, due_at: job.due_at }
}

fn queue(lane: Lane, counts: &[Count]) -> QueueView {
    let kinds = lane.kinds();
    let count = |state: JobState| {
        let of = counts.iter().filter(|count| count.state == state && kinds.contains(&count.kind.as_str()));
        of.map(|count| count.jobs.unsigned_abs()).sum()
    };
    QueueView {
        name: lane.into_str().into(),
        waiting: count(JobState::Waiting),
        running: count(JobState::Running),
        done: count(JobState::Done),
        failed: count(JobState::Failed),
    }
}

impl Jobs {
    /// The jobs page; for admins.
    pub async fn jobs_view(&self, viewer: &Viewer) -> Result<JobsView, AppError> {
        viewer.must(Action::ManageJobs)?;
        let db = self.store.db();
        let counts = outbox::counts(db).await?;
        let at_work = outbox::running(db, SHOWN).await?.into_iter().map(running);
        let done = outbox::runs(db, false, SHOWN).await?.into_iter().map(ended);
        let deliveries = deliveries::newest(db, SHOWN).await?.into_iter().map(|(row, to)| DeliveryView {
            channel: row.channel.into_str().to_owned(),
            to: to.unwrap_or_default(),
            subject: row.subject,
            state: row.state.into_str().to_owned(),
            attempts: row.attempts.unsigned_abs(),
            repeat: row.repeat,
            at: row.sent_at.unwrap_or(row.due_at),
            error: row.error,
        });
        Ok(JobsView {
            queues: Lane::ALL.into_iter().map(|lane| queue(lane, &counts)).collect(),
            failed: outbox::runs(db, true, SHOWN).await?.into_iter().map(ended).collect(),
            recent: at_work.chain(done).collect(),
            retrying: outbox::retrying(db, SHOWN).await?.into_iter().map(waiting).collect(),
            unknown: outbox::of_other_kinds(db, &Job::kinds()).await?.into_iter().map(waiting).collect(),
            deliveries: deliveries.collect(),
            retention: kept::retention(db).await?,
        })
    }

    /// Tries a failed job again; for admins.
    pub async fn retry_job(&self, viewer: &Viewer, id: &str) -> Result<(), AppError> {
        viewer.must(Action::ManageJobs)?;
        let id: Uuid = id.parse().map_err(|_| AppError::NotFound)?;
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        let json = outbox::take_failed(&tx, id).await?.ok_or(AppError::NotFound)?;
        // The transaction is given up: what cannot be read stays for who can.
        let job = Job::from_json(&json)
            .ok_or_else(|| AppError::Conflict("This version does not know what that job was; a newer server can try it again.".into()))?;
        job.put(&tx, now).await?;
        people::audit(&tx, now, Some(viewer.id), "job.retry", None, Some(job.name().into())).await?;
        tx.commit().await?;
        self.wake_jobs();
        Ok(())
    }

    /// Removes jobs that are done.
    pub(in crate::services) async fn tidy(&self) -> Result<String, ServiceError> {
        let now = self.clock.now();
        let jobs = outbox::forget_runs(self.store.db(), now - REMEMBERED).await?;
        Ok(format!("{jobs} done jobs removed"))
    }
}
