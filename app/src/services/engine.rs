//! What the AI module needs at run time: the embedding model, the vector index, the champion. Each is loaded on first use;
//! what is missing is said, not fatal.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, RwLock},
};

use tokio::sync::{Notify, OnceCell};

use super::{ServiceError, Services};
use crate::{
    ai::{
        embedding::{Embedder, MiniLm, ModelFiles},
        model::ScoringModel,
        similarity::{ExactIndex, Hit, IndexError, SimilarQuery, VectorIndex, VectorPoint},
    },
    domain::{AppError, EmbeddingStatus, EngineStatus, Outcome, ScoringStatus},
    store::{
        Store, StoreError,
        embeddings::{self, StoredVector},
        models,
    },
};

/// Length of the vectors.
pub(super) const DIMENSIONS: usize = 384;
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

/// The champion, loaded.
pub(super) struct Champion {
    pub version: i32,
    pub model: ScoringModel,
}

/// The AI module's run-time parts, shared by all requests.
pub struct Engine {
    source: EmbedderSource,
    loaded: OnceLock<Result<Arc<dyn Embedder>, String>>,
    index_dir: Option<PathBuf>,
    index: OnceCell<Arc<dyn VectorIndex>>,
    champion: RwLock<Option<Arc<Champion>>>,
    /// Wakes the embedding worker.
    pub(super) work: Notify,
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
        Self { source, loaded: OnceLock::new(), index_dir, index: OnceCell::new(), champion: RwLock::new(None), work: Notify::new() }
    }

    /// The embedder, loaded on first use; or why there is none. Blocks while loading.
    pub(super) fn embedder(&self) -> Result<Arc<dyn Embedder>, String> {
        self.loaded
            .get_or_init(|| match &self.source {
                EmbedderSource::Given(embedder) => Ok(embedder.clone()),
                EmbedderSource::Missing(why) => Err(why.clone()),
                EmbedderSource::Files(files) => {
                    MiniLm::load(files, None).map(|model| Arc::new(model) as Arc<dyn Embedder>).map_err(|error| error.to_string())
                }
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
    pub(super) async fn index(&self, store: &Store) -> Result<Arc<dyn VectorIndex>, ServiceError> {
        let index = self
            .index
            .get_or_try_init(|| async {
                let dir = self.index_dir.clone();
                let index = tokio::task::spawn_blocking(move || open_index(dir)).await??;
                synchronise(store, index.clone()).await?;
                Ok::<_, ServiceError>(index)
            })
            .await?;
        Ok(index.clone())
    }

    /// The champion, loaded anew when another version was published since.
    pub(super) async fn champion(&self, store: &Store) -> Result<Option<Arc<Champion>>, ServiceError> {
        let Some(version) = models::champion_version(store.db()).await? else { return Ok(None) };
        if let Some(champion) = self.champion.read().ok().and_then(|guard| guard.clone())
            && champion.version == version
        {
            return Ok(Some(champion));
        }
        let Some(stored) = models::champion(store.db()).await? else { return Ok(None) };
        if super::train::sha256_hex(&stored.artifact) != stored.artifact_sha256 {
            return Err(ServiceError::Engine(format!(
                "the artifact of model {} is damaged; train again with `vectoros train`",
                stored.version
            )));
        }
        let model = ScoringModel::from_bytes(&stored.artifact).map_err(|error| {
            ServiceError::Engine(format!("model {} cannot be loaded ({error}); train again with `vectoros train`", stored.version))
        })?;
        let champion = Arc::new(Champion { version: stored.version, model });
        if let Ok(mut guard) = self.champion.write() {
            *guard = Some(champion.clone());
        }
        Ok(Some(champion))
    }
}

fn open_index(dir: Option<PathBuf>) -> Result<Arc<dyn VectorIndex>, ServiceError> {
    let Some(dir) = dir else { return Ok(Arc::new(ExactIndex::new(DIMENSIONS))) };
    open_on_disk(dir)
}

#[cfg(feature = "edge")]
fn open_on_disk(dir: PathBuf) -> Result<Arc<dyn VectorIndex>, ServiceError> {
    use crate::ai::similarity::EdgeIndex;
    match EdgeIndex::open(&dir, DIMENSIONS) {
        Ok(index) => Ok(Arc::new(index)),
        Err(IndexError::InUse { .. }) => {
            tracing::info!("another process has the vector index open; using a copy in memory");
            Ok(Arc::new(ExactIndex::new(DIMENSIONS)))
        }
        Err(error @ IndexError::Corrupt { .. }) => {
            tracing::warn!(%error, "rebuilding the vector index from the database");
            std::fs::remove_dir_all(&dir).map_err(|source| IndexError::Io { path: dir.clone(), source })?;
            Ok(Arc::new(EdgeIndex::open(&dir, DIMENSIONS)?))
        }
        Err(error) => Err(error.into()),
    }
}

/// Built without the embedded engine: exact search in memory takes its place.
#[cfg(not(feature = "edge"))]
fn open_on_disk(_: PathBuf) -> Result<Arc<dyn VectorIndex>, ServiceError> {
    Ok(Arc::new(ExactIndex::new(DIMENSIONS)))
}

/// The database holds the vectors; whatever the index lacks, has too much or knows an older state of is put right.
async fn synchronise(store: &Store, index: Arc<dyn VectorIndex>) -> Result<(), ServiceError> {
    let stored = embeddings::vectors(store.db(), None).await?;
    tokio::task::spawn_blocking(move || {
        let known: std::collections::HashSet<_> = stored.iter().map(|vector| vector.deal).collect();
        let gone: Vec<_> = index.ids()?.into_iter().filter(|id| !known.contains(id)).collect();
        index.remove(&gone)?;
        let points: Vec<VectorPoint> = stored.into_iter().filter(|vector| vector.vector.len() == DIMENSIONS).map(point).collect();
        for some in points.chunks(INDEX_CHUNK) {
            index.upsert(some)?;
        }
        Ok::<_, IndexError>(())
    })
    .await??;
    Ok(())
}

/// A stored vector as the index takes it.
pub(super) fn point(stored: StoredVector) -> VectorPoint {
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

impl Services {
    /// What the engine can do right now, for the pages' notices.
    pub async fn engine_status(&self) -> Result<EngineStatus, AppError> {
        let waiting = embeddings::backlog(self.store.db()).await?;
        let embedding = match (self.engine.unavailable(), waiting) {
            (Some(why), _) => EmbeddingStatus::Unavailable { why },
            (None, 0) => EmbeddingStatus::Ready,
            (None, waiting) => EmbeddingStatus::Backlog { waiting },
        };
        let status = models::status(self.store.db()).await?;
        let scoring = match (status.champion, status.not_ready, status.trained) {
            (Some(version), ..) => ScoringStatus::Model { version },
            (None, Some(why), _) => ScoringStatus::StageRate { why },
            (None, None, true) => ScoringStatus::StageRate { why: "The newest model did not pass its checks.".into() },
            (None, None, false) => ScoringStatus::Untrained,
        };
        Ok(EngineStatus { embedding, scoring })
    }

    /// Similar closed deals; an empty answer where nothing is near.
    pub(super) async fn search(&self, query: SimilarQuery) -> Result<Vec<Hit>, ServiceError> {
        let index = self.engine.index(&self.store).await?;
        Ok(tokio::task::spawn_blocking(move || index.search(&query)).await??)
    }

    /// Tells the index how a deal ended. It runs behind: the database is the truth, and the index is brought in line with it
    /// at the next start if this does not get through.
    pub(super) fn reindex(&self, deal: crate::domain::DealId) {
        let this = self.clone();
        tokio::spawn(async move {
            let done: Result<(), ServiceError> = async {
                let points: Vec<VectorPoint> =
                    embeddings::vectors(this.store.db(), Some(&[deal])).await.map_err(StoreError::from)?.into_iter().map(point).collect();
                let index = this.engine.index(&this.store).await?;
                tokio::task::spawn_blocking(move || index.upsert(&points)).await??;
                Ok(())
            }
            .await;
            if let Err(error) = done {
                tracing::warn!(%error, %deal, "the vector index does not know yet how this deal ended");
            }
        });
    }
}
