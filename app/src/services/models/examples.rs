//! Reading what a training learns from: outlines of all deals, whole histories of those drawn, and these a batch at a time.

use std::collections::HashMap;

use crate::{
    ai::{
        examples::{self, Gathering, Names, Setting},
        features::Outline,
        table::Examples,
    },
    domain::{Instant, ids::DealId},
    services::{Progress, ServiceError, models::Models, similarity::neighbours::neighbours, workspace::WorkspaceMetadata},
    store::{deals::history::DealBatch, similarity::embeddings},
};

/// Comparisons of two deals' texts that a training may ask for: some ten minutes' worth.
const MOST_COMPARISONS: u64 = 20_000_000_000;
/// But texts never keep it from so many deals.
const FEWEST_WITH_TEXT: u64 = 10_000;

/// Which deals to take examples from.
pub(super) struct Wanted {
    /// Their places among the outlines, ascending.
    pub places: Vec<usize>,
    /// Of all chance.
    pub seed: u64,
    pub names: Names,
    /// Nothing that came later is known.
    pub as_of: Option<Instant>,
    /// When the open deals are looked at.
    pub now: Instant,
}

/// Examples that are all gathered but for what the deals take from each other, which needs no database.
pub(super) struct Material {
    gathering: Gathering,
    outlines: Vec<Outline>,
}

impl Material {
    /// Some seconds of work for a million deals.
    pub fn examples(self) -> Examples {
        self.gathering.finished(&self.outlines)
    }
}

impl Models {
    /// How many deals a training may learn from here: where deals have texts, each is compared with all others, and that must end.
    pub(super) async fn most_deals(&self) -> Result<usize, ServiceError> {
        let texts = embeddings::count(self.store.db()).await?;
        if texts == 0 {
            return Ok(self.most_deals);
        }
        let with_text = (MOST_COMPARISONS / texts / examples::SNAPSHOTS_PER_DEAL as u64).max(FEWEST_WITH_TEXT);
        Ok(self.most_deals.min(with_text as usize))
    }

    /// Reads what examples are made of. Of all histories only a batch is in memory at a time.
    pub(super) async fn gather(
        &self,
        metadata: &WorkspaceMetadata,
        outlines: Vec<Outline>,
        wanted: Wanted,
        progress: Progress<'_>,
    ) -> Result<Material, ServiceError> {
        let plan = examples::plan(&outlines, &wanted.places, examples::SNAPSHOTS_PER_DEAL, wanted.seed);
        let asked: Vec<(DealId, Option<Instant>)> =
            plan.snapshots().iter().map(|snapshot| (outlines[snapshot.deal].id, snapshot.at)).collect();
        let similar = neighbours(&self.similarity, &asked, progress).await?;
        let setting = Setting { stages: metadata.stage_order.clone(), custom: metadata.custom.clone(), names: wanted.names };
        let mut gathering = Gathering::new(plan, &outlines, setting, wanted.now);
        let places: HashMap<DealId, usize> = gathering.wanted().into_iter().map(|place| (outlines[place].id, place)).collect();
        let ids: Vec<DealId> = gathering.wanted().into_iter().map(|place| outlines[place].id).collect();
        let mut done = 0;
        for batch in DealBatch::of(&ids) {
            progress(done, ids.len() as u64, "deals looked at");
            for history in metadata.histories(&self.store, batch).await? {
                let Some(place) = places.get(&history.id) else { continue };
                let known = match wanted.as_of {
                    Some(at) => history.as_of(at),
                    None => Some(history),
                };
                if let Some(known) = known {
                    gathering.add(*place, &known, &similar);
                }
            }
            done += batch.len() as u64;
        }
        Ok(Material { gathering, outlines })
    }
}
