//! Similar deals, and how far the engine that finds and scores is.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Instant,
    deals::{ActivityKind, Outcome},
    ids::DealId,
    money::Money,
};

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
    Found(SimilarDeals),
    /// This deal's embedding is still being made.
    Waiting,
    /// Its source carries no text to compare.
    NoText,
    Unavailable {
        why: String,
    },
}

/// Similar deals, with what all closed deals of the kind came to beside them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimilarDeals {
    /// Most similar first.
    pub deals: Vec<SimilarDeal>,
    pub base_rate: BaseRate,
    /// What the won ones did in the stage that the deal is in; `None` where that cannot be compared.
    pub next: Option<WonNext>,
}

/// Of the closed deals that the viewer may see and that fit the filters, the newest 10,000 at most: how many were won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseRate {
    pub won: u64,
    pub closed: u64,
}

impl BaseRate {
    /// The share that was won; 0 of none.
    pub fn share(self) -> f64 {
        if self.closed == 0 { 0.0 } else { self.won as f64 / self.closed as f64 }
    }
}

/// A closed deal like the one asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimilarDeal {
    pub id: DealId,
    pub title: String,
    pub account: Option<String>,
    pub owner: Option<String>,
    pub value: Option<Money>,
    pub outcome: Outcome,
    pub closed_at: Option<Instant>,
    /// Days from creation to close.
    pub cycle_days: Option<i64>,
    pub loss_reason: Option<String>,
    /// Cosine similarity, 0 to 1.
    pub similarity: f64,
    /// What the two share, in words.
    pub why: Vec<String>,
}

/// What won deals did in a stage, and what this one did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WonNext {
    pub stage: String,
    /// Won deals that went through the stage.
    pub won: u64,
    /// The middle of the days that they stayed in it.
    pub median_days: Option<f64>,
    /// Days that this deal is in it.
    pub days: f64,
    /// Activities are counted in the first so many days of the stage.
    pub window_days: i64,
    pub activities: Vec<ActivitiesThen>,
}

/// Activities of a kind in a stage's first days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivitiesThen {
    pub kind: ActivityKind,
    /// The won deals' mean.
    pub won: f64,
    /// This deal's.
    pub here: u64,
}

/// How far the vectors are, and what makes and finds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingsView {
    /// Deals that have a vector, by the model that made it.
    pub embedded: Vec<EmbeddedBy>,
    /// Deals whose text waits to be embedded.
    pub waiting: u64,
    /// Deals whose text could not be embedded.
    pub failed: u64,
    /// Where nothing can be embedded: why, and what to do.
    pub unavailable: Option<String>,
    /// Numbers of a vector.
    pub dimensions: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmbeddedBy {
    pub model: String,
    pub deals: u64,
}
