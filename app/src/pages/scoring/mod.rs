//! Scoring: what people say of scores.

pub mod feedback;
