//! How the product would have done: models trained as of past instants, and the scores they would have shown then.
//!
//! A model of an instant learns only from deals that closed before it, and everything it sees is as it was known. What is recorded is
//! marked by dates alone: the model by when it would have been trained, the scores by when they would have been made. Neither the
//! champion nor any deal's present score changes.

use chrono::{Months, NaiveDate, TimeDelta};
use serde::Serialize;

use crate::{
    domain::{Instant, day_start, ids::DealId},
    services::{
        Progress, ServiceError, TrainRequest,
        jobs::Job,
        models::{Models, train::LEASE},
    },
    store::{
        models::accuracy,
        people,
        scoring::{
            predictions,
            score_key::{self, ScoreKey},
            scores,
        },
    },
};

/// Days between two looks at the open deals.
const STEP: TimeDelta = TimeDelta::days(7);

/// What a replay did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayReport {
    /// Versions of the models that were trained as of past instants.
    pub models: Vec<i32>,
    /// Scores of past weeks that were added.
    pub scores: u64,
    /// Past instants for which too few deals had closed.
    pub skipped: u64,
}

impl Models {
    /// Replays the past `months`: at their beginning, and every so many months, a model is trained as of then, and scores every week the
    /// deals that were open. Weeks that have scores made at the time keep them; a second replay adds nothing.
    pub async fn replay(&self, months: u32, every: u32, progress: Progress<'_>) -> Result<ReplayReport, ServiceError> {
        let replayed =
            self.jobs.with_lease(LEASE, async |store| self.within(store).replay_now(months, every.max(1), progress).await).await?;
        replayed.ok_or_else(|| ServiceError::Refused("A training is running; wait until it is done.".into()))
    }

    async fn replay_now(&self, months: u32, every: u32, progress: Progress<'_>) -> Result<ReplayReport, ServiceError> {
        self.similarity.embed_backlog(progress).await?;
        let today = self.clock.now().date_naive();
        let starts: Vec<NaiveDate> =
            (1..=months).rev().step_by(every as usize).filter_map(|back| today.checked_sub_months(Months::new(back))).collect();
        let mut report = ReplayReport { models: Vec::new(), scores: 0, skipped: 0 };
        for (place, from) in starts.iter().enumerate() {
            let until = starts.get(place + 1).copied().unwrap_or(today);
            self.replay_span(*from, until, &mut report, progress).await?;
        }
        self.record_replayed(starts.first().copied().unwrap_or(today)).await?;
        Ok(report)
    }

    /// One model, and the weeks until the next.
    async fn replay_span(
        &self,
        from: NaiveDate,
        until: NaiveDate,
        report: &mut ReplayReport,
        progress: Progress<'_>,
    ) -> Result<(), ServiceError> {
        let weeks: Vec<Instant> =
            from.iter_days().step_by(STEP.num_days() as usize).take_while(|day| *day < until).map(day_start).collect();
        let mut missing = Vec::new();
        for at in weeks {
            // A score made at the time, or by an earlier replay, speaks for its week; one made in hindsight does not.
            if !accuracy::any_between(self.store.db(), at - STEP / 2, at + STEP / 2).await? {
                missing.push(at);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let request = TrainRequest { as_of: Some(day_start(from)), skip_embedding: true, ..TrainRequest::default() };
        let trained = self.train_now(request, progress).await?;
        if !trained.ready {
            report.skipped += 1;
            return Ok(());
        }
        report.models.push(trained.model_version);
        let total = missing.len() as u64;
        for (done, at) in missing.into_iter().enumerate() {
            progress(done as u64, total, "past weeks scored");
            report.scores += self.replay_week(trained.model_version, at).await?;
        }
        Ok(())
    }

    async fn replay_week(&self, model: i32, at: Instant) -> Result<u64, ServiceError> {
        let db = self.store.db();
        let open: Vec<DealId> = scores::open_at(db, at).await?;
        let present = score_key::of_day(db, at.date_naive()).await?.settled();
        let score_key = ScoreKey { model: Some(model), ..present };
        self.scoring.score_past(&score_key, &open, at).await
    }

    /// The last score before each close in the replayed time is its prediction.
    async fn record_replayed(&self, since: NaiveDate) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let closed = scores::closed_deals(self.store.db()).await?;
        let within = closed.into_iter().filter(|(_, closed_at)| closed_at.is_some_and(|at| at >= day_start(since)));
        let ids: Vec<DealId> = within.map(|(deal, _)| deal).collect();
        let tx = self.store.begin_write().await?;
        predictions::record(&tx, &ids).await?;
        people::audit(&tx, now, None, "model.replay", None, None).await?;
        Job::Score.put(&tx, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
