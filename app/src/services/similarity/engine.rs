//! What similarity needs at run time: the embedding model and the vector index. Each is loaded on first use; what is missing is
//! said, not fatal.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use crate::{
    ai::embedding::{Embedder, MiniLm, ModelFiles},
    services::similarity::index::LocalIndex,
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

/// Embedding model and vector index, shared by all requests.
pub struct Engine {
    source: EmbedderSource,
    loaded: OnceLock<Result<Arc<dyn Embedder>, String>>,
    pub(in crate::services) index: LocalIndex,
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
        Self { source, loaded: OnceLock::new(), index: LocalIndex::new() }
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
