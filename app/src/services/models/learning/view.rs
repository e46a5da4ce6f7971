//! The page on learning.

use chrono::TimeDelta;

use crate::{
    ai::learning::rolling,
    domain::{
        Instant,
        error::AppError,
        models::{CalibrationPoint, ChallengerTestEnding, LearningRules},
        people::{Action, Viewer},
    },
    services::{ServiceError, jobs::Job, models::Models},
    store::{
        StoreError, json,
        latest_summaries::{self, Latest},
        models::{self, challenger_tests, learning_rules, trainings},
        people,
        scoring::predictions,
    },
    views::models::LearningView,
};

/// Rows of each list.
const SHOWN: u64 = 12;
/// Work under this lease is done by one process at a time.
const LEASE: &str = "count calibration";
/// How far back the rolling calibration looks.
const ROLLING: TimeDelta = TimeDelta::days(365);

impl Models {
    /// The page on learning; for managers and admins.
    pub async fn learning_view(&self, viewer: &Viewer) -> Result<LearningView, AppError> {
        viewer.must(Action::SeeModels)?;
        let db = self.store.db();
        let stored = json::or_to_be_saved_again(learning_rules::current(db).await)?;
        let unreadable = stored.is_none();
        let rules = stored.unwrap_or_default();
        let challenger_test = match challenger_tests::present(db).await? {
            Some(challenger_test) => {
                let challenger_test_status = self.challenger_test_status(&challenger_test, &rules.challenger_test).await?;
                Some((challenger_test, challenger_test_status))
            }
            None => None,
        };
        let (rolling_at, rolling) = self.rolling_calibration().await?;
        let over =
            challenger_tests::newest(db, SHOWN).await?.into_iter().filter(|challenger_test| challenger_test.ended_at.is_some()).collect();
        Ok(LearningView {
            champion: models::champion_version(db).await?,
            challenger_test,
            challenger_tests: over,
            trainings: trainings::newest(db, SHOWN).await?,
            rules,
            unreadable,
            closed_since: self.closed_since(self.last_trained_at().await?).await?,
            drift: trainings::drift_runs(db, 1).await?.into_iter().next(),
            rolling_at,
            rolling,
            may_manage: viewer.may(Action::ManageModels),
        })
    }

    /// The calibration of the last year, week by week: of some predictions counted now, of very many as the job counted them last.
    async fn rolling_calibration(&self) -> Result<(Option<Instant>, Vec<CalibrationPoint>), AppError> {
        let (db, now) = (self.store.db(), self.clock.now());
        if self.predictions_are_many().await?
            && let Some((counted_at, rolling)) = latest_summaries::read(db, Latest::Calibration, None).await?
        {
            return Ok((Some(counted_at), rolling));
        }
        Ok((None, rolling(&predictions::live_since(db, now - ROLLING).await?, now)))
    }

    async fn predictions_are_many(&self) -> Result<bool, StoreError> {
        let most = self.counted_by_pages;
        Ok(predictions::count_live(self.store.db(), self.clock.now() - ROLLING, most + 1).await? > most)
    }

    /// Counts the calibration of the last year where there are too many predictions for a page to count; tells whether.
    pub async fn count_calibration(&self) -> Result<bool, ServiceError> {
        let counted = self.jobs.with_lease(LEASE, async |store| {
            if !self.predictions_are_many().await? {
                return Ok(false);
            }
            let now = self.clock.now();
            let live = predictions::live_since(store.db(), now - ROLLING).await?;
            let rolling = tokio::task::spawn_blocking(move || rolling(&live, now)).await?;
            let tx = store.begin_write().await?;
            latest_summaries::keep(&tx, Latest::Calibration, vec![(None, rolling)], now).await?;
            tx.commit().await.map_err(StoreError::from)?;
            Ok(true)
        });
        Ok(counted.await?.unwrap_or_default())
    }

    /// Asks for a look at drift and the challenger at once; for admins. A job does it.
    pub async fn ask_to_look_after_model(&self, viewer: &Viewer) -> Result<(), AppError> {
        viewer.must(Action::ManageModels)?;
        self.jobs.ask_for(Job::Learn).await
    }

    /// When to train and what becomes of challengers, to be changed; where that cannot be read, as in a new workspace. For admins.
    pub async fn learning_rules(&self, viewer: &Viewer) -> Result<LearningRules, AppError> {
        viewer.must(Action::ManageModels)?;
        Ok(json::or_to_be_saved_again(learning_rules::current(self.store.db()).await)?.unwrap_or_default())
    }

    /// Changes when to train and what becomes of challengers; for admins.
    pub async fn set_learning_rules(&self, viewer: &Viewer, rules: LearningRules) -> Result<(), AppError> {
        viewer.must(Action::ManageModels)?;
        check(&rules)?;
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        learning_rules::set(&tx, &rules).await?;
        people::audit(&tx, now, Some(viewer.id), "learning.rules", None, Some(json::write_text("audit_log.detail", &rules)?)).await?;
        // Another share puts other deals into the challenger's hands.
        Job::Score.put(&tx, now).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(())
    }

    /// Makes the challenger the champion, or ends its test; for admins.
    pub async fn decide_challenger_test(&self, viewer: &Viewer, promote: bool) -> Result<(), AppError> {
        viewer.must(Action::ManageModels)?;
        let db = self.store.db();
        let challenger_test = challenger_tests::present(db).await?;
        let challenger_test = challenger_test.ok_or_else(|| AppError::Conflict("No challenger is under test any more.".into()))?;
        if promote {
            return self.publish_model(viewer, challenger_test.challenger).await;
        }
        let said = format!("{} ended the trial.", viewer.name);
        let ended = self.end_challenger_test(&challenger_test, ChallengerTestEnding::Withdrawn, &said, (Some(viewer.id), None)).await?;
        if ended { Ok(()) } else { Err(AppError::Conflict("No challenger is under test any more.".into())) }
    }
}

fn check(rules: &LearningRules) -> Result<(), AppError> {
    if rules.every_days.is_some_and(|days| !(1..=365).contains(&days)) {
        return Err(AppError::invalid("every_days", "Choose 1 to 365 days, or leave it empty."));
    }
    if rules.after_outcomes.is_some_and(|deals| !(10..=100_000).contains(&deals)) {
        return Err(AppError::invalid("after_outcomes", "Choose 10 to 100,000 outcomes, or leave it empty."));
    }
    if rules.share > LearningRules::MAX_SHARE {
        return Err(AppError::invalid("share", format!("Choose 0 to {} %.", LearningRules::MAX_SHARE)));
    }
    if !(30..=rules.challenger_test.max_deals).contains(&rules.challenger_test.first_checkpoint) {
        return Err(AppError::invalid("first_checkpoint", format!("Choose 30 to {} deals.", rules.challenger_test.max_deals)));
    }
    Ok(())
}
