//! A worker: takes a lane's jobs one after the other, shows that it lives, and writes down what came of each.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    domain::Instant,
    services::{
        ServiceError,
        app::App,
        jobs::{Job, Lane},
    },
    store::jobs::outbox::{self, Claimed, Ending, Hold},
};

/// How long running jobs may take to give up when the server stops. Then they are dropped, and handed back.
const GIVE_UP: Duration = Duration::from_secs(4);
/// How often a job is tried.
pub const ATTEMPTS: i32 = 5;
/// When work that somebody else is at is looked at again.
const LATER: TimeDelta = TimeDelta::seconds(30);

impl App {
    /// Does the lane's next job; tells whether there was one. Not to be dropped half-way: a stop is told by `self.stop`.
    pub(super) async fn work(&self, lane: Lane) -> Result<bool, ServiceError> {
        let holder = Uuid::now_v7();
        let Some(claimed) = self.claim(lane, holder).await? else { return Ok(false) };
        let Some(job) = Job::from_json(&claimed.job) else {
            // A kind of ours with something in it that is not: another version's, which may read it again.
            tracing::warn!(job = claimed.job, "a job cannot be read; it waits for another version");
            let back = self.clock.now() + TimeDelta::days(1);
            outbox::hand_back(self.store.db(), claimed.id, holder, claimed.attempt, back).await?;
            return Ok(true);
        };
        let started = self.clock.now();
        // In a task of its own: a panic is this job's failure, not its worker's.
        let app = self.clone();
        let mut task = tokio::spawn(async move { app.perform(job).await });
        let out_of_time = async {
            self.stop.told().await;
            sleep(GIVE_UP).await;
        };
        let done = tokio::select! {
            done = &mut task => done.map_err(ServiceError::from).flatten(),
            () = self.lost(&claimed, holder) => {
                task.abort();
                tracing::warn!(job = job.name(), "somebody else took a job over; it is given up here");
                return Ok(true);
            }
            () = out_of_time => {
                task.abort();
                Err(ServiceError::Stopping)
            }
        };
        self.write_down(job, &claimed, holder, started, done).await?;
        Ok(true)
    }

    async fn claim(&self, lane: Lane, holder: Uuid) -> Result<Option<Claimed>, ServiceError> {
        let kinds = lane.kinds();
        let (now, wall) = (self.clock.now(), Utc::now());
        // A look costs nothing; taking locks.
        if self.stop.is_told() || !outbox::any_due(self.store.db(), &kinds, now, wall).await? {
            return Ok(None);
        }
        let tx = self.store.begin_write().await?;
        let claimed = outbox::claim(&tx, &kinds, Hold { holder, until: self.lease_times.until() }, now, wall).await?;
        match claimed {
            Some(claimed) => {
                tx.commit().await?;
                Ok(Some(claimed))
            }
            None => Ok(None),
        }
    }

    /// Shows that the worker lives; resolves once the job is somebody else's.
    async fn lost(&self, claimed: &Claimed, holder: Uuid) {
        loop {
            sleep(self.lease_times.renew).await;
            match outbox::renew(self.store.db(), claimed.id, Hold { holder, until: self.lease_times.until() }).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "a job's hold could not be renewed; trying again"),
            }
        }
    }

    async fn write_down(
        &self,
        job: Job,
        claimed: &Claimed,
        holder: Uuid,
        started: Instant,
        done: Result<String, ServiceError>,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let (ending, said) = match done {
            Ok(said) => (Ending::Done, said),
            Err(ServiceError::Stopping) => {
                outbox::hand_back(self.store.db(), claimed.id, holder, claimed.attempt, now).await?;
                return Ok(());
            }
            // No attempt of ours.
            Err(ServiceError::Busy(_)) => {
                outbox::hand_back(self.store.db(), claimed.id, holder, claimed.attempt, now + LATER).await?;
                return Ok(());
            }
            Err(error) => {
                tracing::warn!(job = job.name(), attempt = claimed.attempt, %error, "job failed");
                let ending = if claimed.attempt + 1 >= ATTEMPTS { Ending::Failed } else { Ending::Retry(now + backoff(claimed.attempt)) };
                (ending, error.to_string())
            }
        };
        let tx = self.store.begin_write().await?;
        if outbox::end(&tx, claimed, holder, ending, said, (started, now)).await? {
            tx.commit().await?;
        }
        Ok(())
    }
}

/// How long to wait before a failed job is tried again: 10 s, 40 s, 2 min 40 s, …
fn backoff(attempt: i32) -> TimeDelta {
    TimeDelta::seconds(10 * 4_i64.pow(attempt.clamp(0, 8) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows() {
        assert_eq!(backoff(0), TimeDelta::seconds(10));
        assert_eq!(backoff(1), TimeDelta::seconds(40));
        assert_eq!(backoff(3), TimeDelta::seconds(640));
        assert!(backoff(100) <= TimeDelta::days(10));
    }
}
