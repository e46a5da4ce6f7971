//! Any deal's score as of a past date, with all that it was made from.

use chrono::{NaiveDate, TimeDelta};

use crate::{
    domain::{
        Instant, day_start,
        error::AppError,
        ids::DealId,
        people::Viewer,
        scoring::{InputValue, Score},
    },
    services::{
        ServiceError,
        scoring::{Scoring, compute, refresh::Asked},
    },
    store::{
        Scope, deals,
        models::{self, accuracy},
        scoring::{score_key::ScoreKey, scores},
    },
    views::scoring::PastScoreView,
};

impl Scoring {
    /// The score of a deal that the viewer may see, as of the end of a past day; without a day, as of today.
    pub async fn past_score(&self, viewer: &Viewer, id: DealId, day: Option<NaiveDate>) -> Result<PastScoreView, AppError> {
        let (db, scope, now) = (self.store.db(), Scope::of(viewer), self.clock.now());
        let detail = deals::find(db, &scope, id).await?.ok_or(AppError::NotFound)?;
        let row = detail.row;
        let last = row.closed_at.unwrap_or(now).min(now);
        let first_day = row.created_at.map(|created| created.date_naive());
        let day = day.unwrap_or(last.date_naive());
        if day > now.date_naive() {
            return Err(AppError::invalid("at", "Choose a day that is not in the future."));
        }
        if first_day.is_some_and(|first| day < first) {
            return Err(AppError::invalid("at", "The deal was created later; choose a later day."));
        }
        let at = instant_of(day, now, row.closed_at);
        let shown = self.shown_by(id, at).await?;
        let in_charge = match shown.as_ref().and_then(|score| score.model_version) {
            Some(version) => Some(version),
            None => models::champion_at(db, at).await?,
        };
        let version = match in_charge {
            Some(version) => Some(version),
            None => models::champion_version(db).await?,
        };
        let trained_at = match version {
            Some(version) => models::find(db, version).await?.map(|model| model.summary.trained_at),
            None => None,
        };
        let (recomputed, inputs) = self.recompute(&scope, id, version, at).await?;
        Ok(PastScoreView {
            deal: id,
            title: row.title,
            day,
            at,
            first_day,
            last_day: last.date_naive(),
            shown,
            in_charge,
            recomputed,
            hindsight: trained_at.is_some_and(|trained| trained > at),
            inputs,
        })
    }

    /// The newest score that people saw at an instant.
    async fn shown_by(&self, deal: DealId, at: Instant) -> Result<Option<Score>, AppError> {
        let Some(id) = accuracy::shown_by(self.store.db(), deal, at).await? else { return Ok(None) };
        Ok(scores::by_id(self.store.db(), &[id]).await?.remove(&id).map(|stored| stored.score))
    }

    async fn recompute(&self, scope: &Scope, deal: DealId, model: Option<i32>, at: Instant) -> Result<(Score, Vec<InputValue>), AppError> {
        let scoring_state = self.scoring_states(scope, &[deal]).await?.pop().ok_or(AppError::NotFound)?;
        let model = self.usable(model).await;
        let score_key = ScoreKey { model, ..scoring_state.score_key(at.date_naive()).settled() };
        let asked = [Asked { scoring_state, now: at }];
        let (past, subjects) = self.subjects(&score_key, &asked, &mut |_, _, _| {}).await?;
        let models = self.models_of(&score_key).await?;
        let made = tokio::task::spawn_blocking(move || {
            let inputs = subjects.first().map(|subject| compute::inputs(&past, subject)).unwrap_or_default();
            (models.score(&past, at, subjects).pop(), inputs)
        });
        let (score, inputs) = made.await.map_err(ServiceError::from)?;
        Ok((score.ok_or(AppError::NotFound)?.score, inputs))
    }
}

/// The end of the day, but not in the future, and before the close.
fn instant_of(day: NaiveDate, now: Instant, closed_at: Option<Instant>) -> Instant {
    let just_before = |at: Instant| at - TimeDelta::milliseconds(1);
    let end = just_before(day_start(day.succ_opt().unwrap_or(day)));
    let end = end.min(now);
    closed_at.map_or(end, |closed| end.min(just_before(closed)))
}
