//! The other deals as they stood when a day began, made once and shared by all scores of that day.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use moka::sync::Cache;
use tokio::sync::Mutex;

use crate::domain::day_start;
use crate::{
    ai::{
        features::{Outline, Reference},
        stage_rates::StageRates,
    },
    services::{ServiceError, clock::Clock, workspace::WorkspaceMetadata},
    store::{Store, scoring::score_key::ScoreKey},
};

/// What all scores of a day are made from, besides the deals themselves.
pub struct ReferenceData {
    pub metadata: Arc<WorkspaceMetadata>,
    pub reference: Reference,
    /// Win rates by stage over the deals closed before the day.
    pub rates: StageRates,
    /// How many deals it knows, which is what its size goes by.
    deals: usize,
}

/// Everything that a past day is made from, as known on `today`.
struct Everything {
    metadata: Arc<WorkspaceMetadata>,
    outlines: Vec<Outline>,
}

/// The past as it was known: its epoch, and the day on which it was read.
type Read = (String, NaiveDate);

pub struct References {
    days: Cache<(Read, NaiveDate), Arc<ReferenceData>>,
    /// Reading is the slow part; several days in a row share it.
    everything: Cache<Read, Arc<Everything>>,
    /// Of those who miss the same day, one makes it.
    making: Mutex<()>,
}

/// Deals that the days kept know together, at most: some hundred bytes each. The day at work is held by whoever works with it, kept or
/// not.
const MOST_DEALS: u64 = 1_500_000;
/// But no more days than this.
const MOST_DAYS: u64 = 64;

fn weight(_: &(Read, NaiveDate), data: &Arc<ReferenceData>) -> u32 {
    // A day of more deals than that is kept all the same: it is asked for again with every batch.
    u32::try_from((data.deals as u64).clamp(MOST_DEALS / MOST_DAYS, MOST_DEALS)).unwrap_or(u32::MAX)
}

impl References {
    pub fn new() -> Self {
        Self {
            days: Cache::builder().max_capacity(MOST_DEALS).weigher(weight).time_to_idle(Duration::from_secs(26 * 3_600)).build(),
            everything: Cache::builder().max_capacity(1).time_to_idle(Duration::from_secs(60)).build(),
            making: Mutex::new(()),
        }
    }

    /// The past as it was when the score_key's day began.
    pub async fn get(&self, store: &Store, clock: Clock, score_key: &ScoreKey) -> Result<Arc<ReferenceData>, ServiceError> {
        let read = (score_key.epoch.clone(), clock.now().date_naive());
        let key = (read.clone(), score_key.day);
        if let Some(past) = self.days.get(&key) {
            return Ok(past);
        }
        let _making = self.making.lock().await;
        if let Some(past) = self.days.get(&key) {
            return Ok(past);
        }
        let everything = self.everything(store, read).await?;
        let at = day_start(score_key.day);
        let past = tokio::task::spawn_blocking(move || {
            let Everything { metadata, outlines } = everything.as_ref();
            ReferenceData {
                reference: Reference::new(outlines, at, &metadata.stage_order),
                rates: StageRates::fit(outlines, at, &metadata.stage_order),
                metadata: metadata.clone(),
                deals: outlines.len(),
            }
        })
        .await?;
        let past = Arc::new(past);
        self.days.insert(key, past.clone());
        Ok(past)
    }

    async fn everything(&self, store: &Store, read: Read) -> Result<Arc<Everything>, ServiceError> {
        if let Some(everything) = self.everything.get(&read) {
            return Ok(everything);
        }
        let metadata = Arc::new(WorkspaceMetadata::load(store).await?);
        let outlines = metadata.outlines(store, None, &mut |_, _, _| {}).await?;
        let everything = Arc::new(Everything { metadata, outlines });
        self.everything.insert(read, everything.clone());
        Ok(everything)
    }
}
