//! Trainings that are asked for: one waits or runs at most, tells how far it is, and can be cancelled.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use tokio::sync::watch;

use crate::{
    ai::learning::{half_life_days, keeps_recency},
    domain::{
        Instant,
        error::AppError,
        ids::{TrainingId, UserId},
        models::{ModelState, TrainCause, TrainingState},
        people::{Action, Viewer},
    },
    services::{
        ServiceError, TrainReport, TrainRequest,
        jobs::Job,
        models::{Models, train::LEASE},
    },
    store::{StoreError, models::trainings, people, scoring::scores},
};

/// How often a training says how far it is, and looks whether it is to stop.
const TELL: Duration = Duration::from_millis(700);

/// How far a training is: done, total, what it does.
type Far = (u64, u64, String);

impl Models {
    /// Asks for a training with the usual settings; for admins. A job does it.
    pub async fn ask_for_training(&self, viewer: &Viewer) -> Result<(), AppError> {
        viewer.must(Action::ManageModels)?;
        if self.ask_training(TrainCause::Hand, Some(viewer.id)).await? {
            Ok(())
        } else {
            Err(AppError::Conflict("A training is under way already; its result will be on this page.".into()))
        }
    }

    /// Asks for a training; tells whether none was under way.
    pub(crate) async fn ask_training(&self, cause: TrainCause, by: Option<UserId>) -> Result<bool, ServiceError> {
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        let asked = trainings::ask(&tx, cause, by, now).await?;
        if asked {
            Job::Train.put(&tx, now).await?;
            people::audit(&tx, now, by, "training.ask", None, Some(cause.into_str().into())).await?;
        }
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(asked)
    }

    /// Asks a training to stop; for admins. What was there before stays as it is.
    pub async fn cancel_training(&self, viewer: &Viewer, id: TrainingId) -> Result<(), AppError> {
        viewer.must(Action::ManageModels)?;
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        if !trainings::cancel(&tx, id, now).await? {
            return Err(AppError::Conflict("This training is over.".into()));
        }
        people::audit(&tx, now, Some(viewer.id), "training.cancel", Some(id.0), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Does the training that waits; [`ServiceError::Busy`] while another process trains, so that the job comes back: that one may die.
    pub(in crate::services) async fn run_training(&self) -> Result<String, ServiceError> {
        let said = self.jobs.with_lease(LEASE, async |store| self.within(store).next_training().await).await?;
        said.ok_or_else(|| ServiceError::Busy("Another server is training.".into()))
    }

    async fn next_training(&self) -> Result<String, ServiceError> {
        let tx = self.store.begin_write().await?;
        trainings::requeue_orphans(&tx, self.clock.now()).await?;
        let begun = trainings::begin(&tx, self.clock.now()).await?;
        tx.commit().await?;
        let Some((id, cause)) = begun else { return Ok("No training waits.".into()) };
        let trained = self.train_watched(id, cause).await;
        match trained {
            Err(ServiceError::Stopping) => {
                // Not this training's fault: another server, or the next start, does it.
                let tx = self.store.begin_write().await?;
                trainings::hand_back(&tx, id).await?;
                tx.commit().await?;
                return Err(ServiceError::Stopping);
            }
            // Whoever has the lease now has the training too.
            Err(error @ ServiceError::Store(StoreError::LeaseLost(_))) => return Err(error),
            _ => {}
        }
        let (state, model, said) = match &trained {
            Ok(report) => (TrainingState::Done, Some(report.model_version), said_of(report)),
            Err(ServiceError::Cancelled) => (TrainingState::Cancelled, None, "Cancelled; nothing was changed.".into()),
            Err(error) => (TrainingState::Failed, None, error.to_string()),
        };
        let tx = self.store.begin_write().await?;
        trainings::end(&tx, id, state, model, &said, self.clock.now()).await?;
        tx.commit().await?;
        Ok(said)
    }

    /// Trains, and meanwhile tells how far it is and listens whether it is to stop.
    async fn train_watched(&self, id: TrainingId, cause: TrainCause) -> Result<TrainReport, ServiceError> {
        let cancelled = Arc::new(AtomicBool::new(false));
        let request =
            TrainRequest { half_life_days: self.half_life(cause).await?, cancelled: cancelled.clone(), ..TrainRequest::default() };
        let (tell, told) = watch::channel::<Far>((0, 0, String::new()));
        let mut progress = move |done: u64, total: u64, doing: &str| {
            tell.send_replace((done, total, doing.to_owned()));
        };
        tokio::select! {
            trained = self.train_now(request, &mut progress) => trained,
            error = self.follow(id, told, cancelled.clone()) => Err(error),
            () = self.jobs.stop.told() => Err(ServiceError::Stopping),
        }
    }

    /// Says how far a training is; tells whether somebody wants it to stop.
    async fn tell_progress(&self, id: TrainingId, done: u64, total: u64, doing: &str) -> Result<bool, StoreError> {
        let tx = self.store.begin_write().await?;
        let stop = trainings::progress(&tx, id, done, total, doing).await?;
        tx.commit().await?;
        Ok(stop)
    }

    /// Never ends unless the database does not answer.
    async fn follow(&self, id: TrainingId, told: watch::Receiver<Far>, cancelled: Arc<AtomicBool>) -> ServiceError {
        loop {
            tokio::time::sleep(TELL).await;
            let (done, total, doing) = told.borrow().clone();
            match self.tell_progress(id, done, total, &doing).await {
                Ok(stop) => cancelled.fetch_or(stop, Ordering::Relaxed),
                Err(error) => return error.into(),
            };
        }
    }

    /// How fast older deals lose weight: after drift, so that the new world is learned.
    async fn half_life(&self, cause: TrainCause) -> Result<Option<f64>, ServiceError> {
        let now = self.clock.now();
        if !keeps_recency(cause, self.drift_trained_at().await?, now) {
            return Ok(None);
        }
        let closed = scores::closed_deals(self.store.db()).await?;
        let day = |at: Instant| (at - now).num_seconds() as f64 / TimeDelta::days(1).num_seconds() as f64;
        let days: Vec<f64> = closed.into_iter().filter_map(|(_, closed_at)| closed_at.map(day)).collect();
        Ok(half_life_days(&days))
    }
}

/// What came of a training, in words.
fn said_of(report: &TrainReport) -> String {
    let became = match report.state {
        ModelState::Champion => "scores the deals from now on",
        ModelState::Challenger => "is the challenger now",
        ModelState::Candidate | ModelState::Retired => "is not used",
    };
    format!("Model {} {became}. {}", report.model_version, report.reason)
}
