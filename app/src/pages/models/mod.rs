//! The model, how it learns on, and how accurate it was.

pub mod accuracy;
pub mod learning;
pub mod model;
