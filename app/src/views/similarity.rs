//! Similar deals, and how far the engine that finds and scores is.

use serde::{Deserialize, Serialize};

use crate::domain::{Instant, deals::Outcome, ids::DealId, money::Money};

/// What the engine can do right now; the pages say so when it is less than everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EngineStatus {
    pub embedding: EmbeddingStatus,
    pub scoring: ScoringStatus,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EmbeddingStatus {
    /// Everything is embedded.
    Ready,
    /// So many deals still wait for their embedding.
    Backlog { waiting: u64 },
    /// The model or its runtime is missing; why, and what to do.
    Unavailable { why: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ScoringStatus {
    /// A trained model scores the deals.
    Model { version: i32 },
    /// No model is ready: scores are stage win rates; why.
    StageRate { why: String },
    /// Nothing was trained yet.
    Untrained,
}

/// The most similar closed deals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SimilarView {
    Found {
        deals: Vec<SimilarDeal>,
    },
    /// This deal's embedding is still being made.
    Waiting,
    /// Its source carries no text to compare.
    NoText,
    Unavailable {
        why: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimilarDeal {
    pub id: DealId,
    pub title: String,
    pub account: Option<String>,
    pub value: Option<Money>,
    pub outcome: Outcome,
    pub closed_at: Option<Instant>,
    pub loss_reason: Option<String>,
    /// Cosine similarity, 0 to 1.
    pub similarity: f64,
}
