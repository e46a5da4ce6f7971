//! Features of closed deals late in their lives, kept for a while.

use std::{collections::HashMap, sync::Arc, time::Duration};

use moka::sync::Cache;
use tokio::sync::Mutex;

use crate::{
    ai::table::Table,
    domain::{deals::CustomField, ids::DealId},
};

/// A close that was recorded since is missing from the comparisons for so long at most.
const KEPT: Duration = Duration::from_secs(600);

/// Features of closed deals late in their lives.
pub struct Late {
    pub table: Table,
    /// Whether each row was won.
    pub won: Vec<bool>,
    /// The custom fields among the columns.
    pub custom: Vec<CustomField>,
    pub deals: Vec<DealId>,
    pub places: HashMap<DealId, usize>,
    /// Where not all closed deals were looked at: how many of how many.
    pub newest_of: Option<(u64, u64)>,
}

impl Late {
    pub fn row(&self, deal: DealId) -> Option<usize> {
        self.places.get(&deal).copied()
    }

    pub fn deal(&self, row: usize) -> Option<DealId> {
        self.deals.get(row).copied()
    }
}

/// The newest such table, by the epoch of the past it was made from.
pub struct LateFeatures {
    pub kept: Cache<String, Arc<Late>>,
    /// Of those who miss it, one makes it.
    pub making: Mutex<()>,
}

impl Default for LateFeatures {
    fn default() -> Self {
        Self { kept: Cache::builder().max_capacity(1).time_to_live(KEPT).build(), making: Mutex::new(()) }
    }
}
