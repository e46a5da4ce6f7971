//! The queue: what changes make necessary, written in the transaction that makes it so, taken by workers, and what came of it.
//!
//! A row is a wish for a job. A worker that takes one takes all equal wishes with it, and nobody takes an equal one until it is done;
//! what is wished for meanwhile is a row of its own, and runs afterwards. Instants are of two clocks: `due_at` of the services', which
//! tests and demos set; `held_until` of the wall's, since that is about processes.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, SqlErr,
    Value,
    sea_query::{Expr, LockBehavior, LockType, OnConflict},
};
use uuid::Uuid;

use crate::{
    domain::{Instant, jobs::JobState},
    store::{
        IN_LIST, StoreError,
        entity::{job, job_run, job_schedule, outbox},
        statement,
    },
};

/// A job to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub kind: &'static str,
    /// The whole job, as JSON; equal wishes are the same work.
    pub job: String,
}

/// A job that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub job: String,
    /// How often it was tried before.
    pub attempt: i32,
    pub due_at: Instant,
}

/// A job that a worker has.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Claimed {
    pub id: Uuid,
    pub kind: String,
    pub job: String,
    /// How often it was tried before.
    pub attempt: i32,
}

/// A worker's name for one job, and until when it is believed to live without a sign of life.
#[derive(Debug, Clone, Copy)]
pub struct Hold {
    pub holder: Uuid,
    pub until: Instant,
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    Done,
    /// Failed, and to be tried again at an instant.
    Retry(Instant),
    /// Failed for good.
    Failed,
}

impl Ending {
    fn state(&self) -> JobState {
        match self {
            Self::Done => JobState::Done,
            Self::Retry(_) => JobState::Retried,
            Self::Failed => JobState::Failed,
        }
    }
}

/// Writes what is to be done, at once or later.
pub async fn put(db: &impl ConnectionTrait, wish: Wish, attempt: i32, now: Instant, due_at: Instant) -> Result<(), StoreError> {
    job::Entity::insert(job::ActiveModel {
        id: Set(Uuid::now_v7()),
        kind: Set(wish.kind.into()),
        job: Set(wish.job),
        attempt: Set(attempt),
        created_at: Set(now),
        due_at: Set(due_at),
        holder: Set(None),
        held_until: Set(None),
        started_at: Set(None),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Whether a job of these kinds could be taken; to be asked before [`claim`], which locks.
pub async fn any_due(db: &impl ConnectionTrait, kinds: &[&str], now: Instant, wall: Instant) -> Result<bool, StoreError> {
    Ok(next(db, kinds, now, wall, false).await?.is_some())
}

/// The job that has been due longest and is not worked on, as long as no equal one is; one whose worker died is due as well.
async fn next(db: &impl ConnectionTrait, kinds: &[&str], now: Instant, wall: Instant, lock: bool) -> Result<Option<Claimed>, StoreError> {
    let backend = db.get_database_backend();
    let places = vec!["?"; kinds.len()].join(", ");
    let skip = if lock && backend == DbBackend::Postgres { "FOR UPDATE OF j SKIP LOCKED" } else { "" };
    let sql = format!(
        "SELECT j.id, j.kind, j.job, j.attempt FROM job j WHERE j.kind IN ({places}) \
         AND ((j.holder IS NULL AND j.due_at <= ?) OR (j.holder IS NOT NULL AND j.held_until <= ?)) \
         AND NOT EXISTS (SELECT 1 FROM job r WHERE r.job = j.job AND r.holder IS NOT NULL AND r.id <> j.id) \
         ORDER BY j.due_at, j.id LIMIT 1 {skip}"
    );
    let kinds = kinds.iter().map(|kind| Value::from(*kind));
    let values = kinds.chain([Value::from(now), Value::from(wall)]);
    Ok(Claimed::find_by_statement(statement(backend, &sql, values)).one(db).await?)
}

/// Takes the next job of these kinds and all wishes for the same work, in the caller's transaction; `None` where nothing is due, or
/// somebody else was faster.
pub async fn claim(
    db: &impl ConnectionTrait,
    kinds: &[&str],
    hold: Hold,
    now: Instant,
    wall: Instant,
) -> Result<Option<Claimed>, StoreError> {
    let Some(mut next) = next(db, kinds, now, wall, true).await? else { return Ok(None) };
    // Before the equal ones: of two that take equal wishes the unique index lets one go on.
    let taken = job::Entity::update_many()
        .col_expr(job::Column::Holder, Expr::value(hold.holder))
        .col_expr(job::Column::HeldUntil, Expr::value(hold.until))
        .col_expr(job::Column::StartedAt, Expr::value(now))
        .filter(job::Column::Id.eq(next.id))
        .exec(db)
        .await;
    match taken {
        Ok(taken) if taken.rows_affected == 1 => {}
        Ok(_) => return Ok(None),
        Err(error) if is_taken(&error) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    // One that waits to be tried again is done with this one too, which then counts its attempts.
    let mut same = job::Entity::find()
        .filter(job::Column::Job.eq(next.job.as_str()))
        .filter(job::Column::Id.ne(next.id))
        .filter(job::Column::Holder.is_null())
        .filter(Condition::any().add(job::Column::DueAt.lte(now)).add(job::Column::Attempt.gt(0)));
    if db.get_database_backend() == DbBackend::Postgres {
        // Whoever has just chosen one of them waits for this transaction: to wait for theirs in turn would never end.
        same = same.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    let same = same.limit(IN_LIST as u64).all(db).await?;
    if let Some(before) = same.iter().map(|row| row.attempt).max() {
        next.attempt = Ord::max(next.attempt, before);
        job::Entity::update_many()
            .col_expr(job::Column::Attempt, Expr::value(next.attempt))
            .filter(job::Column::Id.eq(next.id))
            .exec(db)
            .await?;
        job::Entity::delete_many().filter(job::Column::Id.is_in(same.iter().map(|row| row.id))).exec(db).await?;
    }
    Ok(Some(next))
}

fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Gives a sign of life; tells whether the job is still the holder's.
pub async fn renew(db: &impl ConnectionTrait, id: Uuid, hold: Hold) -> Result<bool, StoreError> {
    let renewed = job::Entity::update_many()
        .col_expr(job::Column::HeldUntil, Expr::value(hold.until))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::Holder.eq(hold.holder))
        .exec(db)
        .await?;
    Ok(renewed.rows_affected == 1)
}

/// Puts a job back as it was, to be done at an instant; tells whether it was still the holder's.
pub async fn hand_back(db: &impl ConnectionTrait, id: Uuid, holder: Uuid, attempt: i32, due_at: Instant) -> Result<bool, StoreError> {
    let put = job::Entity::update_many()
        .col_expr(job::Column::Holder, Expr::value(None::<Uuid>))
        .col_expr(job::Column::HeldUntil, Expr::value(None::<Instant>))
        .col_expr(job::Column::StartedAt, Expr::value(None::<Instant>))
        .col_expr(job::Column::Attempt, Expr::value(attempt))
        .col_expr(job::Column::DueAt, Expr::value(due_at))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::Holder.eq(holder))
        .exec(db)
        .await?;
    Ok(put.rows_affected == 1)
}

/// Records what came of a job, in the caller's transaction; tells whether it was still the holder's. If not, nothing is recorded:
/// somebody else does it again.
pub async fn end(
    db: &impl ConnectionTrait,
    claimed: &Claimed,
    holder: Uuid,
    ending: Ending,
    said: String,
    (started_at, now): (Instant, Instant),
) -> Result<bool, StoreError> {
    let attempts = claimed.attempt + 1;
    let was_ours = match ending {
        Ending::Retry(due_at) => hand_back(db, claimed.id, holder, attempts, due_at).await?,
        Ending::Done | Ending::Failed => {
            let ours = job::Entity::delete_many().filter(job::Column::Id.eq(claimed.id)).filter(job::Column::Holder.eq(holder));
            ours.exec(db).await?.rows_affected == 1
        }
    };
    if !was_ours {
        return Ok(false);
    }
    if ending == Ending::Failed {
        // The newest failure of a job tells as much as all of them.
        failed(&claimed.job).exec(db).await?;
    }
    job_run::Entity::insert(job_run::ActiveModel {
        id: Set(Uuid::now_v7()),
        kind: Set(claimed.kind.clone()),
        job: Set(claimed.job.clone()),
        state: Set(ending.state()),
        attempts: Set(attempts),
        started_at: Set(started_at),
        ended_at: Set(now),
        said: Set(said),
    })
    .exec_without_returning(db)
    .await?;
    Ok(true)
}

fn failed(job: &str) -> sea_orm::DeleteMany<job_run::Entity> {
    job_run::Entity::delete_many().filter(job_run::Column::Job.eq(job)).filter(job_run::Column::State.eq(JobState::Failed))
}

/// Removes a job that failed for good, to be put again; answers what it was.
pub async fn take_failed(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<String>, StoreError> {
    let run = job_run::Entity::find_by_id(id).filter(job_run::Column::State.eq(JobState::Failed)).one(db).await?;
    let Some(run) = run else { return Ok(None) };
    let removed = job_run::Entity::delete_by_id(id).exec(db).await?.rows_affected;
    Ok((removed == 1).then_some(run.job))
}

/// Forgets what was done, or tried in vain, before an instant; what failed for good stays.
pub async fn forget_runs(db: &impl ConnectionTrait, before: Instant) -> Result<u64, StoreError> {
    let old =
        job_run::Entity::delete_many().filter(job_run::Column::State.ne(JobState::Failed)).filter(job_run::Column::EndedAt.lt(before));
    Ok(old.exec(db).await?.rows_affected)
}

/// The newest runs: those that failed for good, or all others.
pub async fn runs(db: &impl ConnectionTrait, failed: bool, limit: u64) -> Result<Vec<job_run::Model>, StoreError> {
    let state = if failed { job_run::Column::State.eq(JobState::Failed) } else { job_run::Column::State.ne(JobState::Failed) };
    let runs = job_run::Entity::find().filter(state).order_by_desc(job_run::Column::EndedAt).order_by_desc(job_run::Column::Id);
    Ok(runs.limit(limit).all(db).await?)
}

/// What is worked on, the longest first.
pub async fn running(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<job::Model>, StoreError> {
    Ok(job::Entity::find().filter(job::Column::Holder.is_not_null()).order_by_asc(job::Column::StartedAt).limit(limit).all(db).await?)
}

/// What waits to be tried again, soonest first.
pub async fn retrying(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Waiting>, StoreError> {
    let rows = job::Entity::find().filter(job::Column::Attempt.gt(0)).filter(job::Column::Holder.is_null());
    Ok(rows.order_by_asc(job::Column::DueAt).limit(limit).all(db).await?.into_iter().map(waiting).collect())
}

/// What is due and not worked on, the longest first.
pub async fn due(db: &impl ConnectionTrait, now: Instant, limit: u64) -> Result<Vec<Waiting>, StoreError> {
    let rows = job::Entity::find().filter(job::Column::DueAt.lte(now)).filter(job::Column::Holder.is_null());
    Ok(rows.order_by_asc(job::Column::DueAt).limit(limit).all(db).await?.into_iter().map(waiting).collect())
}

/// Jobs of other kinds than these, one of each kind: what a newer version left.
pub async fn of_other_kinds(db: &impl ConnectionTrait, kinds: &[&str]) -> Result<Vec<Waiting>, StoreError> {
    let rows = job::Entity::find().filter(job::Column::Kind.is_not_in(kinds.iter().copied())).order_by_asc(job::Column::Id);
    let mut by_kind = BTreeMap::new();
    for row in rows.limit(IN_LIST as u64).all(db).await? {
        by_kind.entry(row.kind.clone()).or_insert_with(|| waiting(row));
    }
    Ok(by_kind.into_values().collect())
}

fn waiting(row: job::Model) -> Waiting {
    Waiting { job: row.job, attempt: row.attempt, due_at: row.due_at }
}

/// How many jobs of a kind are in a state.
#[derive(Debug, FromQueryResult)]
pub struct Count {
    pub kind: String,
    pub state: JobState,
    pub jobs: i64,
}

pub async fn counts(db: &impl ConnectionTrait) -> Result<Vec<Count>, StoreError> {
    let sql = "SELECT kind, CASE WHEN holder IS NULL THEN 'waiting' ELSE 'running' END AS state, COUNT(*) AS jobs FROM job GROUP BY 1, 2 \
               UNION ALL SELECT kind, state, COUNT(*) AS jobs FROM job_run GROUP BY 1, 2";
    Ok(Count::find_by_statement(statement(db.get_database_backend(), sql, [])).all(db).await?)
}

/// Begins to count a recurring job's times, from `due_at` on; one that was counted before goes on.
pub async fn begin_schedule(db: &impl ConnectionTrait, name: &str, due_at: Instant) -> Result<(), StoreError> {
    let row = job_schedule::ActiveModel { name: Set(name.into()), due_at: Set(due_at) };
    job_schedule::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned()).exec_without_returning(db).await?;
    Ok(())
}

/// Notes that a recurring job was due at an instant; tells whether nobody had noted that, or a later one.
pub async fn advance_schedule(db: &impl ConnectionTrait, name: &str, due_at: Instant) -> Result<bool, StoreError> {
    let advanced = job_schedule::Entity::update_many()
        .col_expr(job_schedule::Column::DueAt, Expr::value(due_at))
        .filter(job_schedule::Column::Name.eq(name))
        .filter(job_schedule::Column::DueAt.lt(due_at))
        .exec(db)
        .await?;
    Ok(advanced.rows_affected == 1)
}

/// What the previous version's servers wrote into their outbox and did not get to: id and job.
pub async fn left_behind(db: &impl ConnectionTrait) -> Result<Vec<(Uuid, String)>, StoreError> {
    let rows = outbox::Entity::find().order_by_asc(outbox::Column::Id).limit(IN_LIST as u64).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.job)).collect())
}

/// Removes what was taken over of [`left_behind`].
pub async fn forget_left_behind(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), StoreError> {
    outbox::Entity::delete_many().filter(outbox::Column::Id.is_in(ids.iter().copied())).exec(db).await?;
    Ok(())
}
