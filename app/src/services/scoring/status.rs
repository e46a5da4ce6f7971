//! What the engine can do right now.

use crate::{
    domain::error::AppError,
    services::scoring::Scoring,
    store::{models, similarity::embeddings},
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
        let unusable = match status.champion {
            Some(version) => self.model(version).await.err().map(|error| error.to_string()),
            None => None,
        };
        let scoring = match (status.champion, status.not_ready, status.trained) {
            (Some(version), ..) if unusable.is_none() => ScoringStatus::Model { version },
            (Some(_), ..) => {
                tracing::warn!(error = unusable, "the champion cannot be used");
                ScoringStatus::StageRate { why: "The model in use cannot be loaded; an admin can publish another one.".into() }
            }
            (None, Some(why), _) => ScoringStatus::StageRate { why },
            (None, None, true) => ScoringStatus::StageRate { why: "The newest model did not pass its checks.".into() },
            (None, None, false) => ScoringStatus::Untrained,
        };
        Ok(EngineStatus { embedding, scoring })
    }
}
