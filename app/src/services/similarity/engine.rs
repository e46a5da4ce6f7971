//! What the AI module needs at run time: the embedding model, the vector index, the champion. Each is loaded on first use;
//! what is missing is said, not fatal.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use moka::sync::Cache;
use tokio::sync::{Notify, OnceCell};

use crate::{
    ai::{
        embedding::{Embedder, MiniLm, ModelFiles},
        model::ScoringModel,
        similarity::{ExactIndex, Hit, IndexError, SimilarQuery, VectorIndex, VectorPoint},
    },
    domain::{deals::Outcome, error::AppError, ids::DealId},
    services::{ServiceError, notifications::Live, similarity::Similarity},
    store::{
        Store, models,
        similarity::embeddings::{self, StoredVector, VectorsOf},
    },
    views::similarity::{EmbeddingStatus, EngineStatus, ScoringStatus},
};

/// Length of the vectors.
pub(in crate::services) const DIMENSIONS: usize = 384;
/// Vectors added to the index at a time.
const INDEX_CHUNK: usize = 1_000;

/// Where the engine finds its files.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Embedding model and ONNX Runtime.
    pub model_dir: PathBuf,
    /// The vector index on disk; `None` keeps it in memory.
    pub index_dir: Option<PathBuf>,
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

/// The vector index as this process has it.
#[derive(Clone)]
struct OpenIndex {
    index: Arc<dyn VectorIndex>,
    /// A copy in memory, since another process has the index: what this one adds the other still has to.
    copy: bool,
}

/// The AI module's run-time parts, shared by all requests.
pub struct Engine {
    source: EmbedderSource,
    loaded: OnceLock<Result<Arc<dyn Embedder>, String>>,
    index_dir: Option<PathBuf>,
    index: OnceCell<OpenIndex>,
    models: Cache<i32, Arc<LoadedModel>>,
    /// Wakes the relay: the outbox has something.
    pub(in crate::services) jobs: Notify,
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
        Self::with_source(source, config.index_dir)
    }

    /// An engine with this embedder and an index in memory.
    pub fn with_embedder(embedder: Arc<dyn Embedder>) -> Self {
        Self::with_source(EmbedderSource::Given(embedder), None)
    }

    fn with_source(source: EmbedderSource, index_dir: Option<PathBuf>) -> Self {
        Self {
            source,
            loaded: OnceLock::new(),
            index_dir,
            index: OnceCell::new(),
            models: Cache::new(MODELS),
            jobs: Notify::new(),
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

    /// The vector index, opened and brought in line with the database on first use. While another process has the folder
    /// (a server that runs), this one searches a copy in memory.
    pub(in crate::services) async fn index(&self, store: &Store) -> Result<Arc<dyn VectorIndex>, ServiceError> {
        Ok(self.open_index(store).await?.index)
    }

    async fn open_index(&self, store: &Store) -> Result<OpenIndex, ServiceError> {
        let open = self.index.get_or_try_init(|| async {
            let dir = self.index_dir.clone();
            let open = tokio::task::spawn_blocking(move || open_index(dir)).await??;
            synchronise(store, open.index.clone()).await?;
            Ok::<_, ServiceError>(open)
        });
        Ok(open.await?.clone())
    }
}

fn open_index(dir: Option<PathBuf>) -> Result<OpenIndex, ServiceError> {
    match dir {
        Some(dir) => open_on_disk(dir),
        None => Ok(OpenIndex { index: Arc::new(ExactIndex::new(DIMENSIONS)), copy: false }),
    }
}

#[cfg(feature = "edge")]
fn open_on_disk(dir: PathBuf) -> Result<OpenIndex, ServiceError> {
    use crate::ai::similarity::EdgeIndex;
    let index: Arc<dyn VectorIndex> = match EdgeIndex::open(&dir, DIMENSIONS) {
        Ok(index) => Arc::new(index),
        Err(IndexError::InUse { .. }) => {
            tracing::info!("another process has the vector index open; using a copy in memory");
            return Ok(OpenIndex { index: Arc::new(ExactIndex::new(DIMENSIONS)), copy: true });
        }
        Err(error @ IndexError::Corrupt { .. }) => {
            tracing::warn!(%error, "rebuilding the vector index from the database");
            EdgeIndex::clear(&dir)?;
            Arc::new(EdgeIndex::open(&dir, DIMENSIONS)?)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(OpenIndex { index, copy: false })
}

/// Built without the embedded engine: exact search in memory takes its place.
#[cfg(not(feature = "edge"))]
fn open_on_disk(_: PathBuf) -> Result<OpenIndex, ServiceError> {
    Ok(OpenIndex { index: Arc::new(ExactIndex::new(DIMENSIONS)), copy: false })
}

/// Adds to the index what it lacks and removes what the database has no more. Stale entries follow with the backlog.
async fn synchronise(store: &Store, index: Arc<dyn VectorIndex>) -> Result<(), ServiceError> {
    let stored = embeddings::vectors(store.db(), VectorsOf::Everything).await?;
    tokio::task::spawn_blocking(move || {
        let indexed: HashSet<DealId> = index.ids()?.into_iter().collect();
        let stored_ids: HashSet<DealId> = stored.iter().map(|vector| vector.deal).collect();
        let gone: Vec<DealId> = indexed.difference(&stored_ids).copied().collect();
        if !gone.is_empty() {
            index.remove(&gone)?;
        }
        upsert(index.as_ref(), stored.into_iter().filter(|vector| !indexed.contains(&vector.deal)))
    })
    .await??;
    Ok(())
}

fn upsert(index: &dyn VectorIndex, stored: impl Iterator<Item = StoredVector>) -> Result<(), IndexError> {
    let points: Vec<VectorPoint> = stored.filter(|vector| vector.vector.len() == DIMENSIONS).map(point).collect();
    points.chunks(INDEX_CHUNK).try_for_each(|some| index.upsert(some))
}

/// A stored vector as the index takes it.
fn point(stored: StoredVector) -> VectorPoint {
    let closed = stored.outcome.is_closed();
    VectorPoint {
        deal: stored.deal,
        vector: stored.vector,
        closed_at: stored.closed_at.filter(|_| closed),
        won: closed.then_some(stored.outcome == Outcome::Won),
    }
}

impl From<IndexError> for ServiceError {
    fn from(error: IndexError) -> Self {
        Self::Engine(error.to_string())
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
        let bytes = self.artifacts.get(&artifact).await?;
        ScoringModel::from_bytes(&bytes).map_err(|error| {
            ServiceError::Engine(format!("model {version} cannot be used ({error}); publish another version, or train again"))
        })
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

    /// Similar closed deals; an empty answer where nothing is near.
    pub(in crate::services) async fn search(&self, query: SimilarQuery) -> Result<Vec<Hit>, ServiceError> {
        let index = self.engine.index(&self.store).await?;
        Ok(tokio::task::spawn_blocking(move || index.search(&query)).await??)
    }

    /// Tells the index of the vectors and outcomes that it does not know yet.
    pub(in crate::services) async fn index_backlog(&self) -> Result<(), ServiceError> {
        let open = self.engine.open_index(&self.store).await?;
        let stored = embeddings::vectors(self.store.db(), VectorsOf::NotIndexed).await?;
        if stored.is_empty() {
            return Ok(());
        }
        let deals: Vec<(DealId, Outcome)> = stored.iter().map(|vector| (vector.deal, vector.outcome)).collect();
        tokio::task::spawn_blocking(move || upsert(open.index.as_ref(), stored.into_iter())).await??;
        if !open.copy {
            embeddings::mark_indexed(self.store.db(), &deals).await?;
        }
        Ok(())
    }
}
