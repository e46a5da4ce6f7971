//! What the engine can do right now.

use crate::{
    domain::error::AppError,
    services::scoring::Scoring,
    store::{
        models::{self, ModelStatus},
        similarity::embeddings,
    },
    views::similarity::{EmbeddingStatus, EngineStatus, ScoringStatus},
};

impl Scoring {
    /// What the engine can do right now, for the pages' notices.
    pub async fn engine_status(&self) -> Result<EngineStatus, AppError> {
        let waiting = embeddings::backlog(self.store.db()).await?;
        let embedding = match (self.similarity.engine.unavailable(), waiting) {
            (Some(why), _) => EmbeddingStatus::Unavailable { why },
            (None, 0) => EmbeddingStatus::Ready,
            (None, waiting) => EmbeddingStatus::Backlog { waiting },
        };
        let status = models::status(self.store.db()).await?;
        let scoring = match (self.usable(status.champion).await, status) {
            (Some(version), _) => ScoringStatus::Model { version },
            (None, ModelStatus { champion: Some(_), .. }) => {
                ScoringStatus::StageRate { why: "The model in use cannot be loaded; an admin can publish another one.".into() }
            }
            (None, ModelStatus { not_ready: Some(why), .. }) => ScoringStatus::StageRate { why },
            (None, ModelStatus { trained: true, .. }) => {
                ScoringStatus::StageRate { why: "The newest model did not pass its checks.".into() }
            }
            (None, _) => ScoringStatus::Untrained,
        };
        Ok(EngineStatus { embedding, scoring })
    }
}
