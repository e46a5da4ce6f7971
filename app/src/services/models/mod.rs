//! Models: training, the registry, the learning loop, accuracy, and the walk forward through history.

pub mod accuracy;
pub mod examples;
pub mod learning;
pub mod registry;
pub mod train;
pub mod walk_forward;
