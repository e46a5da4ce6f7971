//! What the won ones did next: how long deals that were won stayed in a stage, and what was done on them then, against a deal that is in
//! that stage now.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    ai::outcomes::median,
    domain::{
        Instant,
        deals::{ActivityKind, ChangeKind, DealHistory},
        ids::StageId,
    },
};

/// Days from entering the stage whose activities are counted.
pub const WINDOW_DAYS: i64 = 14;

/// What won deals did in a stage, and what this one did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WonNext {
    /// Won deals that went through the stage.
    pub won: u64,
    /// The middle of the days that they stayed in it.
    pub median_days: Option<f64>,
    /// Days that this deal is in it.
    pub days: f64,
    /// Activities in the first two weeks, of each kind that anybody had: the won deals' mean, and this deal's.
    pub activities: Vec<(ActivityKind, f64, u64)>,
}

/// Compares a deal that is in `stage` with won ones; `None` where none of them went through it, or nobody knows since when this one is
/// in it.
pub fn won_next(deal: &DealHistory, won: &[DealHistory], stage: StageId, now: Instant) -> Option<WonNext> {
    let since = visits(deal, stage, now).last()?.0;
    let first_visits: Vec<(&DealHistory, (Instant, Instant))> =
        won.iter().filter_map(|history| Some((history, *visits(history, stage, history.closed_at.unwrap_or(now)).first()?))).collect();
    if first_visits.is_empty() {
        return None;
    }
    let here = counts(deal, since, now);
    let there: Vec<[u64; ActivityKind::ALL.len()]> =
        first_visits.iter().map(|(history, (from, _))| counts(history, *from, history.closed_at.unwrap_or(now))).collect();
    let activities = ActivityKind::ALL.into_iter().enumerate().map(|(nth, kind)| {
        let sum: u64 = there.iter().map(|counts| counts[nth]).sum();
        (kind, sum as f64 / there.len() as f64, here[nth])
    });
    Some(WonNext {
        won: first_visits.len() as u64,
        median_days: median(first_visits.iter().map(|(_, (from, to))| days(*to - *from)).collect()),
        days: days(now - since),
        activities: activities.filter(|(_, mean, own)| *mean > 0.0 || *own > 0).collect(),
    })
}

/// When a deal came into a stage and left it again, oldest first.
fn visits(deal: &DealHistory, stage: StageId, end: Instant) -> Vec<(Instant, Instant)> {
    let moves: Vec<(Instant, StageId)> = deal
        .changes
        .iter()
        .filter_map(|change| match change.kind {
            ChangeKind::Stage(to) if change.at <= end => Some((change.at, to)),
            _ => None,
        })
        .collect();
    let left = |nth: usize| moves[nth + 1..].iter().find(|(_, to)| *to != stage).map_or(end, |(at, _)| *at);
    let entered = |nth: usize| nth == 0 || moves[nth - 1].1 != stage;
    moves.iter().enumerate().filter(|(nth, (_, to))| *to == stage && entered(*nth)).map(|(nth, (at, _))| (*at, left(nth))).collect()
}

/// Activities of each kind in the first days from an instant on, up to an end.
fn counts(deal: &DealHistory, from: Instant, end: Instant) -> [u64; ActivityKind::ALL.len()] {
    let until = end.min(from + TimeDelta::days(WINDOW_DAYS));
    let within = deal.activities.iter().filter(|activity| activity.at > from && activity.at <= until);
    let mut counts = [0; ActivityKind::ALL.len()];
    within.for_each(|activity| counts[activity.kind as usize] += 1);
    counts
}

fn days(of: TimeDelta) -> f64 {
    of.num_seconds().max(0) as f64 / 86_400.0
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        deals::{Activity, Change, DealState, Outcome},
        ids::DealId,
    };

    fn day(n: i64) -> Instant {
        Instant::from_timestamp(1_700_000_000 + n * 86_400, 0).expect("an instant")
    }

    fn stage(n: u128) -> StageId {
        StageId(Uuid::from_u128(n))
    }

    /// A deal that came into stages, and had calls, on these days.
    fn deal(stages: &[(i64, u128)], calls: &[i64], closed: Option<i64>) -> DealHistory {
        DealHistory {
            id: DealId(Uuid::from_u128(1)),
            key: "1".into(),
            account: None,
            created_at: Some(day(0)),
            closed_at: closed.map(day),
            sequence: None,
            outcome: if closed.is_some() { Outcome::Won } else { Outcome::Open },
            undated: DealState::default(),
            changes: stages.iter().map(|(at, to)| Change { at: day(*at), kind: ChangeKind::Stage(stage(*to)) }).collect(),
            activities: calls.iter().map(|at| Activity { at: day(*at), kind: ActivityKind::Call }).collect(),
        }
    }

    #[test]
    fn compares_with_deals_that_went_through_the_stage() {
        let open = deal(&[(0, 1), (10, 2)], &[5, 12], None);
        let won = [
            deal(&[(0, 1), (4, 2), (10, 3)], &[4, 5, 6, 30], Some(40)),
            // Straight to the close, six days later.
            deal(&[(0, 1), (4, 2)], &[5], Some(10)),
            // It came back once; the first time counts.
            deal(&[(0, 2), (20, 1), (30, 2), (31, 3)], &[], Some(40)),
            deal(&[(0, 1), (9, 3)], &[1, 2], Some(20)),
        ];
        let next = won_next(&open, &won, stage(2), day(30)).expect("three went through it");
        assert_eq!((next.won, next.median_days, next.days), (3, Some(6.0), 20.0));
        assert_eq!(next.activities, [(ActivityKind::Call, 1.0, 1)]);
        assert_eq!(won_next(&open, &won[3..], stage(2), day(30)), None, "none went through it");
        assert_eq!(won_next(&deal(&[], &[], None), &won, stage(2), day(30)), None, "nobody knows since when it is there");
    }
}
