//! What the AI module needs at run time: the embedding model, the vector index, the champion. Each is loaded on first use;
//! what is missing is said, not fatal.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use moka::sync::Cache;
use tokio::sync::{Notify, watch};

use crate::{
    ai::{
        embedding::{Embedder, MiniLm, ModelFiles},
        model::ScoringModel,
    },
    domain::error::AppError,
    services::{
        ServiceError,
        notifications::Live,
        similarity::{Similarity, index::LocalIndex},
    },
    store::{models, similarity::embeddings},
    views::similarity::{EmbeddingStatus, EngineStatus, ScoringStatus},
};

/// Where the engine finds its files.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Embedding model and ONNX Runtime.
    pub model_dir: PathBuf,
}

enum EmbedderSource {
    Files(ModelFiles),
    Given(Arc<dyn Embedder>),
    Missing(String),
}

/// A model, loaded.
pub(in crate::services) struct LoadedModel {
    pub version: i32,
    pub model: ScoringModel,
}

/// Models kept at hand: champion, challenger, and some of the past.
const MODELS: u64 = 6;

/// A model that could not be used is looked at again after so long.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// The AI module's run-time parts, shared by all requests.
pub struct Engine {
    source: EmbedderSource,
    loaded: OnceLock<Result<Arc<dyn Embedder>, String>>,
    pub(in crate::services) index: LocalIndex,
    models: Cache<i32, Arc<LoadedModel>>,
    /// Models that could not be used when last looked at; a mended artifact is found within a minute.
    unusable: Cache<i32, ()>,
    /// Wakes the workers: there is something to do.
    pub(in crate::services) jobs: watch::Sender<u64>,
    /// Wakes whoever passes notifications on.
    pub(in crate::services) notices: Notify,
    /// What open browser tabs listen to.
    pub(in crate::services) live: Live,
}

impl Engine {
    pub fn new(config: EngineConfig) -> Self {
        let source = match ModelFiles::locate(&config.model_dir) {
            Ok(files) => EmbedderSource::Files(files),
            Err(error) => EmbedderSource::Missing(error.to_string()),
        };
        Self::with_source(source)
    }

    /// An engine with this embedder.
    pub fn with_embedder(embedder: Arc<dyn Embedder>) -> Self {
        Self::with_source(EmbedderSource::Given(embedder))
    }

    fn with_source(source: EmbedderSource) -> Self {
        Self {
            source,
            loaded: OnceLock::new(),
            index: LocalIndex::new(),
            models: Cache::new(MODELS),
            unusable: Cache::builder().max_capacity(MODELS).time_to_live(LOOK_AGAIN).build(),
            jobs: watch::Sender::new(0),
            notices: Notify::new(),
            live: Live::default(),
        }
    }

    /// The embedder, loaded on first use; or why there is none. Blocks while loading.
    pub(in crate::services) fn embedder(&self) -> Result<Arc<dyn Embedder>, String> {
        self.loaded
            .get_or_init(|| {
                let loaded = match &self.source {
                    EmbedderSource::Given(embedder) => Ok(embedder.clone()),
                    EmbedderSource::Missing(why) => Err(why.clone()),
                    EmbedderSource::Files(files) => {
                        MiniLm::load(files, None).map(|model| Arc::new(model) as Arc<dyn Embedder>).map_err(|error| error.to_string())
                    }
                };
                if let Err(why) = &loaded {
                    tracing::warn!(%why, "deals cannot be embedded; similarity is missing");
                }
                loaded
            })
            .clone()
    }

    /// Why deals cannot be embedded; `None` as long as nothing speaks against it.
    pub fn unavailable(&self) -> Option<String> {
        match (&self.source, self.loaded.get()) {
            (EmbedderSource::Missing(why), _) | (_, Some(Err(why))) => Some(why.clone()),
            _ => None,
        }
    }
}

impl Similarity {
    /// The model of this version, loaded and checked when it is not at hand.
    pub(in crate::services) async fn model(&self, version: i32) -> Result<Arc<LoadedModel>, ServiceError> {
        if let Some(model) = self.engine.models.get(&version) {
            return Ok(model);
        }
        let model = Arc::new(LoadedModel { version, model: self.load_model(version).await? });
        self.engine.models.insert(version, model.clone());
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
        if self.engine.unusable.contains_key(&version) {
            return None;
        }
        match self.model(version).await {
            Err(error @ ServiceError::UnusableModel { .. }) => {
                tracing::error!(version, %error, "deals are scored by the win rates of their stages");
                self.engine.unusable.insert(version, ());
                None
            }
            Ok(_) | Err(_) => Some(version),
        }
    }

    /// What the engine can do right now, for the pages' notices.
    pub async fn engine_status(&self) -> Result<EngineStatus, AppError> {
        let waiting = embeddings::backlog(self.store.db()).await?;
        let embedding = match (self.engine.unavailable(), waiting) {
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
