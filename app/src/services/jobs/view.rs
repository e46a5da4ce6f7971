//! The jobs page: queues, what failed, what waits; and a failed job tried again.

use chrono::DateTime;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

use super::{Job, Lane, Queued};
use crate::{
    domain::{
        Instant,
        error::AppError,
        people::{Action, Viewer},
    },
    services::{ServiceError, jobs::Jobs},
    store::{Store, StoreError, jobs::outbox, notifications::deliveries, people, statement},
    views::{
        jobs::{JobView, JobsView, QueueView, WaitingJob},
        notifications::DeliveryView,
    },
};

/// Rows of each of the page's tables.
const SHOWN: u64 = 30;

#[derive(FromQueryResult)]
struct JobRow {
    id: String,
    job_type: String,
    job: Vec<u8>,
    status: String,
    attempts: i32,
    /// Seconds since 1970.
    at: Option<i64>,
    result: Option<String>,
}

#[derive(FromQueryResult)]
struct CountRow {
    job_type: String,
    status: String,
    jobs: i64,
}

/// The queues' tables, which are apalis' own, as this page and the retention need them.
struct Queues<'a>(&'a Store);

impl Queues<'_> {
    fn table(&self) -> &'static str {
        if self.0.backend() == DbBackend::Postgres { "apalis.jobs" } else { "Jobs" }
    }

    fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        statement(self.0.backend(), sql, values)
    }

    /// Whether a server ever prepared them.
    async fn exist(&self) -> Result<bool, StoreError> {
        let sql = match self.0.backend() {
            DbBackend::Postgres => "SELECT 1 AS found FROM information_schema.tables WHERE table_schema = 'apalis' AND table_name = 'jobs'",
            _ => "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'Jobs'",
        };
        Ok(self.0.db().query_one_raw(self.statement(sql, [])).await?.is_some())
    }

    async fn counts(&self) -> Result<Vec<CountRow>, StoreError> {
        let sql = format!("SELECT job_type, status, COUNT(*) AS jobs FROM {} GROUP BY job_type, status", self.table());
        Ok(CountRow::find_by_statement(self.statement(&sql, [])).all(self.0.db()).await?)
    }

    async fn jobs(&self, which: &str) -> Result<Vec<JobRow>, StoreError> {
        let (at, result) = match self.0.backend() {
            DbBackend::Postgres => ("CAST(EXTRACT(EPOCH FROM COALESCE(done_at, lock_at, run_at)) AS BIGINT)", "CAST(last_result AS TEXT)"),
            _ => ("CAST(COALESCE(done_at, lock_at, run_at) AS INTEGER)", "last_result"),
        };
        let sql = format!(
            "SELECT id, job_type, job, status, CAST(attempts AS INTEGER) AS attempts, {at} AS at, {result} AS result \
             FROM {} WHERE {which} ORDER BY 6 DESC LIMIT {SHOWN}",
            self.table()
        );
        Ok(JobRow::find_by_statement(self.statement(&sql, [])).all(self.0.db()).await?)
    }

    /// Removes a failed job and answers what it was.
    async fn take_failed(&self, db: &impl ConnectionTrait, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = format!("DELETE FROM {} WHERE id = ? AND status IN ('Failed', 'Killed') RETURNING job", self.table());
        let row = db.query_one_raw(self.statement(&sql, [id.into()])).await?;
        Ok(row.map(|row| row.try_get("", "job")).transpose()?)
    }

    /// Removes jobs that were done before an instant.
    async fn forget_done(&self, before: Instant) -> Result<u64, StoreError> {
        let done_at = match self.0.backend() {
            DbBackend::Postgres => "CAST(EXTRACT(EPOCH FROM done_at) AS BIGINT)",
            _ => "CAST(done_at AS INTEGER)",
        };
        let sql = format!("DELETE FROM {} WHERE status = 'Done' AND {done_at} < ?", self.table());
        Ok(self.0.db().execute_raw(self.statement(&sql, [before.timestamp().into()])).await?.rows_affected())
    }
}

fn view(row: JobRow) -> JobView {
    let queued: Option<Queued> = serde_json::from_slice(&row.job).ok();
    // apalis keeps `{"Ok": …}` or `{"Err": …}`.
    let result = row.result.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let said = result.as_ref().and_then(|result| result.get("Err").or_else(|| result.get("Ok")));
    JobView {
        id: row.id,
        queue: row.job_type,
        name: queued.map_or("Unknown", |queued| queued.job.name()).into(),
        state: row.status,
        attempts: queued.map_or(row.attempts, |queued| queued.attempt + 1).unsigned_abs(),
        at: row.at.and_then(|at| DateTime::from_timestamp(at, 0)),
        error: said.map(text),
    }
}

impl Jobs {
    /// The jobs page; for admins.
    pub async fn jobs_view(&self, viewer: &Viewer) -> Result<JobsView, AppError> {
        viewer.must(Action::ManageJobs)?;
        let db = self.store.db();
        let queues = Queues(&self.store);
        let exist = queues.exist().await?;
        let (counts, failed, recent) = if exist {
            (
                queues.counts().await?,
                queues.jobs("status IN ('Failed', 'Killed')").await?,
                queues.jobs("status NOT IN ('Failed', 'Killed')").await?,
            )
        } else {
            Default::default()
        };
        let count = |lane: Lane, states: &[&str]| {
            let of = counts.iter().filter(|row| row.job_type == lane.as_str() && states.contains(&row.status.as_str()));
            of.map(|row| row.jobs.unsigned_abs()).sum()
        };
        let queues = Lane::ALL.map(|lane| QueueView {
            name: lane.as_str().into(),
            waiting: count(lane, &["Pending", "Queued"]),
            running: count(lane, &["Running"]),
            done: count(lane, &["Done"]),
            failed: count(lane, &["Failed", "Killed"]),
        });
        let retrying = outbox::retrying(db, SHOWN).await?.into_iter().map(|row| WaitingJob {
            name: Job::from_json(&row.job).map_or("Unknown", Job::name).into(),
            attempt: row.attempt.unsigned_abs() + 1,
            due_at: row.due_at,
        });
        let deliveries = deliveries::newest(db, SHOWN).await?.into_iter().map(|(row, to)| DeliveryView {
            channel: row.channel,
            to: to.unwrap_or_default(),
            subject: row.subject,
            state: row.state,
            attempts: row.attempts.unsigned_abs(),
            repeat: row.repeat,
            at: row.sent_at.unwrap_or(row.due_at),
            error: row.error,
        });
        Ok(JobsView {
            queues: queues.into(),
            failed: failed.into_iter().map(view).collect(),
            recent: recent.into_iter().map(view).collect(),
            retrying: retrying.collect(),
            deliveries: deliveries.collect(),
            retention: kept::retention(db).await?,
        })
    }

    /// Tries a failed job again; for admins.
    pub async fn retry_job(&self, viewer: &Viewer, id: &str) -> Result<(), AppError> {
        viewer.must(Action::ManageJobs)?;
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        let payload = Queues(&self.store).take_failed(&tx, id).await?.ok_or(AppError::NotFound)?;
        let queued: Queued = serde_json::from_slice(&payload)
            .map_err(|_| AppError::Conflict("This version does not know what that job was; it was removed.".into()))?;
        queued.job.put(&tx, now).await?;
        people::audit(&tx, now, Some(viewer.id), "job.retry", None, Some(queued.job.name().into())).await?;
        tx.commit().await?;
        self.wake_jobs();
        Ok(())
    }

    /// Removes jobs that are done.
    pub(super) async fn tidy(&self) -> Result<String, ServiceError> {
        let now = self.clock.now();
        let jobs = Queues(&self.store).forget_done(now - chrono::TimeDelta::days(3)).await?;
        Ok(format!("{jobs} done jobs removed"))
    }
}
