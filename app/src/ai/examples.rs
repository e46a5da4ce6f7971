//! Training examples: past instants in the lives of closed deals, with how the deals ended.
//!
//! The model will meet deals in the middle of their lives, so it learns from such moments: several instants spread over each
//! closed deal's open life, which together count as one deal.
//!
//! Traps of process data, which the choice of instants cannot mend and the report on a model must show:
//! - Rows logged by a process include decisions that no rep made: in the loan funnel of the BPI Challenge 2012 about a third of
//!   the applications are declined automatically within two minutes. Their lives are over before anybody could use a score, and a
//!   model that only learns them looks brilliant. Metrics belong beside those without them ([`lived_a_day`]).
//! - Fields that a source gives without history hold their last value, which may have been set at the close. They are taken as
//!   given; a mapping has to leave such columns out.
//! - A close date can lie after the stage that told the outcome; histories end the open life at the earlier of the two.

use chrono::TimeDelta;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    features::{self, Feature, Neighbour, Snapshot, StageOrder},
    table::{ColumnData, Examples},
};
use crate::domain::{CustomField, DealHistory, DealId, Instant, Outcome};

/// Instants taken from each closed deal unless told otherwise.
pub const SNAPSHOTS_PER_DEAL: usize = 4;

/// The chosen instants: whoever has similar deals to offer looks them up for each before [`Plan::examples`].
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    snapshots: Vec<Snapshot>,
    weight: Vec<f64>,
}

/// Chooses `per_deal` instants (at least one) in the open life of each closed deal: its life from the creation to just before the
/// close is cut into equal parts, and an instant is drawn uniformly from each. A deal without dates, and one that was closed when
/// it was created or whose close is not dated, gives one snapshot. The same seed and deal always give the same instants.
pub fn plan(histories: &[DealHistory], per_deal: usize, seed: u64) -> Plan {
    let mut plan = Plan { snapshots: Vec::new(), weight: Vec::new() };
    for (deal, history) in histories.iter().enumerate().filter(|(_, history)| history.outcome.is_closed()) {
        let instants = instants(history, per_deal.max(1), seed);
        let weight = 1.0 / instants.len() as f64;
        plan.weight.extend(instants.iter().map(|_| weight));
        plan.snapshots.extend(instants.into_iter().map(|at| Snapshot { deal, at }));
    }
    plan
}

impl Plan {
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// The examples, given the same histories as [`plan`] and what [`features::build`] wants besides.
    pub fn examples(
        &self,
        histories: &[DealHistory],
        similar: &[Option<Vec<Neighbour>>],
        stages: &StageOrder,
        custom: &[CustomField],
    ) -> Examples {
        let table = features::build(histories, &self.snapshots, similar, stages, custom);
        let crm_probability = match &table.columns[Feature::RepProbability as usize].data {
            ColumnData::Numeric(values) => values.clone(),
            ColumnData::Category(_) => vec![f64::NAN; table.rows],
        };
        let order = close_order(histories);
        let deals = || self.snapshots.iter().map(|snapshot| snapshot.deal);
        Examples {
            won: deals().map(|deal| histories.get(deal).is_some_and(|history| history.outcome == Outcome::Won)).collect(),
            weight: self.weight.clone(),
            group: deals().map(|deal| deal as u32).collect(),
            close_order: deals().map(|deal| order.get(deal).copied().unwrap_or(0)).collect(),
            crm_probability,
            lived_a_day: deals().map(|deal| histories.get(deal).is_none_or(lived_a_day)).collect(),
            table,
        }
    }
}

/// Whether the deal's open life lasted at least a day. Deals whose life is not dated count as if it did: nothing speaks against
/// them. Report a model's metrics with and without the others.
pub fn lived_a_day(history: &DealHistory) -> bool {
    match (history.created_at, history.closed_at) {
        (Some(created), Some(closed)) => closed - created >= TimeDelta::days(1),
        _ => true,
    }
}

/// Each deal's rank by close (undated ones first), then by sequence; deals that tie share one.
fn close_order(histories: &[DealHistory]) -> Vec<i64> {
    let key = |deal: usize| (histories[deal].closed_at, histories[deal].sequence);
    let mut deals: Vec<usize> = (0..histories.len()).collect();
    deals.sort_by_key(|deal| key(*deal));
    let mut order = vec![0; histories.len()];
    let mut rank = 0;
    for pair in deals.windows(2) {
        rank += i64::from(key(pair[0]) != key(pair[1]));
        order[pair[1]] = rank;
    }
    order
}

fn instants(history: &DealHistory, count: usize, seed: u64) -> Vec<Option<Instant>> {
    let Some(created) = history.created_at else { return vec![None] };
    let life = history.closed_at.map_or(0, |closed| (closed - created).num_milliseconds());
    if life <= 0 {
        return vec![Some(created)];
    }
    let mut rng = rng_for(history.id, seed);
    let part = life as f64 / count as f64;
    (0..count)
        .map(|i| {
            let millis = (part * (i as f64 + rng.random::<f64>())) as i64;
            // Rounding must not reach the close itself.
            Some(created + TimeDelta::milliseconds(millis.min(life - 1)))
        })
        .collect()
}

/// A stream of its own for each deal, so that other deals coming or going leave its instants alone.
fn rng_for(deal: DealId, seed: u64) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(deal.0.as_bytes());
    bytes[16..24].copy_from_slice(&seed.to_le_bytes());
    ChaCha8Rng::from_seed(bytes)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Change, ChangeKind, DealState, Probability};

    fn hour(n: i64) -> Instant {
        Utc.timestamp_opt(1_700_000_000 + n * 3600, 0).single().expect("a valid instant")
    }

    fn deal(id: u128, created: Option<i64>, closed: Option<i64>, outcome: Outcome) -> DealHistory {
        DealHistory {
            id: DealId(Uuid::from_u128(id)),
            created_at: created.map(hour),
            closed_at: closed.map(hour),
            sequence: None,
            outcome,
            undated: DealState::default(),
            changes: Vec::new(),
            activities: Vec::new(),
        }
    }

    fn examples(histories: &[DealHistory], per_deal: usize) -> Examples {
        plan(histories, per_deal, 7).examples(histories, &[], &StageOrder::default(), &[])
    }

    proptest! {
        #[test]
        fn instants_lie_one_in_each_part_of_the_open_life(id: u128, life in 1i64..5000, count in 1usize..9, seed: u64) {
            let history = deal(id, Some(0), Some(life), Outcome::Won);
            let plan = plan(std::slice::from_ref(&history), count, seed);
            prop_assert_eq!(plan.snapshots().len(), count);
            let part = life as f64 * 3600.0 / count as f64;
            for (i, snapshot) in plan.snapshots().iter().enumerate() {
                let at = snapshot.at.expect("a dated deal");
                prop_assert!(at >= hour(0) && at < hour(life));
                let seconds = (at - hour(0)).num_milliseconds() as f64 / 1000.0;
                prop_assert!(seconds >= part * i as f64 - 0.01 && seconds <= part * (i + 1) as f64 + 0.01);
            }
        }
    }

    #[test]
    fn a_deals_instants_depend_on_seed_and_deal_only() {
        let (first, second) = (deal(1, Some(0), Some(900), Outcome::Won), deal(2, Some(0), Some(900), Outcome::Lost));
        let at = |plan: Plan| plan.snapshots.iter().map(|snapshot| snapshot.at).collect::<Vec<_>>();
        let alone = at(plan(std::slice::from_ref(&second), 4, 1));
        let both = at(plan(&[first, second.clone()], 4, 1));
        assert_eq!(alone[..], both[4..]);
        assert_ne!(both[..4], both[4..], "deals differ");
        assert_ne!(alone, at(plan(&[second], 4, 2)), "seeds differ");
    }

    #[test]
    fn each_closed_deal_counts_once() {
        let histories = [
            deal(1, Some(0), Some(100), Outcome::Won),
            deal(2, Some(0), None, Outcome::Open),
            deal(3, None, None, Outcome::Lost),
            deal(4, Some(5), Some(5), Outcome::Lost),
            deal(5, Some(5), None, Outcome::Won),
        ];
        let examples = examples(&histories, 4);
        assert_eq!(examples.group, [0, 0, 0, 0, 2, 3, 4]);
        assert_eq!(examples.weight, [0.25, 0.25, 0.25, 0.25, 1.0, 1.0, 1.0]);
        assert_eq!(examples.won, [true, true, true, true, false, false, true]);
        let plan = plan(&histories, 4, 7);
        assert_eq!(plan.snapshots()[4..].iter().map(|snapshot| snapshot.at).collect::<Vec<_>>(), [None, Some(hour(5)), Some(hour(5))]);
        assert_eq!(examples.table.rows, 7);
    }

    #[test]
    fn close_order_goes_by_close_then_sequence() {
        let numbered = |id, sequence| DealHistory { sequence: Some(sequence), ..deal(id, None, None, Outcome::Won) };
        let histories = [
            deal(1, Some(0), Some(50), Outcome::Won),
            deal(2, Some(0), Some(20), Outcome::Lost),
            numbered(3, 9),
            numbered(4, 4),
            deal(5, Some(1), Some(50), Outcome::Lost),
        ];
        let examples = examples(&histories, 1);
        assert_eq!(examples.close_order, [3, 2, 1, 0, 3]);
    }

    #[test]
    fn the_crm_probability_is_that_of_the_instant() {
        let mut history = deal(1, Some(0), Some(10), Outcome::Won);
        history.changes = vec![Change { at: hour(10), kind: ChangeKind::Probability(Probability::new(1.0)) }];
        let known_at_the_close = examples(std::slice::from_ref(&history), 4);
        assert!(known_at_the_close.crm_probability.iter().all(|p| p.is_nan()));
        history.changes[0] = Change { at: hour(0), kind: ChangeKind::Probability(Probability::new(0.4)) };
        assert_eq!(examples(&[history], 4).crm_probability, [0.4; 4]);
    }

    #[test]
    fn short_lives_can_be_told_apart() {
        assert!(!lived_a_day(&deal(1, Some(0), Some(23), Outcome::Lost)));
        assert!(lived_a_day(&deal(1, Some(0), Some(24), Outcome::Lost)));
        assert!(lived_a_day(&deal(1, None, None, Outcome::Lost)));
    }
}
