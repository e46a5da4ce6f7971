//! How far the vectors are.

use crate::{
    domain::{
        error::AppError,
        people::{Action, Viewer},
    },
    services::{
        jobs::Job,
        similarity::{Similarity, index::DIMENSIONS},
    },
    store::{people, similarity::embeddings},
    views::similarity::{EmbeddedBy, EmbeddingsView},
};

impl Similarity {
    /// How many deals are embedded, wait or failed, and by what; for admins.
    pub async fn embeddings_view(&self, viewer: &Viewer) -> Result<EmbeddingsView, AppError> {
        viewer.must(Action::ManageJobs)?;
        let db = self.store.db();
        Ok(EmbeddingsView {
            embedded: embeddings::by_model(db).await?.into_iter().map(|(model, deals)| EmbeddedBy { model, deals }).collect(),
            waiting: embeddings::backlog(db).await?,
            failed: embeddings::failed(db).await?,
            unavailable: self.engine.unavailable(),
            dimensions: DIMENSIONS as u64,
        })
    }

    /// Has all deals embedded anew that failed; for admins. Tells how many.
    pub async fn embed_failed_again(&self, viewer: &Viewer) -> Result<u64, AppError> {
        viewer.must(Action::ManageJobs)?;
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        let asked = embeddings::ask_again(&tx).await?;
        people::audit(&tx, now, Some(viewer.id), "embeddings.again", None, Some(format!("{asked} deals"))).await?;
        Job::Embed.put(&tx, now).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(asked)
    }
}
