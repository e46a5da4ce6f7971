//! The queues, one a lane: what waits in one does not hold up the others. Each runs one job at a time on each server.

use std::time::Duration;

use apalis::prelude::{TaskBuilder, TaskSink};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use sea_orm::DbBackend;

use super::{Job, Queued};
use crate::{services::ServiceError, store::Store};

/// How often a server says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A server that missed so many is taken for dead, and its jobs go to others.
const MISSED: usize = 4;

/// A queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Embeddings and scores.
    Index,
    /// Sweeps, notifications.
    Watch,
    /// What takes minutes.
    Learn,
}

impl Lane {
    pub const ALL: [Lane; 3] = [Self::Index, Self::Watch, Self::Learn];

    pub fn of(job: Job) -> Self {
        match job {
            Job::Embed | Job::Score => Self::Index,
            Job::Sweep { .. } | Job::Digest | Job::Deliver | Job::Tidy => Self::Watch,
            Job::Backtest | Job::Train | Job::Learn => Self::Learn,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Watch => "watch",
            Self::Learn => "learn",
        }
    }
}

fn broken(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Engine(format!("the job queues do not answer: {error}"))
}

/// Makes the queues' tables. Not by apalis' own `setup`: on SQLite that would switch off fsync for a connection of ours.
pub(super) async fn set_up(store: &Store) -> Result<(), ServiceError> {
    match store.backend() {
        DbBackend::Postgres => PostgresStorage::migrations().run(store.db().get_postgres_connection_pool()).await.map_err(broken),
        _ => SqliteStorage::migrations().run(store.db().get_sqlite_connection_pool()).await.map_err(broken),
    }
}

pub(super) fn postgres(store: &Store, lane: Lane) -> PostgresStorage<Queued> {
    let config =
        apalis_postgres::Config::default().queue(lane.as_str()).batch_size(1).heartbeat_interval(HEARTBEAT).missed_heartbeats(MISSED);
    PostgresStorage::new(store.db().get_postgres_connection_pool()).with_config(config)
}

pub(super) fn sqlite(store: &Store, lane: Lane) -> SqliteStorage<Queued> {
    let config =
        apalis_sqlite::Config::default().queue(lane.as_str()).batch_size(1).heartbeat_interval(HEARTBEAT).missed_heartbeats(MISSED);
    SqliteStorage::new(store.db().get_sqlite_connection_pool()).with_config(config)
}

/// Adds a job to its queue. Retries are ours: a job of apalis runs once.
pub(super) async fn push(store: &Store, queued: Queued) -> Result<(), ServiceError> {
    let lane = Lane::of(queued.job);
    let task = TaskBuilder::new(queued).max_attempts(1).build();
    match store.backend() {
        DbBackend::Postgres => postgres(store, lane).push_task(task).await.map_err(broken),
        _ => sqlite(store, lane).push_task(task).await.map_err(broken),
    }
}
