//! A closed deal's life, day by day, as the rules would have seen it.

use chrono::{NaiveTime, TimeDelta};

use crate::domain::{
    Instant,
    alerts::{DealFacts, Push},
    deals::{ChangeKind, DealHistory, Outcome},
    ids::PipelineId,
    scoring::ScorePoint,
};

/// A closed deal to be replayed.
#[derive(Debug, Clone, PartialEq)]
pub struct PastDeal {
    pub history: DealHistory,
    pub pipeline: PipelineId,
    /// Whether activities are recorded in its pipeline at all.
    pub knows_activities: bool,
    /// The model's scores that were recorded while it was open, oldest first.
    pub scores: Vec<ScorePoint>,
}

/// A rep's or a model's points kept while replaying: what a window of 30 days needs.
const KEPT: TimeDelta = TimeDelta::days(40);

impl PastDeal {
    /// The deal's open life; `None` where the source has no dates, or the deal is open.
    pub fn life(&self) -> Option<(Instant, Instant)> {
        let (from, to) = (self.history.created_at?, self.history.closed_at?);
        (from < to && self.history.outcome != Outcome::Open).then_some((from, to))
    }

    /// Calls `look` for each midnight (UTC) of the open life with the facts as they stood then.
    pub fn each_day(&self, mut look: impl FnMut(Instant, &DealFacts)) {
        let Some((from, to)) = self.life() else { return };
        let undated = &self.history.undated;
        let mut facts = DealFacts {
            pipeline: self.pipeline,
            stage: undated.stage,
            stage_name: String::new(),
            created_at: Some(from),
            stage_since: None,
            last_activity: None,
            knows_activities: self.knows_activities,
            // History does not tell what was planned, nor with whom people spoke.
            planned: true,
            knows_plans: false,
            only_contact: None,
            rep: undated.probability.map(|probability| ScorePoint { at: from, probability }).into_iter().collect(),
            scores: Vec::new(),
            expected_close: undated.expected_close,
            pushes: Vec::new(),
        };
        let (mut changes, mut activities, mut scores) =
            (self.history.changes.iter().peekable(), self.history.activities.iter().peekable(), self.scores.iter().peekable());
        let Some(first) = from.date_naive().succ_opt() else { return };
        let mut now = Instant::from_naive_utc_and_offset(first.and_time(NaiveTime::MIN), chrono::Utc);
        while now < to {
            while let Some(change) = changes.next_if(|change| change.at <= now) {
                apply(&mut facts, change.at, &change.kind);
            }
            while let Some(activity) = activities.next_if(|activity| activity.at <= now) {
                facts.last_activity = facts.last_activity.max(Some(activity.at));
            }
            while let Some(point) = scores.next_if(|point| point.at <= now) {
                facts.scores.push(*point);
            }
            forget(&mut facts.rep, now - KEPT);
            forget(&mut facts.scores, now - KEPT);
            look(now, &facts);
            now += TimeDelta::days(1);
        }
    }

    /// Whether the deal went wrong after `at`: it was lost, its expected close was moved back by more than `days`, or it was won
    /// so many days later than expected then.
    pub fn went_wrong_after(&self, at: Instant, days: i64) -> bool {
        if self.history.outcome == Outcome::Lost {
            return true;
        }
        let mut expected = self.history.state_at(at).expected_close;
        let at_first = expected;
        for change in self.history.changes.iter().filter(|change| change.at > at) {
            if let ChangeKind::CloseDate(date) = change.kind {
                if let (Some(before), Some(date)) = (expected, date)
                    && (date - before).num_days() > days
                {
                    return true;
                }
                expected = date;
            }
        }
        match (at_first, self.history.closed_at) {
            (Some(expected), Some(closed)) => (closed.date_naive() - expected).num_days() > days,
            _ => false,
        }
    }
}

fn apply(facts: &mut DealFacts, at: Instant, change: &ChangeKind) {
    match change {
        ChangeKind::Stage(stage) if facts.stage != Some(*stage) => {
            facts.stage = Some(*stage);
            facts.stage_since = Some(at);
        }
        ChangeKind::Probability(Some(probability)) => facts.rep.push(ScorePoint { at, probability: *probability }),
        ChangeKind::CloseDate(date) => {
            if let (Some(from), Some(to)) = (facts.expected_close, *date)
                && to > from
            {
                facts.pushes.push(Push { at, from, to });
            }
            facts.expected_close = *date;
        }
        _ => {}
    }
}

/// Drops points older than `until`, but for the one that held then.
fn forget(points: &mut Vec<ScorePoint>, until: Instant) {
    let older = points.partition_point(|point| point.at < until);
    points.drain(..older.saturating_sub(1));
}
