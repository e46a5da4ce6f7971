//! Features of closed deals late in their lives, kept for a while.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{
    ai::{outcomes::Compared, table::Table},
    domain::{
        deals::{CustomField, DealQuery},
        ids::DealId,
    },
    store::{Scope, StoreError, outcomes},
};

/// A close that was recorded since is missing from the comparisons for so long at most.
const KEPT: Duration = Duration::from_secs(600);

/// Features of closed deals late in their lives.
#[derive(Serialize, Deserialize)]
pub struct Late {
    pub table: Table,
    /// Whether each row was won.
    pub won: Vec<bool>,
    /// The custom fields among the columns.
    pub custom: Vec<CustomField>,
    pub deals: Vec<DealId>,
    /// Where not all closed deals were looked at: how many of how many.
    pub drawn_of: Option<(u64, u64)>,
}

impl Late {
    pub fn deal(&self, row: usize) -> Option<DealId> {
        self.deals.get(row).copied()
    }

    /// The rows of deals that are closed now and that the deal list shows for a query, the newest close first.
    pub async fn rows_among(&self, db: &impl ConnectionTrait, scope: &Scope, query: &DealQuery) -> Result<Rows, StoreError> {
        let found = outcomes::closed_among(db, scope, query, &self.deals).await?;
        let closed_at = |(row, deal): (usize, &DealId)| found.get(deal).map(|(_, closed_at)| (*closed_at, deal.0, row));
        let mut rows: Vec<_> = self.deals.iter().enumerate().filter_map(closed_at).collect();
        rows.sort_unstable_by(|a, b| b.cmp(a));
        let rows = rows.into_iter().map(|(.., row)| row).collect();
        let mut currencies = found.values().map(|(currency, _)| currency);
        let first = currencies.next();
        Ok(Rows { rows, one_currency: currencies.all(|currency| Some(currency) == first) })
    }
}

/// Rows of the features that are compared.
#[derive(Default)]
pub struct Rows {
    rows: Vec<usize>,
    one_currency: bool,
}

impl Rows {
    pub fn compared<T>(&self, late: &Late, compare: impl FnOnce(&Compared) -> T) -> T {
        let Late { table, won, custom, .. } = late;
        compare(&Compared { table, rows: &self.rows, won, custom, one_currency: self.one_currency })
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
