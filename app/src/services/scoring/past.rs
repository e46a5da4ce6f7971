//! Scores of the past: of open deals in past weeks, for the trend of deals that were there before the model was; and of closed
//! deals in hindsight.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{NaiveDate, TimeDelta};

use super::refresh::Asked;
use crate::{
    domain::{Instant, day_start, ids::DealId},
    services::{Progress, ServiceError, scoring::Scoring},
    store::{
        Scope,
        deals::history::DealBatch,
        scoring::{score_key::ScoreKey, scores},
    },
};

/// A score this near to a past instant makes another one superfluous.
const NEAR: TimeDelta = TimeDelta::hours(84);
/// Deals scored and saved at a time.
const BATCH: usize = DealBatch::MOST;

impl Scoring {
    /// Adds to the history what today's model would have said of the open deals at the end of each of the past `weeks`, from what was
    /// known then. Deals that have a score from about that time keep it. Tells how many were added.
    pub async fn score_past_weeks(&self, weeks: u32, progress: Progress<'_>) -> Result<u64, ServiceError> {
        let db = self.store.db();
        let today = self.clock.now().date_naive();
        let present = self.score_key(today).await?.settled();
        let open: Vec<DealId> = scores::open_deals(db).await?;
        let mut added = 0;
        for week in (1..=weeks).rev() {
            progress(u64::from(weeks - week), u64::from(weeks), "past weeks scored");
            let Some(day) = today.checked_sub_signed(TimeDelta::weeks(week.into())) else { continue };
            let at = day_start(day);
            let has: HashSet<DealId> = scores::deals_with_score_between(db, at - NEAR, at + NEAR).await?.into_iter().collect();
            let missing: Vec<DealId> = open.iter().filter(|deal| !has.contains(deal)).copied().collect();
            let score_key = ScoreKey { day, ..present.clone() };
            for some in missing.chunks(BATCH) {
                let asked: Vec<Asked> = self
                    .scoring_states(&Scope::All, some)
                    .await?
                    .into_iter()
                    .filter(|scoring_state| scoring_state.is_open() && scoring_state.created_at.is_some_and(|created| created < at))
                    .map(|scoring_state| Asked { scoring_state, now: at })
                    .collect();
                added += self.keep_past(&score_key, &asked, at).await?;
            }
        }
        progress(weeks.into(), weeks.into(), "past weeks scored");
        Ok(added)
    }

    /// Scores the closed deals as they stood just before their close, undated ones as they are, and keeps that in the history under
    /// the present instant: the model may have learned how they ended, so nothing shows it as the deals' score. Tells how many.
    pub async fn score_closed(&self, progress: Progress<'_>) -> Result<u64, ServiceError> {
        let db = self.store.db();
        let now = self.clock.now();
        let present = self.score_key(now.date_naive()).await?.settled();
        let closed = scores::closed_deals(db).await?;
        let total = closed.len() as u64;
        let mut done = 0;
        // Deals of a day share what the others had come to by then.
        let mut days: BTreeMap<NaiveDate, Vec<(DealId, Instant)>> = BTreeMap::new();
        for (deal, closed_at) in closed {
            let at = closed_at.map_or(now, |closed| closed - TimeDelta::milliseconds(1));
            days.entry(at.date_naive()).or_default().push((deal, at));
        }
        progress(0, total, "closed deals scored");
        for (day, deals) in days {
            let score_key = ScoreKey { day, ..present.clone() };
            for some in deals.chunks(BATCH) {
                let ids: Vec<DealId> = some.iter().map(|(deal, _)| *deal).collect();
                let at: HashMap<DealId, Instant> = some.iter().copied().collect();
                let asked: Vec<Asked> = self
                    .scoring_states(&Scope::All, &ids)
                    .await?
                    .into_iter()
                    .filter_map(|scoring_state| Some(Asked { now: *at.get(&scoring_state.deal())?, scoring_state }))
                    .collect();
                self.keep_past(&score_key, &asked, now).await?;
                done += some.len() as u64;
                progress(done, total, "closed deals scored");
            }
        }
        Ok(total)
    }

    /// Scores deals as they stood at a past instant by the score_key's model, and adds that to the history as made then; tells how many.
    pub(in crate::services) async fn score_past(&self, score_key: &ScoreKey, deals: &[DealId], at: Instant) -> Result<u64, ServiceError> {
        let mut added = 0;
        for some in deals.chunks(BATCH) {
            let scoring_states = self.scoring_states(&Scope::All, some).await?;
            let asked: Vec<Asked> = scoring_states.into_iter().map(|scoring_state| Asked { scoring_state, now: at }).collect();
            added += self.keep_past(score_key, &asked, at).await?;
        }
        Ok(added)
    }

    /// Computes scores and adds them to the history as made at `at`; tells how many.
    async fn keep_past(&self, score_key: &ScoreKey, asked: &[Asked], at: Instant) -> Result<u64, ServiceError> {
        let mut past = self.compute(score_key, asked, &mut |_, _, _| {}).await?;
        past.iter_mut().for_each(|new| new.score.at = at);
        let tx = self.store.begin_write().await?;
        scores::record_past(&tx, &past).await?;
        tx.commit().await?;
        Ok(past.len() as u64)
    }
}
