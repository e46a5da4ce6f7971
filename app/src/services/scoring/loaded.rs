//! Models at hand: loaded and checked on first use.

use std::sync::Arc;

use crate::{
    ai::model::ScoringModel,
    services::{
        ServiceError,
        scoring::{Scoring, caches::LoadedModel},
    },
    store::models,
};

impl Scoring {
    /// The model of this version, loaded and checked when it is not at hand.
    pub(in crate::services) async fn model(&self, version: i32) -> Result<Arc<LoadedModel>, ServiceError> {
        if let Some(model) = self.caches.models.get(&version) {
            return Ok(model);
        }
        let model = Arc::new(LoadedModel { version, model: self.load_model(version).await? });
        self.caches.models.insert(version, model.clone());
        Ok(model)
    }

    /// Reads a model's artifact and checks it in full: its SHA-256, its format, everything that scoring relies on.
    pub(in crate::services) async fn load_model(&self, version: i32) -> Result<ScoringModel, ServiceError> {
        let registered = models::find(self.store.db(), version).await?;
        let registered = registered.ok_or_else(|| ServiceError::Refused(format!("There is no model {version}.")))?;
        let Some(artifact) = registered.artifact else {
            return Err(ServiceError::Refused(format!("Model {version} cannot score: {}", registered.summary.reason)));
        };
        let unusable = |why: String| ServiceError::UnusableModel { version, why };
        let bytes = self.artifacts.get(&artifact).await.map_err(|error| match error.is_lasting() {
            true => unusable(error.to_string()),
            false => error.into(),
        })?;
        ScoringModel::from_bytes(&bytes).map_err(|error| unusable(error.to_string()))
    }

    /// The champion, if it can be used; while it cannot, deals are scored by their stages' win rates, as before there was one. Where
    /// its artifact is only out of reach, it keeps its place: what scores then fails, and is tried again.
    pub(in crate::services) async fn usable(&self, champion: Option<i32>) -> Option<i32> {
        let version = champion?;
        if self.caches.unusable.contains_key(&version) {
            return None;
        }
        match self.model(version).await {
            Err(error @ ServiceError::UnusableModel { .. }) => {
                tracing::error!(version, %error, "deals are scored by the win rates of their stages");
                self.caches.unusable.insert(version, ());
                None
            }
            Ok(_) | Err(_) => Some(version),
        }
    }
}
