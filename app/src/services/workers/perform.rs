//! What each kind of job does.

use uuid::Uuid;

use crate::{
    domain::alerts::SweepCause,
    services::{ServiceError, app::App, jobs::Job},
    store::{jobs::outbox, models::trainings},
};

impl App {
    /// Does a job, and says in words what was done.
    pub(super) async fn perform(&self, job: Job) -> Result<String, ServiceError> {
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
                self.outcomes().count_impact().await?;
                self.models().count_calibration().await?;
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
