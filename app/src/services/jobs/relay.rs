//! From the outbox into the queues.

use std::{collections::HashSet, time::Duration};

use super::{Job, Queued, lane};
use crate::{
    services::{App, ServiceError},
    store::jobs::outbox,
};

/// How often the outbox is looked at for what other processes put there, and for what was put back with a delay.
const POLL: Duration = Duration::from_millis(500);
/// Rows taken at a time.
const BATCH: u64 = 5_000;

impl App {
    /// Moves what is due into the queues; the same work asked for many times becomes one job. Pushed first and removed after: a
    /// crash between the two repeats a job, and no job minds.
    pub(super) async fn relay_due(&self) -> Result<u64, ServiceError> {
        let db = self.store.db();
        let due = outbox::due(db, self.clock.now(), BATCH).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let mut known: HashSet<(Job, i32)> = HashSet::new();
        for row in &due {
            match Job::from_json(&row.job) {
                Some(job) => {
                    if known.insert((job, row.attempt)) {
                        lane::push(&self.store, Queued { job, attempt: row.attempt }).await?;
                    }
                }
                None => tracing::warn!(job = row.job, "the outbox holds a job that this version does not know"),
            }
        }
        outbox::remove(db, &due.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
        Ok(due.len() as u64)
    }

    /// Relays until the task is dropped.
    pub(super) async fn run_relay(self) {
        loop {
            match self.relay_due().await {
                Ok(0) => {
                    let _ = tokio::time::timeout(POLL, self.engine.jobs.notified()).await;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the outbox could not be relayed; trying again soon");
                    tokio::time::sleep(POLL * 4).await;
                }
            }
        }
    }
}
