//! Which instants are chosen, and what the examples say of them.

use chrono::{TimeZone, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::{gathering::size_in_words, *};
use crate::{
    ai::{
        features::{FEATURES, Feature, outlines},
        table::Examples,
    },
    domain::{
        deals::{Change, ChangeKind, CustomKind, CustomValue, DealHistory, DealState, Outcome, Stage, StageKind},
        ids::DealId,
        probability::Probability,
    },
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

fn plan_of(histories: &[DealHistory], per_deal: usize, seed: u64) -> Plan {
    let deals = outlines(histories);
    plan(&deals, &closed(&deals), per_deal, seed)
}

fn gathered(histories: &[DealHistory], per_deal: usize, setting: Setting, now: Instant) -> Examples {
    let deals = outlines(histories);
    let mut gathering = Gathering::new(plan_of(histories, per_deal, 7), &deals, setting, now);
    for place in gathering.wanted() {
        gathering.add(place, &histories[place], &[]);
    }
    gathering.finished(&deals)
}

fn examples(histories: &[DealHistory], per_deal: usize) -> Examples {
    gathered(histories, per_deal, Setting::default(), hour(9000))
}

proptest! {
    #[test]
    fn instants_lie_one_in_each_part_of_the_open_life(id: u128, life in 1i64..5000, count in 1usize..9, seed: u64) {
        let history = deal(id, Some(0), Some(life), Outcome::Won);
        let plan = plan_of(std::slice::from_ref(&history), count, seed);
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
    let alone = at(plan_of(std::slice::from_ref(&second), 4, 1));
    let both = at(plan_of(&[first, second.clone()], 4, 1));
    assert_eq!(alone[..], both[4..]);
    assert_ne!(both[..4], both[4..], "deals differ");
    assert_ne!(alone, at(plan_of(&[second], 4, 2)), "seeds differ");
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
    let plan = plan_of(&histories, 4, 7);
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
    let stages = StageOrder::new([&[stage(lead, 0, StageKind::Open), stage(offer, 1, StageKind::Open), stage(won, 2, StageKind::Won)][..]]);
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
    let examples = gathered(&histories, 2, Setting { stages, custom: Vec::new(), names }, hour(200));
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
    let fields = vec![
        field("reason", CustomKind::Category, true),
        field("switched off", CustomKind::Numeric, false),
        field("size", CustomKind::Numeric, true),
    ];
    let examples = |histories: &[DealHistory]| gathered(histories, 1, Setting { custom: fields.clone(), ..Setting::default() }, hour(200));
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
    assert!(!lived_a_day(&Outline::of(&deal(1, Some(0), Some(23), Outcome::Lost))));
    assert!(lived_a_day(&Outline::of(&deal(1, Some(0), Some(24), Outcome::Lost))));
    assert!(lived_a_day(&Outline::of(&deal(1, None, None, Outcome::Lost))));
}
