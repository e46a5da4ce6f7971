//! VectorOS, the product.

pub mod domain;

#[cfg(feature = "ssr")]
pub mod import;
