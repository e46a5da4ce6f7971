//! What the jobs page shows.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{Instant, jobs::JobState, retention::Retention},
    views::notifications::DeliveryView,
};

/// A queue of the jobs page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueView {
    pub name: String,
    pub waiting: u64,
    pub running: u64,
    pub done: u64,
    pub failed: u64,
}

/// A job of the jobs page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    pub id: String,
    pub queue: String,
    /// What it does, in words.
    pub name: String,
    pub state: JobState,
    pub attempts: u32,
    pub at: Option<Instant>,
    pub error: Option<String>,
}

/// A change that waits to become a job, or to be tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingJob {
    pub name: String,
    pub attempt: u32,
    pub due_at: Instant,
}

/// The jobs page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobsView {
    pub queues: Vec<QueueView>,
    pub failed: Vec<JobView>,
    pub recent: Vec<JobView>,
    pub retrying: Vec<WaitingJob>,
    /// One of each kind that a newer version left, for a server of that version.
    pub unknown: Vec<WaitingJob>,
    pub deliveries: Vec<DeliveryView>,
    pub retention: Retention,
}
