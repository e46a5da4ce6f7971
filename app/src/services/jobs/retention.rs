//! What becomes of the past: a job of every night deletes what is older than the workspace keeps.

use chrono::TimeDelta;

use crate::{
    ai::thinning::{next_look, superfluous},
    domain::{
        error::AppError,
        people::{Action, Viewer},
        retention::Retention,
    },
    services::{ServiceError, jobs::Jobs},
    store::{
        people,
        retention::{self as kept, Log, ModelTimes},
    },
};

/// Deals whose scores are looked at together.
const DEALS: u64 = 200;
/// Rows deleted in one statement: some milliseconds, so that nobody waits for it.
const ROWS: u64 = 500;

impl Jobs {
    /// How long the past is kept; for admins.
    pub async fn retention(&self, viewer: &Viewer) -> Result<Retention, AppError> {
        viewer.must(Action::ManageJobs)?;
        Ok(kept::retention(self.store.db()).await?)
    }

    /// Changes how long the past is kept; for admins. The next night's job acts on it.
    pub async fn set_retention(&self, viewer: &Viewer, retention: Retention) -> Result<(), AppError> {
        viewer.must(Action::ManageJobs)?;
        retention.check().map_err(|(field, why)| AppError::invalid(field, why))?;
        let tx = self.store.begin_write().await?;
        kept::set_retention(&tx, &retention).await?;
        kept::look_at_all(&tx, self.clock.now().date_naive()).await?;
        let said = serde_json::to_string(&retention).ok();
        people::audit(&tx, self.clock.now(), Some(viewer.id), "retention.change", None, said).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deletes what is older than the workspace keeps, and tells what.
    pub async fn forget_the_past(&self) -> Result<String, ServiceError> {
        let retention = kept::retention(self.store.db()).await?;
        let mut said = format!("{} scores", self.thin_scores(&retention).await?);
        for log in Log::ALL {
            let before = self.clock.now() - TimeDelta::days(log.days(&retention).into());
            let mut gone = 0;
            loop {
                let some = kept::delete_some(self.store.db(), log, before, ROWS).await?;
                gone += some;
                if some < ROWS {
                    break;
                }
            }
            said += &format!(", {gone} {}", log.label());
        }
        Ok(format!("{said} removed"))
    }

    /// Deletes the scores that nothing needs any more, deal by deal, of the deals that are due; tells how many.
    async fn thin_scores(&self, retention: &Retention) -> Result<u64, ServiceError> {
        let (db, now) = (self.store.db(), self.clock.now());
        let models = ModelTimes::load(db).await?;
        let mut gone = 0;
        loop {
            let deals = kept::due(db, now.date_naive(), DEALS).await?;
            if deals.is_empty() {
                return Ok(gone);
            }
            let (mut ids, mut next) = (Vec::new(), Vec::new());
            for mut deal in kept::scores_of(db, &models, &deals).await? {
                let old = superfluous(&deal.scores, deal.closed_at, retention, now);
                ids.extend(old.iter().copied().filter(|id| deal.current != Some(*id)));
                deal.scores.retain(|score| !old.contains(&score.id));
                next.push((deal.id, next_look(&deal.scores, retention, now)));
            }
            for some in ids.chunks(ROWS as usize) {
                gone += kept::delete_scores(db, some).await?;
            }
            kept::look_next(db, &next).await?;
        }
    }
}
