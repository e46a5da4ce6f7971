//! A running server's workers and schedules.

use std::{str::FromStr, time::Duration};

use apalis::{
    layers::WorkerBuilderExt,
    prelude::{BackendExt, BoxDynError, Data, Monitor, WorkerBuilder},
};
use apalis_cron::{CronScheduler, Tick};
use chrono::TimeDelta;
use cron::Schedule;
use sea_orm::DbBackend;
use uuid::Uuid;

use super::{Job, Lane, Queued, STOP_WITHIN, SWEEP_MINUTES, lane};
use crate::{
    services::{App, ServiceError, alerts::SweepCause},
    store::jobs::outbox,
};

/// How often a worker looks into its queue.
const POLL: Duration = Duration::from_millis(400);

/// When recurring jobs run: cron expressions with seconds, in UTC.
#[derive(Debug, Clone)]
pub struct Schedules {
    sweep_minutes: u32,
    sweep: Schedule,
}

impl Default for Schedules {
    fn default() -> Self {
        Self::sweeping_every(SWEEP_MINUTES).unwrap_or_else(|_| unreachable!("a schedule of ours"))
    }
}

impl Schedules {
    /// A sweep every so many minutes, 1 to 1,440.
    pub fn sweeping_every(minutes: u32) -> Result<Self, ServiceError> {
        let expression = match minutes {
            1..=59 => format!("0 */{minutes} * * * *"),
            60..=1_440 => format!("0 0 */{} * * *", (minutes / 60).min(23)),
            _ => return Err(ServiceError::Refused("Sweeps run every 1 to 1,440 minutes.".into())),
        };
        Ok(Self { sweep_minutes: minutes, sweep: schedule(&expression)? })
    }

    pub fn sweep_minutes(&self) -> u32 {
        self.sweep_minutes
    }

    fn all(&self) -> Vec<(Job, Schedule)> {
        let fixed = [
            // A new day makes new scores; and what a server that died left behind is found.
            (Job::Score, "0 */10 * * * *"),
            (Job::Embed, "30 */10 * * * *"),
            (Job::Digest, "0 */5 * * * *"),
            (Job::Deliver, "15 * * * * *"),
            (Job::Tidy, "0 17 3 * * *"),
            (Job::Backtest, "0 47 2 * * *"),
            (Job::Learn, "0 17 2 * * *"),
        ];
        let fixed = fixed.into_iter().filter_map(|(job, expression)| Some((job, schedule(expression).ok()?)));
        fixed.chain([(Job::Sweep { cause: SweepCause::Schedule }, self.sweep.clone())]).collect()
    }
}

fn schedule(expression: &str) -> Result<Schedule, ServiceError> {
    Schedule::from_str(expression)
        .map_err(|error| ServiceError::Refused(format!("{expression:?} is no cron expression with seconds: {error}")))
}

/// A queue's job, done by the app.
async fn work(queued: Queued, app: Data<App>) -> Result<String, BoxDynError> {
    // In a task of its own: a panic is this job's failure, not its worker's.
    let app = (*app).clone();
    let done = tokio::spawn(async move { app.work_on(queued).await }).await;
    done.map_err(ServiceError::from).flatten().map_err(Into::into)
}

/// A tick of a schedule: puts the job, once among all servers.
async fn tick(_: Tick, ticking: Data<(App, Job)>) -> Result<(), BoxDynError> {
    let (app, job) = &*ticking;
    app.put_once(*job).await.map_err(Into::into)
}

impl App {
    /// Puts a recurring job unless another server just did. The lease is not given back: it runs out before the next tick.
    async fn put_once(&self, job: Job) -> Result<(), ServiceError> {
        let name = format!("tick:{}", job.name());
        let holder = Uuid::now_v7().to_string();
        let tx = self.store.begin_write().await?;
        if outbox::take_lease(&tx, &name, &holder, self.clock.now(), TimeDelta::seconds(20)).await? {
            job.put(&tx, self.clock.now()).await?;
        }
        tx.commit().await?;
        self.jobs().wake_jobs();
        Ok(())
    }

    /// Runs jobs until `stop` resolves; then finishes what runs, or hands it back after [`STOP_WITHIN`].
    pub async fn run_jobs(self, stop: impl Future<Output = ()> + Send) -> Result<(), ServiceError> {
        let relay = tokio::spawn(self.clone().run_relay());
        // Names must be new: a server that comes back is not the one that died.
        let run = Uuid::now_v7().simple().to_string();
        let mut monitor = Monitor::new().shutdown_timeout(STOP_WITHIN).should_restart(|_, error| {
            tracing::warn!(%error, "a worker stopped; starting it again");
            true
        });
        for lane in Lane::ALL {
            let app = self.clone();
            let name = move |restart: usize, run: &str| format!("{}-{run}-{restart}", lane.as_str());
            let run = run.clone();
            monitor = match self.store.backend() {
                DbBackend::Postgres => monitor.register(move |restart| {
                    WorkerBuilder::new(name(restart, &run))
                        .backend(lane::postgres(&app.store, lane).poll_with_interval(POLL))
                        .concurrency(1)
                        .data(app.clone())
                        .build(work)
                }),
                _ => monitor.register(move |restart| {
                    WorkerBuilder::new(name(restart, &run))
                        .backend(lane::sqlite(&app.store, lane).poll_with_interval(POLL))
                        .concurrency(1)
                        .data(app.clone())
                        .build(work)
                }),
            };
        }
        for (job, schedule) in self.schedules.all() {
            let app = self.clone();
            let run = run.clone();
            monitor = monitor.register(move |restart| {
                WorkerBuilder::new(format!("{}-{run}-{restart}", job.name()))
                    .backend(CronScheduler::new(schedule.clone()))
                    .data((app.clone(), job))
                    .build(tick)
            });
        }
        let ended = monitor
            .run_with_signal(async {
                stop.await;
                Ok(())
            })
            .await;
        relay.abort();
        ended.map_err(|error| ServiceError::Engine(format!("the jobs stopped: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_checked() {
        assert!(Schedules::sweeping_every(0).is_err());
        assert!(Schedules::sweeping_every(1_441).is_err());
        assert!(schedule("every now and then").is_err());
        assert_eq!(Schedules::sweeping_every(7).map(|schedules| schedules.sweep_minutes()).ok(), Some(7));
        assert_eq!(Schedules::default().all().len(), 8, "all expressions of ours are read");
    }
}
