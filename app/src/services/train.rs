//! Training: from the closed deals to a published model, or to an honest "not ready".

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Progress, ServiceError, Services, snapshots::Workspace};
use crate::{
    ai::{
        examples,
        training::{self, TrainOptions},
    },
    domain::Outcome,
    store::models::{self, NewModel},
};

/// What a training run says, as `vectoros train --json` prints it (with the seconds it took).
#[derive(Debug, Clone, Serialize)]
pub struct TrainReport {
    pub model_version: i32,
    pub learner: String,
    /// Whether the model passed its checks and was published.
    pub ready: bool,
    pub reason: String,
    /// Closed deals it learned from.
    pub deals: u64,
    pub won: u64,
    pub lost: u64,
    /// By split; see [`training::Report`].
    pub metrics: serde_json::Value,
}

/// Hexadecimal SHA-256.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Services {
    /// Trains on all closed deals and publishes the model if it passes its checks. Deals that still wait for their embedding
    /// are embedded first, unless `skip_embedding`.
    pub async fn train(&self, seed: u64, skip_embedding: bool, progress: Progress<'_>) -> Result<TrainReport, ServiceError> {
        if !skip_embedding {
            self.embed_backlog(progress).await?;
        }
        progress(0, 1, "reading history");
        let workspace = Workspace::load(self).await?;
        let plan = examples::plan(&workspace.histories, examples::SNAPSHOTS_PER_DEAL, seed);
        let neighbours = workspace.neighbours(self, plan.snapshots(), progress).await?;
        let count = |outcome| workspace.histories.iter().filter(|history| history.outcome == outcome).count() as u64;
        let (won, lost) = (count(Outcome::Won), count(Outcome::Lost));
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let training = tokio::task::spawn_blocking(move || {
            let examples = plan.examples(&workspace.histories, &neighbours, &workspace.stage_order, &workspace.custom);
            let options = TrainOptions { seed, ..TrainOptions::default() };
            training::train(&examples, &options, &mut |done, total, doing| {
                // Nobody listens any more once the caller has given up.
                let _ = tell.send((done, total, doing.to_owned()));
            })
        });
        while let Some((done, total, doing)) = told.recv().await {
            progress(done, total, &doing);
        }
        let trained = training.await?.map_err(|error| ServiceError::Engine(error.to_string()))?;
        let artifact =
            trained.model.as_ref().map(|model| model.to_bytes()).transpose().map_err(|error| ServiceError::Engine(error.to_string()))?;
        let metrics = serde_json::to_value(&trained.report).unwrap_or_default();
        let new = NewModel {
            learner: trained.report.learner.clone(),
            ready: trained.ready,
            reason: (!trained.ready).then(|| trained.reason.clone()),
            report: metrics.clone(),
            artifact_sha256: artifact.as_deref().map(sha256_hex),
            artifact,
        };
        let learner = new.learner.clone();
        let tx = self.store.begin_write().await?;
        let model_version = models::publish(&tx, new, self.now()).await?;
        tx.commit().await?;
        Ok(TrainReport { model_version, learner, ready: trained.ready, reason: trained.reason, deals: won + lost, won, lost, metrics })
    }
}
