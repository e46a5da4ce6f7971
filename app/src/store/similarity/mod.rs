//! Embeddings.

pub mod embeddings;
