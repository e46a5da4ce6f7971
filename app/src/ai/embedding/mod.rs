//! Sentence embeddings: what a deal is about, as a unit vector whose cosine tells how alike two deals are.

mod fake;
mod minilm;
mod model_files;
mod text;

use std::path::PathBuf;

use thiserror::Error;

pub use fake::FakeEmbedder;
pub use minilm::MiniLm;
pub use model_files::ModelFiles;
pub use text::{DealText, text_for_embedding, text_hash};

/// Turns texts into vectors of length 1. Synchronous and CPU-bound: call it off the async threads.
pub trait Embedder: Send + Sync {
    /// How many numbers a vector has.
    fn dimensions(&self) -> usize;

    /// Names the model and its weights; vectors of different names must not be compared.
    fn model_name(&self) -> &str;

    /// One unit vector for each text, in the texts' order.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// Why there is no embedding.
#[derive(Debug, Error)]
pub enum EmbedError {
    #[error("the embedding model is not installed: {} is missing; run `cargo xtask setup` to fetch it", path.display())]
    MissingFile { path: PathBuf },
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// The library does not load, is no ONNX Runtime, or is too old.
    #[error("ONNX Runtime cannot be used: {reason}; run `cargo xtask setup` to fetch version 1.24")]
    Runtime { reason: String },
    /// The model's files are there but make no model.
    #[error("the embedding model cannot be loaded: {reason}; run `cargo xtask setup` to fetch it again")]
    Model { reason: String },
    #[error("the texts could not be embedded: {reason}")]
    Embed { reason: String },
}
