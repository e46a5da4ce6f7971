//! Scores, what models said of deals, and feedback.

pub mod feedback;
pub mod predictions;
pub mod score_key;
pub mod scores;
