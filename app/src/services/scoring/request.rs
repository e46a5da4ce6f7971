//! Scores on request: stored ones where they are fresh, computed ones where not; an error for each deal that has none.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{caches::PastKey, refresh::Asked};
use crate::{
    domain::{
        Instant, day_start,
        error::AppError,
        ids::DealId,
        people::Viewer,
        scoring::{Score, ScoreAnswer, ScoreProblem, ScoreRequest, ScoredDeal},
    },
    services::scoring::Scoring,
    store::{
        Scope, deals,
        scoring::{
            score_key::ScoreKey,
            scores::{self, NewScore, ScoringState, StoredScore},
        },
    },
};

/// Deals that one request may ask for.
pub const MAX_DEALS: usize = 1_000;

/// What was asked for, in order: text that is no id stays text.
type Wanted = Vec<Result<DealId, String>>;

/// What became of one deal.
type Scored = Result<ScoredDeal, (&'static str, String)>;

impl Scoring {
    /// Scores the deals that the viewer may see. What cannot be scored is said deal by deal; only a request that makes no sense fails
    /// as a whole.
    pub async fn score_request(&self, viewer: &Viewer, request: ScoreRequest) -> Result<ScoreAnswer, AppError> {
        let scope = Scope::of(viewer);
        if request.as_of.is_some_and(|as_of| as_of > self.clock.now()) {
            return Err(AppError::invalid("as_of", "Choose an instant that is not in the future."));
        }
        let (wanted, total) = self.wanted(&scope, &request).await?;
        let ids: Vec<DealId> = wanted.iter().filter_map(|id| id.as_ref().ok()).copied().collect();
        let scoring_states = self.scoring_states(&scope, &ids).await?;
        let mut scored = match request.as_of {
            None => {
                let (open, closed): (Vec<_>, Vec<_>) = scoring_states.into_iter().partition(ScoringState::is_open);
                let mut scored = self.live(&scope, open).await;
                scored.extend(self.before_close(closed).await);
                scored
            }
            Some(as_of) => self.as_of(scoring_states, as_of).await,
        };
        let (mut results, mut errors) = (Vec::with_capacity(wanted.len()), Vec::new());
        for id in wanted {
            let outcome = match &id {
                Ok(deal) => scored.remove(deal).unwrap_or_else(|| Err(("not_found", "There is no such deal that you may see.".into()))),
                Err(_) => Err(("invalid_id", "This is not the id of a deal.".into())),
            };
            match outcome {
                Ok(scored) => results.push(scored),
                Err((code, message)) => {
                    let deal_id = id.map_or_else(|text| text, |deal| deal.to_string());
                    errors.push(ScoreProblem { deal_id, code: code.into(), message });
                }
            }
        }
        Ok(ScoreAnswer { results, errors, total })
    }

    async fn wanted(&self, scope: &Scope, request: &ScoreRequest) -> Result<(Wanted, Option<u64>), AppError> {
        match (&request.deal_ids, &request.filter) {
            (Some(ids), None) if ids.len() > MAX_DEALS => {
                Err(AppError::invalid("deal_ids", format!("Ask for at most {MAX_DEALS} deals at a time.")))
            }
            (Some(ids), None) => {
                let mut seen = HashSet::new();
                let once = ids.iter().filter(|id| seen.insert(id.as_str()));
                Ok((once.map(|id| id.parse::<DealId>().map_err(|_| id.chars().take(100).collect())).collect(), None))
            }
            (None, Some(query)) => {
                let totals = deals::totals(self.store.db(), scope, query).await?;
                let total = totals.iter().map(|total| total.deals.unsigned_abs()).sum();
                let ids = deals::ids(self.store.db(), scope, query, MAX_DEALS as u64).await?;
                Ok((ids.into_iter().map(Ok).collect(), Some(total)))
            }
            _ => Err(AppError::invalid("deal_ids", "Give either deal_ids or a filter.")),
        }
    }

    /// Open deals as of now: stored scores, refreshed first where they are not fresh.
    async fn live(&self, scope: &Scope, scoring_states: Vec<ScoringState>) -> HashMap<DealId, Scored> {
        let Some(first) = scoring_states.first() else { return HashMap::new() };
        let score_key = first.score_key(self.clock.now().date_naive());
        let is_fresh =
            |scoring_state: &ScoringState| scoring_state.score_key.as_ref() == Some(&score_key.at_revision(scoring_state.revision));
        let fresh: HashSet<DealId> =
            scoring_states.iter().filter(|scoring_state| is_fresh(scoring_state)).map(ScoringState::deal).collect();
        let mut failure = None;
        let mut current = scoring_states;
        if fresh.len() < current.len() {
            let deals: Vec<DealId> = current.iter().map(ScoringState::deal).collect();
            let stale = current.iter().filter(|scoring_state| !is_fresh(scoring_state)).cloned().collect();
            let refreshed = match self.refresh(&score_key, stale, &mut |_, _, _| {}).await {
                Ok(_) => self.scoring_states(scope, &deals).await.map_err(AppError::from),
                Err(error) => Err(error.into()),
            };
            match refreshed {
                Ok(scoring_states) => current = scoring_states,
                Err(error) => failure = Some(error.to_string()),
            }
        }
        let stored = match self.stored(&current).await {
            Ok(stored) => stored,
            Err(error) => {
                failure = Some(error.to_string());
                HashMap::new()
            }
        };
        let ranks = self.ranks(scope, &score_key).await;
        current
            .into_iter()
            .map(|scoring_state| {
                let deal = scoring_state.deal();
                let found = scoring_state.score_id.and_then(|id| stored.get(&id));
                // Where it could not be refreshed, an outdated score is no answer.
                let found = found.filter(|_| failure.is_none() || fresh.contains(&deal));
                let scored = found.map(|found| {
                    let rank = found.revenue_at_risk.and_then(|at_risk| rank(&ranks, at_risk));
                    scored(deal, &found.score, rank, fresh.contains(&deal), false)
                });
                (deal, scored.ok_or_else(|| failed(failure.as_deref())))
            })
            .collect()
    }

    /// Closed deals as they stood just before their close; undated ones as they are.
    async fn before_close(&self, scoring_states: Vec<ScoringState>) -> HashMap<DealId, Scored> {
        // What has no dates is the same all day, so it is remembered all day.
        let undated = day_start(self.clock.now().date_naive());
        let asked = scoring_states
            .into_iter()
            .map(|scoring_state| Asked {
                now: scoring_state.closed_at.map_or(undated, |closed| closed - TimeDelta::milliseconds(1)),
                scoring_state,
            })
            .collect();
        self.remembered(asked).await
    }

    /// All deals as they stood at a past instant, if they were open then.
    async fn as_of(&self, scoring_states: Vec<ScoringState>, as_of: Instant) -> HashMap<DealId, Scored> {
        let mut scored = HashMap::new();
        let mut asked = Vec::new();
        for scoring_state in scoring_states {
            if scoring_state.created_at.is_some_and(|created| created > as_of) {
                scored.insert(scoring_state.deal(), Err(("not_created_yet", "The deal was created later.".to_owned())));
            } else if scoring_state.closed_at.is_some_and(|closed| closed <= as_of) {
                scored.insert(scoring_state.deal(), Err(("closed_by_then", "The deal was closed by then.".to_owned())));
            } else {
                asked.push(Asked { scoring_state, now: as_of });
            }
        }
        scored.extend(self.remembered(asked).await);
        scored
    }

    /// Scores of past instants: remembered ones, and the others computed day by day.
    async fn remembered(&self, asked: Vec<Asked>) -> HashMap<DealId, Scored> {
        let mut scored: HashMap<DealId, Scored> = HashMap::new();
        let mut missing: BTreeMap<NaiveDate, Vec<Asked>> = BTreeMap::new();
        let hindsight: HashSet<DealId> =
            asked.iter().filter(|asked| !asked.scoring_state.is_open()).map(|asked| asked.scoring_state.deal()).collect();
        let answer = |new: &NewScore, cached| Ok(self::scored(new.deal, &new.score, None, cached, hindsight.contains(&new.deal)));
        for asked in asked {
            match self.caches.past.get(&key(&asked)) {
                Some(computed) => {
                    scored.insert(asked.scoring_state.deal(), answer(&computed, true));
                }
                None => missing.entry(asked.now.date_naive()).or_default().push(asked),
            }
        }
        for (day, asked) in missing {
            let Some(first) = asked.first() else { continue };
            let score_key = first.scoring_state.score_key(day).settled();
            match self.compute(&score_key, &asked, &mut |_, _, _| {}).await {
                Ok(computed) => {
                    let keys: HashMap<DealId, PastKey> = asked.iter().map(|asked| (asked.scoring_state.deal(), key(asked))).collect();
                    for computed in computed {
                        let deal = computed.deal;
                        scored.insert(deal, answer(&computed, false));
                        if let Some(key) = keys.get(&deal) {
                            self.caches.past.insert(key.clone(), Arc::new(computed));
                        }
                    }
                }
                Err(error) => {
                    let message = AppError::from(error).to_string();
                    scored.extend(asked.iter().map(|asked| (asked.scoring_state.deal(), Err(failed(Some(&message))))));
                }
            }
        }
        scored
    }

    async fn stored(&self, scoring_states: &[ScoringState]) -> Result<HashMap<Uuid, Arc<StoredScore>>, AppError> {
        let ids = || scoring_states.iter().filter_map(|scoring_state| scoring_state.score_id);
        let mut found: HashMap<Uuid, Arc<StoredScore>> = ids().filter_map(|id| Some((id, self.caches.stored.get(&id)?))).collect();
        let missing: Vec<Uuid> = ids().filter(|id| !found.contains_key(id)).collect();
        if !missing.is_empty() {
            for (id, stored) in scores::by_id(self.store.db(), &missing).await? {
                let stored = Arc::new(stored);
                self.caches.stored.insert(id, stored.clone());
                found.insert(id, stored);
            }
        }
        Ok(found)
    }

    /// Empty where it cannot be had: a score without a rank is better than none.
    async fn ranks(&self, scope: &Scope, score_key: &ScoreKey) -> Arc<Vec<Decimal>> {
        let key = (*scope, score_key.clone());
        if let Some(ranks) = self.caches.ranks.get(&key) {
            return ranks;
        }
        match scores::revenue_at_risk(self.store.db(), scope).await {
            Ok(ranks) => {
                let ranks = Arc::new(ranks);
                self.caches.ranks.insert(key, ranks.clone());
                ranks
            }
            Err(error) => {
                tracing::warn!(%error, "risk ranks are missing");
                Arc::default()
            }
        }
    }
}

fn key(asked: &Asked) -> PastKey {
    let scoring_state = &asked.scoring_state;
    (scoring_state.score_key(asked.now.date_naive()).settled(), scoring_state.deal(), scoring_state.revision, asked.now)
}

/// 1 and as many as put more at risk.
fn rank(highest_first: &[Decimal], at_risk: Decimal) -> Option<u64> {
    let before = highest_first.partition_point(|other| *other > at_risk);
    (before < highest_first.len() || at_risk > Decimal::ZERO).then_some(before as u64 + 1)
}

fn scored(deal_id: DealId, score: &Score, risk_rank: Option<u64>, cached: bool, hindsight: bool) -> ScoredDeal {
    ScoredDeal {
        deal_id,
        probability: score.probability,
        low: score.low,
        high: score.high,
        health: score.health,
        risk_rank,
        basis: score.basis,
        reasons: score.reasons.clone(),
        model_version: score.model_version,
        scored_at: score.at,
        cached,
        hindsight,
    }
}

fn failed(message: Option<&str>) -> (&'static str, String) {
    ("failed", message.unwrap_or("The deal could not be scored; try again.").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_begin_at_one_and_ties_share_theirs() {
        let ranks: Vec<Decimal> = [50, 20, 20, 0].map(Decimal::from).to_vec();
        let of = |at_risk: i64| rank(&ranks, Decimal::from(at_risk));
        assert_eq!([of(50), of(20), of(0)], [Some(1), Some(2), Some(4)]);
        // Somebody scored it a moment after the ranks were read.
        assert_eq!(of(60), Some(1));
    }
}
