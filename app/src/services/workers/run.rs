//! A running server's workers, one a lane, and its schedules.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use tokio::{sync::watch, task::JoinSet, time::timeout};

use crate::{
    domain::Instant,
    services::{
        ServiceError,
        app::App,
        jobs::{Job, Lane, Recurrence},
        stop::Stop,
    },
    store::jobs::outbox,
};

/// How often a worker looks for what other processes put into the queue, and for what waited for its time.
const POLL: Duration = Duration::from_millis(500);
/// How often schedules are looked at, if nothing is due before.
const LOOK: Duration = Duration::from_secs(30);

/// How long to wait after something went wrong: twice as long each time, up to a minute.
#[derive(Debug, Default)]
struct Patience {
    failures: u32,
}

impl Patience {
    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_secs(60);

    /// Counts a failure: how long to wait, and whether to say so. What goes wrong again and again is said ever more rarely.
    fn failed(&mut self) -> (Duration, bool) {
        self.failures = self.failures.saturating_add(1);
        let wait = Self::FIRST.saturating_mul(1 << (self.failures - 1).min(16)).min(Self::LONGEST);
        (wait, self.failures.is_power_of_two())
    }

    fn went_well(&mut self) {
        self.failures = 0;
    }
}

impl App {
    /// Runs jobs until `stop` resolves. Then running ones give up soon and are handed back, to be taken up again.
    pub async fn run_jobs(self, stop: impl Future<Output = ()> + Send) -> Result<(), ServiceError> {
        let (tell, told) = watch::channel(false);
        let app = self.told_by(Stop::by(told));
        let mut tasks = JoinSet::new();
        for lane in Lane::ALL {
            tasks.spawn(app.clone().run_lane(lane));
        }
        tasks.spawn(app.clone().run_schedules());
        stop.await;
        tell.send_replace(true);
        while let Some(ended) = tasks.join_next().await {
            ended?;
        }
        Ok(())
    }

    /// A lane's worker, until the server stops.
    async fn run_lane(self, lane: Lane) {
        let mut woken = self.wake.listen();
        let mut patience = Patience::default();
        while !self.stop.is_told() {
            // In a task of its own: a worker that panics is one that failed, and not the end of its lane.
            let app = self.clone();
            let worked = tokio::spawn(async move { app.work(lane).await }).await.map_err(ServiceError::from).flatten();
            match worked {
                Ok(true) => patience.went_well(),
                Ok(false) => {
                    patience.went_well();
                    tokio::select! {
                        _ = timeout(POLL, woken.changed()) => {}
                        () = self.stop.told() => {}
                    }
                }
                Err(error) => self.wait_after(&mut patience, &error, lane.as_str()).await,
            }
        }
    }

    /// Waits longer each time something goes wrong, and says so less and less often.
    async fn wait_after(&self, patience: &mut Patience, error: &ServiceError, who: &str) {
        let (wait, say) = patience.failed();
        if say {
            tracing::warn!(who, %error, failures = patience.failures, "the queue cannot be worked on; trying again in {wait:?}");
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.stop.told() => {}
        }
    }

    /// Asks for recurring jobs when they are due, until the server stops.
    async fn run_schedules(self) {
        let all = self.schedules.all();
        let mut asked: HashMap<&'static str, Instant> = HashMap::new();
        let mut unknown = BTreeSet::new();
        let mut patience = Patience::default();
        while !self.stop.is_told() {
            let looked = async {
                for (job, recurrence) in &all {
                    self.ask_when_due(*job, *recurrence, &mut asked).await?;
                }
                self.say_unknown(&mut unknown).await
            };
            match looked.await {
                Ok(()) => patience.went_well(),
                Err(error) => {
                    self.wait_after(&mut patience, &error, "schedules").await;
                    continue;
                }
            }
            let now = self.clock.now();
            let wait = all.iter().map(|(_, recurrence)| recurrence.wait(now)).fold(LOOK, Duration::min);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.told() => {}
            }
        }
    }

    /// Puts a recurring job, once for each of its times among all servers. Of times that passed while no server ran the newest counts.
    async fn ask_when_due(&self, job: Job, recurrence: Recurrence, asked: &mut HashMap<&'static str, Instant>) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let due_at = recurrence.newest(now);
        if asked.get(job.kind()) == Some(&due_at) {
            return Ok(());
        }
        let tx = self.store.begin_write().await?;
        if outbox::advance_schedule(&tx, job.kind(), due_at).await? {
            job.put(&tx, now).await?;
        }
        tx.commit().await?;
        asked.insert(job.kind(), due_at);
        self.jobs().wake_jobs();
        Ok(())
    }

    /// Says once of each kind of job that a newer version left: it waits for a server of that version.
    async fn say_unknown(&self, said: &mut BTreeSet<String>) -> Result<(), ServiceError> {
        for job in outbox::of_other_kinds(self.store.db(), &Job::kinds()).await? {
            if said.insert(job.job.clone()) {
                tracing::warn!(job = job.job, "a job that this version does not know waits for a newer server");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_wrong_at_once_is_tried_a_few_times_and_said_less() {
        let (mut patience, mut passed, mut tries, mut lines) = (Patience::default(), Duration::ZERO, 0, 0);
        while passed < Duration::from_secs(3_600) {
            let (wait, say) = patience.failed();
            passed += wait;
            tries += 1;
            lines += u32::from(say);
            if passed < Duration::from_secs(20) {
                assert!(tries <= 6, "{tries}");
            }
        }
        assert!(tries < 80 && lines <= 7, "{tries} tries and {lines} lines in an hour");
        patience.went_well();
        assert_eq!(patience.failed(), (Patience::FIRST, true));
        patience.failures = u32::MAX;
        assert_eq!(patience.failed().0, Patience::LONGEST);
    }
}
