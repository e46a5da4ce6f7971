//! What scoring remembers between requests.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::reference::References;
use crate::{
    ai::model::ScoringModel,
    domain::{Instant, ids::DealId},
    store::{
        Scope,
        scoring::{
            score_key::ScoreKey,
            scores::{NewScore, StoredScore},
        },
    },
};

/// A model, loaded.
pub struct LoadedModel {
    pub version: i32,
    pub model: ScoringModel,
}

/// Models kept at hand: champion, challenger, and some of the past.
const MODELS: u64 = 6;

/// A model that could not be used is looked at again after so long.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What a score of a past instant is remembered by: score_key, deal, revision, instant.
pub type PastKey = (ScoreKey, DealId, i64, Instant);

/// What the open deals of a scope put at risk, highest first.
pub type Ranks = Cache<(Scope, ScoreKey), Arc<Vec<Decimal>>>;

/// Ranks move with every score of the scope; a few seconds late is early enough.
fn ranks() -> Ranks {
    Cache::builder().max_capacity(1_000).time_to_live(Duration::from_secs(5)).build()
}

/// What scoring remembers between requests; everything in it can be made again.
pub struct Caches {
    pub references: References,
    pub models: Cache<i32, Arc<LoadedModel>>,
    /// Models that could not be used when last looked at; a mended artifact is found within a minute.
    pub unusable: Cache<i32, ()>,
    /// Stored scores, which never change.
    pub stored: Cache<Uuid, Arc<StoredScore>>,
    pub past: Cache<PastKey, Arc<NewScore>>,
    pub ranks: Ranks,
}

impl Caches {
    pub fn new() -> Self {
        Self {
            references: References::new(),
            models: Cache::new(MODELS),
            unusable: Cache::builder().max_capacity(MODELS).time_to_live(LOOK_AGAIN).build(),
            stored: Cache::new(20_000),
            past: Cache::builder().max_capacity(20_000).time_to_idle(Duration::from_secs(3_600)).build(),
            ranks: ranks(),
        }
    }
}
