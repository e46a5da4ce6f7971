//! What closed deals were like at three quarters of their lives. Made from the whole past, so it is kept for a while.

use std::{collections::HashMap, sync::Arc};

use crate::{
    ai::{
        features::{self, Neighbour, Outline, Snapshot},
        outcomes::late_snapshots,
    },
    domain::{
        Instant,
        deals::{CustomField, Outcome},
        ids::DealId,
    },
    services::{
        ServiceError,
        outcomes::{Outcomes, late::Late},
        similarity::neighbours::neighbours,
        workspace::WorkspaceMetadata,
    },
    store::{
        Store, StoreError,
        deals::{self, history::DealBatch},
        outcomes::comparison as kept,
        scoring::score_key,
    },
};

/// Work under this lease is done by one process at a time.
const LEASE: &str = "compare closed deals";
/// Deals that are compared, at most.
const MOST_DEALS: usize = 10_000;
/// Up to so many closed deals are compared where that is asked for; of more the job makes the features, and keeps them.
const AT_ONCE: u64 = 5_000;
/// What decides which deals are drawn, so that it is always the same ones.
const SEED: u64 = 11;

/// Similar deals are searched for the deals closed last: each takes a search.
const SEARCHES: usize = 5_000;

impl Outcomes {
    /// The features of the closed deals of the workspace, of very many those that were drawn; whoever shows any of it picks the deals
    /// that the viewer may see. `None` where the job has not made them yet.
    pub(in crate::services::outcomes) async fn late_features(&self) -> Result<Option<Arc<Late>>, ServiceError> {
        let db = self.store.db();
        let epoch = score_key::of_day(db, self.clock.now().date_naive()).await?.epoch;
        let _making = match self.late_features.kept.get(&epoch) {
            Some(late) => return Ok(Some(late)),
            None => self.late_features.making.lock().await,
        };
        if let Some(late) = self.late_features.kept.get(&epoch) {
            return Ok(Some(late));
        }
        let late = if deals::closed_since(db, None).await? <= AT_ONCE {
            Some(self.make_late_features(&self.store).await?)
        } else {
            // What was made before the past last changed is shown until the job has made it anew.
            kept::comparison(db).await?.map(|(_, late)| late)
        };
        let late = late.map(Arc::new);
        if let Some(late) = &late {
            self.late_features.kept.insert(epoch, late.clone());
        }
        Ok(late)
    }

    /// Makes the features of a workspace of many closed deals, where the past changed since they were made; tells whether.
    pub async fn prepare_comparisons(&self) -> Result<bool, ServiceError> {
        let prepared = self.jobs.with_lease(LEASE, async |store| {
            let db = store.db();
            let epoch = score_key::of_day(db, self.clock.now().date_naive()).await?.epoch;
            if deals::closed_since(db, None).await? <= AT_ONCE || kept::comparison_epoch(db).await?.as_ref() == Some(&epoch) {
                return Ok(false);
            }
            let late = self.make_late_features(&store).await?;
            let tx = store.begin_write().await?;
            kept::keep_comparison(&tx, &epoch, &late, self.clock.now()).await?;
            tx.commit().await.map_err(StoreError::from)?;
            Ok(true)
        });
        Ok(prepared.await?.unwrap_or_default())
    }

    async fn make_late_features(&self, store: &Store) -> Result<Late, ServiceError> {
        let metadata = WorkspaceMetadata::load(store).await?;
        let outlines = metadata.outlines(store, None, &mut |_, _, _| {}).await?;
        let snapshots = late_snapshots(&outlines, MOST_DEALS, SEED);
        let closed = outlines.iter().filter(|deal| deal.outcome.is_closed()).count();
        let drawn_of = (closed > MOST_DEALS).then_some((MOST_DEALS as u64, closed as u64));
        let similar = self.late_neighbours(&outlines, &snapshots).await;
        let custom: Vec<CustomField> = metadata.custom.iter().filter(|field| field.in_model).cloned().collect();
        let mut rows = features::Rows::new(metadata.stage_order.clone(), &custom);
        let asked: Vec<DealId> = snapshots.iter().map(|snapshot| outlines[snapshot.deal].id).collect();
        let snapshot_of: HashMap<DealId, usize> = asked.iter().enumerate().map(|(place, deal)| (*deal, place)).collect();
        let mut deals = Vec::with_capacity(asked.len());
        let mut won = Vec::with_capacity(asked.len());
        for batch in DealBatch::of(&asked) {
            for history in metadata.histories(store, batch).await? {
                let Some(place) = snapshot_of.get(&history.id) else { continue };
                let Snapshot { deal, at } = snapshots[*place];
                rows.add(Some(deal), &history, at, similar[*place].as_deref());
                deals.push(history.id);
                won.push(outlines[deal].outcome == Outcome::Won);
            }
        }
        let table = tokio::task::spawn_blocking(move || rows.compared_with(&outlines)).await?;
        Ok(Late { table, won, custom, deals, drawn_of })
    }

    /// Similar deals of the snapshots closed last. Without an index their features are missing, nothing else is.
    async fn late_neighbours(&self, deals: &[Outline], snapshots: &[Snapshot]) -> Vec<Option<Vec<Neighbour>>> {
        let mut newest: Vec<usize> = (0..snapshots.len()).collect();
        newest.sort_by_key(|row| std::cmp::Reverse(deals[snapshots[*row].deal].closed_at));
        newest.truncate(SEARCHES);
        let asked: Vec<(DealId, Option<Instant>)> = newest.iter().map(|row| (deals[snapshots[*row].deal].id, snapshots[*row].at)).collect();
        let mut similar = vec![None; snapshots.len()];
        match neighbours(&self.similarity, &asked, &mut |_, _, _| {}).await {
            Ok(found) => newest.into_iter().zip(found).for_each(|(row, found)| similar[row] = found),
            Err(error) => tracing::warn!(%error, "similar deals are left out of the win/loss comparisons"),
        }
        similar
    }
}
