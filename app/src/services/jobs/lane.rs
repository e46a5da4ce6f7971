//! The queue's lanes: what waits in one does not hold up the others. Each server works on one job of each lane at a time.

use strum::{IntoStaticStr, VariantArray};

use super::Job;
use crate::domain::variants::all;

/// A lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Lane {
    /// Embeddings and scores.
    Index,
    /// Sweeps, and what follows from them.
    Watch,
    /// Mail and Slack: servers of others, which may take their time.
    Deliver,
    /// What takes minutes.
    Learn,
}

impl Lane {
    pub const ALL: [Self; 4] = all();

    pub fn of(job: Job) -> Self {
        match job {
            Job::Embed | Job::Score => Self::Index,
            Job::Sweep { .. } | Job::Digest | Job::Tidy => Self::Watch,
            Job::Deliver => Self::Deliver,
            Job::Backtest | Job::Train | Job::Learn | Job::Count => Self::Learn,
        }
    }

    /// The kinds of jobs in it.
    pub fn kinds(self) -> Vec<&'static str> {
        Job::ONE_OF_EACH_KIND.into_iter().filter(|job| Self::of(*job) == self).map(Job::kind).collect()
    }
}
