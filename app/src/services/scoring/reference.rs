//! The other deals as they stood when a day began, made once and shared by all scores of that day.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use moka::sync::Cache;
use tokio::sync::Mutex;

use super::day_start;
use crate::{
    ai::{features::Reference, stage_rates::StageRates},
    domain::DealHistory,
    services::{ServiceError, Services, workspace::Frame},
    store::scores::Edition,
};

/// What all scores of a day are made from, besides the deals themselves.
pub struct Past {
    pub frame: Arc<Frame>,
    pub reference: Reference,
    /// Win rates by stage over the deals closed before the day.
    pub rates: StageRates,
}

/// Everything that a past day is made from, as known on `today`.
struct Everything {
    frame: Arc<Frame>,
    histories: Vec<DealHistory>,
}

/// The past as it was known: its epoch, and the day on which it was read.
type Read = (String, NaiveDate);

pub struct References {
    days: Cache<(Read, NaiveDate), Arc<Past>>,
    /// Reading all histories is the slow part; several days in a row share it.
    everything: Cache<Read, Arc<Everything>>,
    /// Of those who miss the same day, one makes it.
    making: Mutex<()>,
}

impl References {
    pub fn new() -> Self {
        Self {
            days: Cache::builder().max_capacity(64).time_to_idle(Duration::from_secs(26 * 3_600)).build(),
            everything: Cache::builder().max_capacity(1).time_to_idle(Duration::from_secs(60)).build(),
            making: Mutex::new(()),
        }
    }

    /// The past as it was when the edition's day began.
    pub async fn get(&self, services: &Services, edition: &Edition) -> Result<Arc<Past>, ServiceError> {
        let read = (edition.epoch.clone(), services.now().date_naive());
        let key = (read.clone(), edition.day);
        if let Some(past) = self.days.get(&key) {
            return Ok(past);
        }
        let _making = self.making.lock().await;
        if let Some(past) = self.days.get(&key) {
            return Ok(past);
        }
        let everything = self.everything(services, read).await?;
        let at = day_start(edition.day);
        let past = tokio::task::spawn_blocking(move || {
            let Everything { frame, histories } = everything.as_ref();
            Past {
                reference: Reference::new(histories, at, &frame.stage_order),
                rates: StageRates::fit(histories, at, &frame.stage_order),
                frame: frame.clone(),
            }
        })
        .await?;
        let past = Arc::new(past);
        self.days.insert(key, past.clone());
        Ok(past)
    }

    async fn everything(&self, services: &Services, read: Read) -> Result<Arc<Everything>, ServiceError> {
        if let Some(everything) = self.everything.get(&read) {
            return Ok(everything);
        }
        let frame = Arc::new(Frame::load(services).await?);
        let histories = frame.histories(services).await?;
        let everything = Arc::new(Everything { frame, histories });
        self.everything.insert(read, everything.clone());
        Ok(everything)
    }
}
