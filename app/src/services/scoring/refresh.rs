//! Scoring some deals now: what it takes, and which of them need it.

use std::{collections::HashMap, sync::Arc};

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use super::{
    Scoring,
    compute::{Models, Subject},
    reference::ReferenceData,
};
use crate::{
    domain::{Instant, day_start, deals::DealHistory, ids::DealId},
    services::{Progress, ServiceError, similarity::neighbours::neighbours},
    store::{
        Scope,
        deals::history::DealBatch,
        locks,
        scoring::{
            predictions::{self, Shadow},
            score_key::{self, ScoreKey},
            scores::{self, NewScore, ScoringState, StoredScore},
        },
    },
};

/// How far back the trend looks.
const TREND: TimeDelta = TimeDelta::days(30);

/// A score that comes out as before is added to the history only when the one it has is so old. Who looks back a time, with this much
/// more, finds what held when that time began.
const HELD_AGAIN: TimeDelta = TimeDelta::days(28);

/// A deal to be scored as of an instant.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub scoring_state: ScoringState,
    /// Nothing after it counts.
    pub now: Instant,
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
    pub(super) async fn compute(
        &self,
        score_key: &ScoreKey,
        asked: &[Asked],
        progress: Progress<'_>,
    ) -> Result<Vec<NewScore>, ServiceError> {
        let models = self.models_of(score_key).await?;
        let (past, subjects) = self.subjects(score_key, asked, progress).await?;
        let now = self.clock.now();
        Ok(tokio::task::spawn_blocking(move || models.score(&past, now, subjects)).await?)
    }

    /// What the scores of these deals are made from, and what the others had come to.
    pub(super) async fn subjects(
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

    /// What scores of `day` are made with now; without a model where the champion cannot be used.
    pub(in crate::services) async fn score_key(&self, day: NaiveDate) -> Result<ScoreKey, ServiceError> {
        let score_key = score_key::of_day(self.store.db(), day).await?;
        let champion = self.usable(score_key.model).await;
        Ok(score_key.scored_by(champion))
    }

    /// Where deals stand as to their scores; without a model where the champion cannot be used.
    pub(super) async fn scoring_states(&self, scope: &Scope, ids: &[DealId]) -> Result<Vec<ScoringState>, ServiceError> {
        let mut states = scores::scoring_states(self.store.db(), scope, ids).await?;
        // All of them are of one workspace, read in one statement.
        let champion = states.first().and_then(|state| state.model);
        let usable = self.usable(champion).await;
        states.iter_mut().for_each(|state| state.model = usable);
        Ok(states)
    }

    /// The models that have a say. A challenger that cannot be loaded has none: the deals are the champion's anyway.
    pub(super) async fn models_of(&self, score_key: &ScoreKey) -> Result<Models, ServiceError> {
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
    pub(super) async fn refresh(
        &self,
        score_key: &ScoreKey,
        stale: Vec<ScoringState>,
        progress: Progress<'_>,
    ) -> Result<u64, ServiceError> {
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
