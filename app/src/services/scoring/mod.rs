//! Scoring: a probability with its interval, health, reasons, advice and revenue at risk for each deal.
//!
//! A live score is made once for each score_key: a champion, a day, and the past as it was known then ([`ScoreKey`]), and once more
//! whenever something happens to its deal (its revision). The other deals are seen as they stood when the day began, the deal
//! itself as of its newest change; so asking twice gives the same answer, and what nothing happened to is not computed again.
//! Scores of past instants are made the same way as of their own day, and remembered for a while instead of stored.

mod background;
mod compute;
pub mod feedback;
mod loaded;
mod past;
pub mod past_score;
mod reference;
mod request;
mod status;
pub mod trend;

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::TimeDelta;
use moka::sync::Cache;
use uuid::Uuid;

pub use background::ScoreReport;
pub use request::MAX_DEALS;

use self::{
    compute::{Models, Subject},
    loaded::LoadedModel,
    reference::{ReferenceData, References},
    request::{PastKey, Ranks},
};
use super::{Progress, ServiceError, workspace::neighbours};
use crate::{
    domain::{Instant, day_start, deals::DealHistory, ids::DealId},
    services::{clock::Clock, similarity::Similarity, stop::Stop},
    store::{
        ArtifactStore, Store,
        deals::history::DealBatch,
        locks,
        scoring::{
            predictions::{self, Shadow},
            scores::{self, NewScore, ScoreKey, ScoringState, StoredScore},
        },
    },
};

/// Scores: of open deals, on demand, of the past; feedback on them.
#[derive(Clone)]
pub struct Scoring {
    pub(super) store: Store,
    pub(super) artifacts: ArtifactStore,
    pub(super) caches: Arc<Caches>,
    pub(super) clock: Clock,
    pub(super) similarity: Similarity,
    /// Tells long work to give up.
    pub(super) stop: Stop,
}

/// Models kept at hand: champion, challenger, and some of the past.
const MODELS: u64 = 6;

/// How far back the trend looks.
const TREND: TimeDelta = TimeDelta::days(30);

/// A score that comes out as before is added to the history only when the one it has is so old. Who looks back a time, with this much
/// more, finds what held when that time began.
pub(super) const HELD_AGAIN: TimeDelta = TimeDelta::days(28);

/// What scoring remembers between requests; everything in it can be made again.
pub(super) struct Caches {
    references: References,
    models: Cache<i32, Arc<LoadedModel>>,
    /// Stored scores, which never change.
    stored: Cache<Uuid, Arc<StoredScore>>,
    past: Cache<PastKey, Arc<NewScore>>,
    ranks: Ranks,
}

impl Caches {
    pub fn new() -> Self {
        Self {
            references: References::new(),
            models: Cache::new(MODELS),
            stored: Cache::new(20_000),
            past: Cache::builder().max_capacity(20_000).time_to_idle(Duration::from_secs(3_600)).build(),
            ranks: request::ranks(),
        }
    }
}

/// A deal to be scored as of an instant.
#[derive(Debug, Clone)]
struct Asked {
    scoring_state: ScoringState,
    /// Nothing after it counts.
    now: Instant,
}

/// The instant that a deal is scored at: the newest thing that happened to it, or the beginning of the day if that is later. What
/// would only differ by the hour does not change a score.
fn scored_at(history: &DealHistory, now: Instant) -> Instant {
    let until = |at: Instant| (at <= now).then_some(at);
    let change = history.changes.iter().rev().find_map(|change| until(change.at));
    let activity = history.activities.iter().rev().find_map(|activity| until(activity.at));
    let created = history.created_at.and_then(until);
    [change, activity, created].into_iter().flatten().chain([day_start(now.date_naive())]).max().unwrap_or(now)
}

impl Scoring {
    /// Computes the scores of deals that are seen as of the same day.
    async fn compute(&self, score_key: &ScoreKey, asked: &[Asked], progress: Progress<'_>) -> Result<Vec<NewScore>, ServiceError> {
        let models = self.models_of(score_key).await?;
        let (past, subjects) = self.subjects(score_key, asked, progress).await?;
        let now = self.clock.now();
        Ok(tokio::task::spawn_blocking(move || models.score(&past, now, subjects)).await?)
    }

    /// What the scores of these deals are made from, and what the others had come to.
    async fn subjects(
        &self,
        score_key: &ScoreKey,
        asked: &[Asked],
        progress: Progress<'_>,
    ) -> Result<(Arc<ReferenceData>, Vec<Subject>), ServiceError> {
        let past = self.caches.references.get(&self.store, self.clock, score_key).await?;
        let ids: Vec<DealId> = asked.iter().map(|asked| asked.scoring_state.deal()).collect();
        let mut histories: HashMap<DealId, DealHistory> = HashMap::with_capacity(ids.len());
        for batch in DealBatch::of(&ids) {
            histories.extend(past.metadata.histories(&self.store, batch).await?.into_iter().map(|history| (history.id, history)));
        }
        let start = day_start(score_key.day);
        let queries: Vec<(DealId, Option<Instant>)> = ids.iter().map(|deal| (*deal, Some(start))).collect();
        let similar = neighbours(&self.similarity, &queries, progress).await?;
        let mut earlier = scores::probabilities_at(self.store.db(), &ids, start - TREND).await?;
        let subjects: Vec<Subject> = asked
            .iter()
            .zip(similar)
            .filter_map(|(asked, similar)| {
                let deal = asked.scoring_state.deal();
                let history = histories.remove(&deal)?;
                let at = scored_at(&history, asked.now);
                let earlier = earlier.remove(&deal);
                Some(Subject {
                    history,
                    at,
                    today: asked.now.date_naive(),
                    similar,
                    earlier,
                    currency: asked.scoring_state.currency.clone(),
                    revision: asked.scoring_state.revision,
                })
            })
            .collect();
        Ok((past, subjects))
    }

    /// The models that have a say. A challenger that cannot be loaded has none: the deals are the champion's anyway.
    async fn models_of(&self, score_key: &ScoreKey) -> Result<Models, ServiceError> {
        let champion = match score_key.model {
            Some(version) => Some(self.model(version).await?),
            None => None,
        };
        let challenger = match score_key.challenger {
            Some(challenger) => match self.model(challenger.version).await {
                Ok(model) => Some((model, challenger.share)),
                Err(error) => {
                    tracing::warn!(version = challenger.version, %error, "the challenger cannot be used");
                    None
                }
            },
            None => None,
        };
        Ok(Models { champion, challenger })
    }

    /// Computes and keeps the live scores of deals, and tells which of them needed computing: a deal of which nothing that counts
    /// is new keeps its score.
    async fn refresh(&self, score_key: &ScoreKey, stale: Vec<ScoringState>, progress: Progress<'_>) -> Result<u64, ServiceError> {
        let now = self.clock.now();
        let before: Vec<Uuid> = stale.iter().filter_map(|scoring_state| scoring_state.score_id).collect();
        let before = scores::by_id(self.store.db(), &before).await?;
        let known: HashMap<DealId, &StoredScore> =
            stale.iter().filter_map(|scoring_state| Some((scoring_state.deal(), before.get(&scoring_state.score_id?)?))).collect();
        let asked: Vec<Asked> = stale.iter().map(|scoring_state| Asked { scoring_state: scoring_state.clone(), now }).collect();
        let computed = self.compute(score_key, &asked, progress).await?;
        let shadows: Vec<Shadow> = computed
            .iter()
            .flat_map(|new| {
                new.shadows.iter().map(|(model, probability)| Shadow { deal: new.deal, model: *model, probability: *probability })
            })
            .collect();
        let (same, new): (Vec<NewScore>, Vec<NewScore>) = computed.into_iter().partition(|new| {
            known.get(&new.deal).is_some_and(|known| {
                known.input_hash.as_ref() == Some(&new.input_hash) && known.score.model_version == new.score.model_version
                    || now - known.score.at < HELD_AGAIN && known.says_the_same_as(new)
            })
        });
        let same: Vec<(DealId, i64)> = same.iter().map(|score| (score.deal, score.revision)).collect();
        let tx = self.store.begin_write().await?;
        locks::deals(&tx, new.iter().map(|score| score.deal).chain(same.iter().map(|(deal, _)| *deal))).await?;
        scores::publish(&tx, score_key, &new).await?;
        scores::confirm(&tx, score_key, &same).await?;
        predictions::keep_shadows(&tx, &shadows, now).await?;
        tx.commit().await?;
        Ok(new.len() as u64)
    }
}
