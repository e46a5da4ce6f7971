//! Models: the registry and the learning loop.

pub mod learning;
pub mod registry;
