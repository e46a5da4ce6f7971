//! What closed deals were like at three quarters of their lives. Made from the whole past, so it is kept for a while.

use std::{collections::HashMap, sync::Arc};

use crate::{
    ai::{
        features::{Neighbour, Outline, Rows, Snapshot},
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
        workspace::{WorkspaceMetadata, neighbours},
    },
    store::{deals::history::DealBatch, scoring::scores},
};

/// Deals that are compared, at most: those that closed last.
const MOST_DEALS: usize = 50_000;
/// Similar deals are searched for the deals closed last: each takes a search.
const SEARCHES: usize = 5_000;

impl Outcomes {
    /// The features of the closed deals of the workspace, of very many those that closed last; whoever shows any of it picks the deals
    /// that the viewer may see.
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
        let outlines = metadata.outlines(&self.store, None, &mut |_, _, _| {}).await?;
        let snapshots = late_snapshots(&outlines, MOST_DEALS);
        let closed = outlines.iter().filter(|deal| deal.outcome.is_closed()).count();
        let newest_of = (closed > MOST_DEALS).then_some((MOST_DEALS as u64, closed as u64));
        let similar = self.late_neighbours(&outlines, &snapshots).await;
        let custom: Vec<CustomField> = metadata.custom.iter().filter(|field| field.in_model).cloned().collect();
        let mut rows = Rows::new(metadata.stage_order.clone(), &custom);
        let asked: Vec<DealId> = snapshots.iter().map(|snapshot| outlines[snapshot.deal].id).collect();
        let snapshot_of: HashMap<DealId, usize> = asked.iter().enumerate().map(|(place, deal)| (*deal, place)).collect();
        let mut deals = Vec::with_capacity(asked.len());
        let mut won = Vec::with_capacity(asked.len());
        for batch in DealBatch::of(&asked) {
            for history in metadata.histories(&self.store, batch).await? {
                let Some(place) = snapshot_of.get(&history.id) else { continue };
                let Snapshot { deal, at } = snapshots[*place];
                rows.add(Some(deal), &history, at, similar[*place].as_deref());
                deals.push(history.id);
                won.push(outlines[deal].outcome == Outcome::Won);
            }
        }
        Ok(tokio::task::spawn_blocking(move || Late {
            table: rows.compared_with(&outlines),
            won,
            places: deals.iter().enumerate().map(|(row, deal)| (*deal, row)).collect(),
            deals,
            custom,
            newest_of,
        })
        .await?)
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
