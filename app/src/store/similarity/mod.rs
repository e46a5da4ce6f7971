//! Embeddings.

pub mod embeddings;
pub mod found;
