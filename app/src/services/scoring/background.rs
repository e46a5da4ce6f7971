//! Keeping the open deals' scores up to date: on demand, and by the jobs of a running server.

use crate::{
    domain::ids::DealId,
    services::{Progress, ServiceError, scoring::Scoring},
    store::{Scope, scoring::scores},
};

/// Deals scored and saved at a time.
const BATCH: u64 = 2_000;

/// What a scoring run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreReport {
    /// Open deals, all of which have an up-to-date score now.
    pub deals: u64,
    /// Those whose score had to be made anew.
    pub computed: u64,
    /// `None`: no model is ready or can be used, the stages' win rates were taken.
    pub model_version: Option<i32>,
}

impl Scoring {
    /// Brings the scores of all open deals up to date.
    pub async fn score_open(&self, progress: Progress<'_>) -> Result<ScoreReport, ServiceError> {
        let score_key = self.score_key(self.clock.now().date_naive()).await?;
        let (deals, stale) = scores::open_and_stale(self.store.db(), &score_key).await?;
        let (mut done, mut computed) = (0, 0);
        progress(0, stale, "deals scored");
        // Each round takes what is still stale. A deal that keeps changing must not keep it from ending.
        while done < stale {
            self.stop.check()?;
            let batch: Vec<DealId> = scores::stale_open(self.store.db(), &score_key, BATCH).await?;
            if batch.is_empty() {
                break;
            }
            done += batch.len() as u64;
            let scoring_states = self.scoring_states(&Scope::All, &batch).await?;
            computed += self.refresh(&score_key, scoring_states, &mut |_, _, _| {}).await?;
            progress(done, stale.max(done), "deals scored");
        }
        if computed > BATCH {
            self.store.analyze().await?;
        }
        Ok(ScoreReport { deals, computed, model_version: score_key.model })
    }
}
