//! The learning loop: trainings that are asked for, challengers under test, drift, and who is in charge of the deals.
//!
//! Every day (or at once on demand) [`Models::look_after_model`] looks for drift, judges the challenger by the deals that closed
//! since, and asks for a training where one is due. A new model begins as challenger: it says what it thinks of every open deal in the
//! shadow, and takes the champion's place by the rule or by hand.

pub mod challenger_test;
mod drift;
mod training;
mod view;

use crate::{
    ai::learning::{Situation, UnderTest, due},
    domain::{Instant, models::TrainCause},
    services::{ServiceError, models::Models},
    store::{
        deals,
        models::{self, challenger_tests, learning_rules, trainings},
        scoring::predictions,
    },
};

impl Models {
    /// Looks for drift, judges the challenger, and asks for a training where one is due; tells in words what was done.
    pub async fn look_after_model(&self) -> Result<String, ServiceError> {
        let said = self.jobs.with_lease("learn", async |store| self.within(store).look_after_model_now().await).await?;
        // Another server does it, or did until it died.
        said.ok_or_else(|| ServiceError::Busy("Another server looks after the model.".into()))
    }

    async fn look_after_model_now(&self) -> Result<String, ServiceError> {
        let judged = self.judge_challenger().await?;
        let drifted = self.look_for_drift().await?;
        let asked = match self.due_training(drifted).await? {
            Some(cause) if self.ask_training(cause, None).await? => format!("A training was asked for: {}.", cause.label().to_lowercase()),
            Some(_) => "A training is under way.".into(),
            None => "No training is due.".into(),
        };
        let drift = if drifted { "Drift was noticed." } else { "No drift was noticed." };
        Ok([judged, drift.into(), asked].join(" "))
    }

    async fn due_training(&self, drifted: bool) -> Result<Option<TrainCause>, ServiceError> {
        let db = self.store.db();
        let rules = learning_rules::current(db).await?;
        let (last_trained_at, drift_trained_at) = (self.last_trained_at().await?, self.drift_trained_at().await?);
        let under_test = match challenger_tests::present(db).await? {
            Some(challenger_test) => Some(UnderTest {
                for_drift: drift_trained_at.is_some_and(|at| challenger_test.began_at >= at),
                deals: predictions::paired(db, challenger_test.champion, challenger_test.challenger).await?.len() as u64,
            }),
            None => None,
        };
        let situation = Situation {
            now: self.clock.now(),
            last_trained_at,
            closed_since: self.closed_since(last_trained_at).await?,
            drifted,
            under_test,
            drift_trained_at,
        };
        Ok(due(&rules, &situation))
    }

    async fn last_trained_at(&self) -> Result<Option<Instant>, ServiceError> {
        // Replays register models as of the past under new versions.
        Ok(models::last_trained(self.store.db()).await?)
    }

    async fn drift_trained_at(&self) -> Result<Option<Instant>, ServiceError> {
        Ok(trainings::last_asked(self.store.db(), TrainCause::Drift).await?)
    }

    /// Deals that closed since an instant, or at all.
    async fn closed_since(&self, since: Option<Instant>) -> Result<u64, ServiceError> {
        Ok(deals::closed_since(self.store.db(), since).await?)
    }
}
