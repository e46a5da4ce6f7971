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
        let bytes = self.artifacts.get(&artifact).await?;
        ScoringModel::from_bytes(&bytes).map_err(|error| {
            ServiceError::Engine(format!("model {version} cannot be used ({error}); publish another version, or train again"))
        })
    }
}
