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

use std::collections::HashMap;

use chrono::TimeDelta;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use super::{
    features::{self, FEATURES, Feature, Group, Neighbour, Snapshot, StageOrder},
    table::{Column, ColumnData, Examples, SegmentLabels, Table},
};
use crate::domain::{
    Instant,
    deals::{CustomField, DealHistory, Outcome},
    ids::{StageId, UserId},
};

/// Instants taken from each closed deal unless told otherwise.
pub const SNAPSHOTS_PER_DEAL: usize = 4;

/// Open deals looked at to see which columns are filled in.
const OPEN_DEALS: usize = 2_000;

/// What to call owners and stages where results are broken down by them; one without a name has no label.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Names {
    pub owners: HashMap<UserId, String>,
    pub stages: HashMap<StageId, String>,
}

/// The chosen instants: whoever has similar deals to offer looks them up for each before [`Plan::examples`].
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    snapshots: Vec<Snapshot>,
    weight: Vec<f64>,
}

/// Chooses `per_deal` instants (at least one) in the open life of each closed deal: its life from the creation to just before the
/// close is cut into equal parts, and an instant is drawn uniformly from each. A deal without dates, and one that was closed when
/// it was created or whose close is not dated, gives one snapshot. The same seed and deal (by its key) always give the same instants.
pub fn plan(histories: &[DealHistory], per_deal: usize, seed: u64) -> Plan {
    plan_where(histories, per_deal, seed, |history| history.outcome.is_closed())
}

/// [`plan`] for the deals that closed from an instant on, up to another.
pub fn plan_between(histories: &[DealHistory], per_deal: usize, seed: u64, since: Instant, until: Instant) -> Plan {
    let within = |history: &DealHistory| history.closed_at.is_some_and(|closed| closed >= since && closed <= until);
    plan_where(histories, per_deal, seed, |history| history.outcome.is_closed() && within(history))
}

fn plan_where(histories: &[DealHistory], per_deal: usize, seed: u64, wanted: impl Fn(&DealHistory) -> bool) -> Plan {
    let mut plan = Plan { snapshots: Vec::new(), weight: Vec::new() };
    for (deal, history) in histories.iter().enumerate().filter(|(_, history)| wanted(history)) {
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

    /// The examples, given the same histories as [`plan`] and what [`features::build`] wants besides. Of the custom fields only
    /// those that models may learn from become columns. `now` is when the open deals are looked at.
    pub fn examples(
        &self,
        histories: &[DealHistory],
        similar: &[Option<Vec<Neighbour>>],
        stages: &StageOrder,
        custom: &[CustomField],
        names: &Names,
        now: Instant,
    ) -> Examples {
        let custom: Vec<CustomField> = custom.iter().filter(|field| field.in_model).cloned().collect();
        let table = features::build(histories, &self.snapshots, similar, stages, &custom);
        let order = close_order(histories);
        let deals = || self.snapshots.iter().map(|snapshot| snapshot.deal);
        Examples {
            won: deals().map(|deal| histories.get(deal).is_some_and(|history| history.outcome == Outcome::Won)).collect(),
            weight: self.weight.clone(),
            group: deals().map(|deal| deal as u32).collect(),
            close_order: deals().map(|deal| order.get(deal).copied().unwrap_or(0)).collect(),
            closed_day: deals().map(|deal| histories.get(deal).map_or(f64::NAN, closed_day)).collect(),
            crm_probability: numbers(&table, Feature::RepProbability),
            lived_a_day: deals().map(|deal| histories.get(deal).is_none_or(lived_a_day)).collect(),
            segments: self.segments(histories, stages, names, &table),
            open_known: open_known(histories, stages, &custom, now, table.columns.len()),
            table,
        }
    }

    /// Owner and stage as of each snapshot, and the size in words.
    fn segments(&self, histories: &[DealHistory], stages: &StageOrder, names: &Names, table: &Table) -> Vec<SegmentLabels> {
        let seen = |snapshot: &Snapshot| {
            let history = histories.get(snapshot.deal)?;
            Some(features::owner_and_stage(history, snapshot.at, stages))
        };
        let (owners, open_stages) = (self.snapshots.iter())
            .map(|snapshot| {
                let (owner, stage) = seen(snapshot).unwrap_or_default();
                (owner.and_then(|owner| names.owners.get(&owner)).cloned(), stage.and_then(|stage| names.stages.get(&stage)).cloned())
            })
            .unzip();
        let sizes = numbers(table, Feature::ValueTier).into_iter().map(|tier| size_in_words(tier).map(str::to_owned)).collect();
        [("Owner", owners), ("Stage", open_stages), ("Size", sizes)].map(|(by, labels)| SegmentLabels { by: by.into(), labels }).into()
    }
}

/// A value tier, 1 to 5, in words.
fn size_in_words(tier: f64) -> Option<&'static str> {
    let words = ["Smallest fifth", "Second-smallest fifth", "Middle fifth", "Second-largest fifth", "Largest fifth"];
    // NaN and what is out of range become a place that is not there.
    words.get((tier as usize).wrapping_sub(1)).copied()
}

fn numbers(table: &Table, feature: Feature) -> Vec<f64> {
    match table.columns.get(feature as usize).map(|column| &column.data) {
        Some(ColumnData::Numeric(values)) => values.clone(),
        _ => vec![f64::NAN; table.rows],
    }
}

/// By column (of which there are `columns`): the share of the open deals that have a value as of `now`. `None` without open deals, and for the
/// similarity columns, whose neighbours are not at hand.
fn open_known(histories: &[DealHistory], stages: &StageOrder, custom: &[CustomField], now: Instant, columns: usize) -> Vec<Option<f64>> {
    let mut open: Vec<usize> = (0..histories.len()).filter(|deal| histories[*deal].outcome == Outcome::Open).collect();
    if open.len() > OPEN_DEALS {
        // By key, so that the choice does not depend on the order of the histories.
        open.sort_unstable_by_key(|deal| &histories[*deal].key);
        open = (0..OPEN_DEALS).map(|i| open[i * open.len() / OPEN_DEALS]).collect();
    }
    if open.is_empty() {
        return vec![None; columns];
    }
    let snapshots: Vec<Snapshot> = open.into_iter().map(|deal| Snapshot { deal, at: Some(now) }).collect();
    let open = features::build(histories, &snapshots, &[], stages, custom);
    let known = |column: &Column| match &column.data {
        ColumnData::Numeric(values) => values.iter().filter(|value| !value.is_nan()).count(),
        ColumnData::Category(values) => values.iter().flatten().count(),
    };
    let share = |(place, column): (usize, &Column)| {
        let similarity = FEATURES.get(place).is_some_and(|definition| definition.group == Group::Similarity);
        (!similarity).then(|| known(column) as f64 / open.rows as f64)
    };
    open.columns.iter().enumerate().map(share).collect()
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

/// The close in days since 1970; NaN where it is not dated.
fn closed_day(history: &DealHistory) -> f64 {
    const MILLIS: f64 = 86_400_000.0;
    history.closed_at.map_or(f64::NAN, |at| at.timestamp_millis() as f64 / MILLIS)
}

fn instants(history: &DealHistory, count: usize, seed: u64) -> Vec<Option<Instant>> {
    let Some(created) = history.created_at else { return vec![None] };
    let life = history.closed_at.map_or(0, |closed| (closed - created).num_milliseconds());
    if life <= 0 {
        return vec![Some(created)];
    }
    let mut rng = rng_for(&history.key, seed);
    let part = life as f64 / count as f64;
    (0..count)
        .map(|i| {
            let millis = (part * (i as f64 + rng.random::<f64>())) as i64;
            // Rounding must not reach the close itself.
            Some(created + TimeDelta::milliseconds(millis.min(life - 1)))
        })
        .collect()
}

/// A stream of its own for each deal, so that other deals coming or going leave its instants alone. By key, not by id: ids are
/// made anew in every workspace.
fn rng_for(key: &str, seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(Sha256::new().chain_update(seed.to_le_bytes()).chain_update(key).finalize().into())
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        deals::{Change, ChangeKind, CustomKind, CustomValue, DealState, Stage, StageKind},
        ids::DealId,
        probability::Probability,
    };

    fn hour(n: i64) -> Instant {
        Utc.timestamp_opt(1_700_000_000 + n * 3600, 0).single().expect("a valid instant")
    }

    fn deal(id: u128, created: Option<i64>, closed: Option<i64>, outcome: Outcome) -> DealHistory {
        DealHistory {
            id: DealId(Uuid::now_v7()),
            key: format!("crm/{id}"),
            account: None,
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
        plan(histories, per_deal, 7).examples(histories, &[], &StageOrder::default(), &[], &Names::default(), hour(9000))
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
    fn the_same_data_gives_the_same_examples_in_any_order_and_workspace() {
        let histories = || -> Vec<DealHistory> {
            let outcome = |n: u128| [Outcome::Won, Outcome::Lost][usize::from(n.is_multiple_of(3))];
            (0..20).map(|n| deal(n, Some(n as i64), Some(100 + 9 * n as i64), outcome(n))).collect()
        };
        let rows = |histories: &[DealHistory]| {
            let examples = examples(histories, 3);
            let row = |row: usize| {
                let key = histories[examples.group[row] as usize].key.clone();
                (key, examples.table.row_hash(row), examples.won[row], examples.close_order[row])
            };
            let mut rows: Vec<_> = (0..examples.table.rows).map(row).collect();
            rows.sort();
            rows
        };
        let (first, mut other) = (histories(), histories());
        assert_ne!(first[0].id, other[0].id);
        other.reverse();
        assert_eq!(rows(&first), rows(&other));
    }

    #[test]
    fn rows_are_labelled_by_owner_stage_and_size_then() {
        let [ada, bob] = [1, 2].map(|n| UserId(Uuid::from_u128(n)));
        let [lead, offer, won] = [3, 4, 5].map(|n| StageId(Uuid::from_u128(n)));
        let stage = |id, position, kind| Stage { id, name: String::new(), position, kind, default_probability: None };
        let stages =
            StageOrder::new([&[stage(lead, 0, StageKind::Open), stage(offer, 1, StageKind::Open), stage(won, 2, StageKind::Won)][..]]);
        let mut histories: Vec<DealHistory> = (0..6).map(|n| deal(n, Some(0), Some(100), Outcome::Won)).collect();
        for (history, value) in histories.iter_mut().zip(1..) {
            history.undated.value = Some(rust_decimal::Decimal::from(value));
        }
        histories[5].undated.owner = Some(ada);
        let kinds = [(0, ChangeKind::Stage(lead)), (50, ChangeKind::Stage(offer)), (50, ChangeKind::Owner(Some(bob)))];
        histories[5].changes = kinds.map(|(n, kind)| Change { at: hour(n), kind }).into();
        let names = Names {
            owners: HashMap::from([(ada, "Ada".into()), (bob, "Bob".into())]),
            stages: HashMap::from([(lead, "Lead".into()), (offer, "Offer".into())]),
        };
        let examples = plan(&histories, 2, 7).examples(&histories, &[], &stages, &[], &names, hour(200));
        let of_last = |place: usize| (examples.segments[place].by.as_str(), examples.segments[place].labels[10..].to_vec());
        let some = |label: &str| Some(label.to_owned());
        assert_eq!(of_last(0), ("Owner", vec![some("Ada"), some("Bob")]));
        assert_eq!(of_last(1), ("Stage", vec![some("Lead"), some("Offer")]));
        assert_eq!(of_last(2), ("Size", vec![some("Largest fifth"); 2]));
        assert!(examples.segments[..2].iter().all(|segment| segment.labels[..10].iter().all(Option::is_none)));
        assert_eq!([f64::NAN, 0.0, 1.0, 3.0, 6.0].map(size_in_words), [None, None, Some("Smallest fifth"), Some("Middle fifth"), None]);
    }

    #[test]
    fn columns_are_those_models_may_learn_from_with_the_open_deals_that_have_them() {
        let mut histories = vec![deal(1, Some(0), Some(100), Outcome::Lost)];
        histories.extend((2..6).map(|n| deal(n, Some(0), None, Outcome::Open)));
        histories[0].undated.custom.insert("reason".into(), CustomValue::Text("price".into()));
        histories[1].undated.custom.insert("size".into(), CustomValue::Number(3.0));
        let field = |key: &str, kind, in_model| CustomField { key: key.into(), kind, in_model };
        let fields = [
            field("reason", CustomKind::Category, true),
            field("switched off", CustomKind::Numeric, false),
            field("size", CustomKind::Numeric, true),
        ];
        let examples = |histories: &[DealHistory]| {
            plan(histories, 1, 7).examples(histories, &[], &StageOrder::default(), &fields, &Names::default(), hour(200))
        };
        let found = examples(&histories);
        let columns: Vec<&str> = found.table.columns[FEATURES.len()..].iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["custom:reason", "custom:size"]);
        assert_eq!(found.open_known.len(), found.table.columns.len());
        assert_eq!(found.open_known[FEATURES.len()..], [Some(0.0), Some(0.25)]);
        assert_eq!(found.open_known[Feature::DealAgeDays as usize], Some(1.0));
        assert_eq!(found.open_known[Feature::SimilarWinRatio as usize], None);
        assert!(examples(&histories[..1]).open_known.iter().all(Option::is_none), "no open deals");
    }

    #[test]
    fn short_lives_can_be_told_apart() {
        assert!(!lived_a_day(&deal(1, Some(0), Some(23), Outcome::Lost)));
        assert!(lived_a_day(&deal(1, Some(0), Some(24), Outcome::Lost)));
        assert!(lived_a_day(&deal(1, None, None, Outcome::Lost)));
    }
}
