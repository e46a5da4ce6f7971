//! What all closed deals were like at three quarters of their lives. Made from every history, so it is kept for a while.

use std::{collections::HashMap, sync::Arc, time::Duration};

use moka::sync::Cache;
use tokio::sync::Mutex;

use crate::{
    ai::{
        features::{self, Neighbour, Snapshot},
        outcomes::late_snapshots,
        table::Table,
    },
    domain::{
        Instant,
        deals::{CustomField, DealHistory, Outcome},
        ids::DealId,
    },
    services::{
        ServiceError,
        outcomes::Outcomes,
        workspace::{WorkspaceMetadata, neighbours},
    },
    store::{outcomes as store, scoring::scores},
};

/// A close that was recorded since is missing from the comparisons for so long at most.
const KEPT: Duration = Duration::from_secs(600);
/// Deals that are compared: of more, those closed last. So many histories fit into memory whatever the size of the workspace.
const COMPARED: u64 = 20_000;
/// Similar deals are searched for the deals closed last: each takes a search.
const SEARCHES: usize = 5_000;

/// Features of closed deals late in their lives.
pub struct Late {
    pub table: Table,
    /// Whether each row was won.
    pub won: Vec<bool>,
    /// The custom fields among the columns.
    pub custom: Vec<CustomField>,
    deals: Vec<DealId>,
    places: HashMap<DealId, usize>,
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
    kept: Cache<String, Arc<Late>>,
    /// Of those who miss it, one makes it.
    making: Mutex<()>,
}

impl Default for LateFeatures {
    fn default() -> Self {
        Self { kept: Cache::builder().max_capacity(1).time_to_live(KEPT).build(), making: Mutex::new(()) }
    }
}

impl Outcomes {
    /// The features of all closed deals of the workspace; whoever shows any of it picks the deals that the viewer may see.
    pub(in crate::services::outcomes) async fn late_features(&self) -> Result<Arc<Late>, ServiceError> {
        let epoch = scores::score_key(self.store.db(), self.clock.now().date_naive()).await?.epoch;
        if let Some(late) = self.late_features.kept.get(&epoch) {
            return Ok(late);
        }
        let _making = self.late_features.making.lock().await;
        if let Some(late) = self.late_features.kept.get(&epoch) {
            return Ok(late);
        }
        let late = Arc::new(self.make_late_features().await?);
        self.late_features.kept.insert(epoch, late.clone());
        Ok(late)
    }

    async fn make_late_features(&self) -> Result<Late, ServiceError> {
        let metadata = WorkspaceMetadata::load(&self.store).await?;
        let closed = store::closed_count(self.store.db()).await?;
        let newest_of = (closed > COMPARED).then_some((COMPARED, closed));
        let histories = match newest_of {
            None => metadata.histories(&self.store).await?,
            Some((newest, _)) => metadata.histories_of(&self.store, &store::closed_last(self.store.db(), newest).await?).await?,
        };
        let snapshots = late_snapshots(&histories);
        let similar = self.late_neighbours(&histories, &snapshots).await;
        Ok(tokio::task::spawn_blocking(move || {
            let custom: Vec<CustomField> = metadata.custom.into_iter().filter(|field| field.in_model).collect();
            let deals: Vec<DealId> = snapshots.iter().map(|snapshot| histories[snapshot.deal].id).collect();
            Late {
                table: features::build(&histories, &snapshots, &similar, &metadata.stage_order, &custom),
                won: snapshots.iter().map(|snapshot| histories[snapshot.deal].outcome == Outcome::Won).collect(),
                places: deals.iter().enumerate().map(|(row, deal)| (*deal, row)).collect(),
                deals,
                custom,
                newest_of,
            }
        })
        .await?)
    }

    /// Similar deals of the snapshots closed last. Without an index their features are missing, nothing else is.
    async fn late_neighbours(&self, histories: &[DealHistory], snapshots: &[Snapshot]) -> Vec<Option<Vec<Neighbour>>> {
        let mut newest: Vec<usize> = (0..snapshots.len()).collect();
        newest.sort_by_key(|row| std::cmp::Reverse(histories[snapshots[*row].deal].closed_at));
        newest.truncate(SEARCHES);
        let asked: Vec<(DealId, Option<Instant>)> =
            newest.iter().map(|row| (histories[snapshots[*row].deal].id, snapshots[*row].at)).collect();
        let mut similar = vec![None; snapshots.len()];
        match neighbours(&self.similarity, &asked, &mut |_, _, _| {}).await {
            Ok(found) => newest.into_iter().zip(found).for_each(|(row, found)| similar[row] = found),
            Err(error) => tracing::warn!(%error, "similar deals are left out of the win/loss comparisons"),
        }
        similar
    }
}
