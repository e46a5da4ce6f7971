//! No feature sees the future or an outcome it must not know, and the sweeps agree with the definitions.

use chrono::{TimeZone, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::domain::{Activity, Change, ChangeKind, DealId, DealState, Outcome, Probability, Stage, StageId, StageKind};

/// The last hour that anything happens at.
const HOURS: i64 = 2000;

fn hour(n: i64) -> Instant {
    Utc.timestamp_opt(1_700_000_000 + n * 3600, 0).single().expect("a valid instant")
}

fn stages() -> StageOrder {
    let kinds = [StageKind::Open, StageKind::Open, StageKind::Open, StageKind::Won, StageKind::Lost];
    let stage = |(n, kind): (u128, &StageKind)| Stage {
        id: StageId(Uuid::from_u128(n)),
        name: String::new(),
        position: n as i32,
        kind: *kind,
        default_probability: None,
    };
    let all: Vec<Stage> = (0..).zip(&kinds).map(stage).collect();
    StageOrder::new([&all[..]])
}

fn custom_fields() -> [CustomField; 2] {
    [("size", CustomKind::Numeric), ("region", CustomKind::Category)].map(|(key, kind)| CustomField { key: key.into(), kind })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(Outcome::ALL.to_vec())
}

fn kind() -> impl Strategy<Value = ChangeKind> {
    prop_oneof![
        (0u128..5).prop_map(|n| ChangeKind::Stage(StageId(Uuid::from_u128(n)))),
        // Few values, so that ties are common.
        prop::option::of(0i64..6).prop_map(|value| ChangeKind::Value(value.map(Decimal::from))),
        prop::option::of(0.0..=1.0).prop_map(|p| ChangeKind::Probability(p.and_then(Probability::new))),
        prop::option::of(-50i64..HOURS).prop_map(|n| ChangeKind::CloseDate(n.map(|n| hour(n).date_naive()))),
        prop::option::of(0.0..9.0).prop_map(|n| ChangeKind::Custom("size".into(), n.map(CustomValue::Number))),
        "[ab]".prop_map(|text| ChangeKind::Custom("region".into(), Some(CustomValue::Text(text)))),
        outcome().prop_map(ChangeKind::Outcome),
    ]
}

fn change(hours: std::ops::Range<i64>) -> impl Strategy<Value = Change> {
    (hours, kind()).prop_map(|(n, kind)| Change { at: hour(n), kind })
}

fn activity(hours: std::ops::Range<i64>) -> impl Strategy<Value = Activity> {
    (hours, prop::sample::select(ActivityKind::ALL.to_vec())).prop_map(|(n, kind)| Activity { at: hour(n), kind })
}

prop_compose! {
    fn deal()(
        created in prop::option::weighted(0.8, 0..HOURS),
        life in prop::option::weighted(0.7, 0i64..300),
        sequence in prop::option::of(0i64..10),
        ended in outcome(),
        value in prop::option::of(0i64..6),
        mut changes in prop::collection::vec(change(0..HOURS), 0..6),
        mut activities in prop::collection::vec(activity(0..HOURS), 0..4),
    ) -> DealHistory {
        changes.sort_by_key(|change| change.at);
        activities.sort_by_key(|activity| activity.at);
        DealHistory {
            id: DealId(Uuid::nil()),
            created_at: created.map(hour),
            closed_at: created.zip(life).map(|(created, life)| hour(created + life)),
            sequence,
            outcome: ended,
            undated: DealState { value: value.map(Decimal::from), ..DealState::default() },
            changes,
            activities,
        }
    }
}

fn workspace() -> impl Strategy<Value = Vec<DealHistory>> {
    prop::collection::vec(deal(), 1..25)
}

/// Every value of the table, row by row, in a form that compares NaN with NaN.
fn rows(histories: &[DealHistory], snapshots: &[Snapshot]) -> Vec<Vec<String>> {
    let table = build(histories, snapshots, &[], &stages(), &custom_fields());
    (0..table.rows)
        .map(|row| {
            let value = |column: &Column| match &column.data {
                ColumnData::Numeric(values) => format!("{} {}", column.name, values[row]),
                ColumnData::Category(values) => format!("{} {:?}", column.name, values[row]),
            };
            table.columns.iter().map(value).collect()
        })
        .collect()
}

/// Every deal at `at`, and without a date.
fn all_at(histories: &[DealHistory], at: Instant) -> Vec<Snapshot> {
    (0..histories.len()).flat_map(|deal| [Some(at), None].map(|at| Snapshot { deal, at })).collect()
}

fn at_random(histories: &[DealHistory], hours: &[i64]) -> Vec<Snapshot> {
    (0..histories.len()).zip(hours).map(|(deal, n)| Snapshot { deal, at: Some(hour(*n)) }).collect()
}

fn tier(share: f64) -> f64 {
    (1.0 + (share * 5.0).floor()).min(5.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_happens_after_t_changes_nothing(
        histories in workspace(),
        t in 0..HOURS,
        later_changes in prop::collection::vec((any::<prop::sample::Index>(), change(1..HOURS)), 0..8),
        later_activities in prop::collection::vec((any::<prop::sample::Index>(), activity(1..HOURS)), 0..8),
        created_later in prop::collection::vec(deal(), 0..6),
    ) {
        let at = hour(t);
        let snapshots = all_at(&histories, at);
        let before = rows(&histories, &snapshots);
        let after_t = |instant: Instant| instant + TimeDelta::hours(t);
        let mut changed = histories.clone();
        for (deal, mut change) in later_changes {
            change.at = after_t(change.at);
            let history = deal.get_mut(&mut changed);
            history.changes.push(change);
            history.changes.sort_by_key(|change| change.at);
        }
        for (deal, mut activity) in later_activities {
            activity.at = after_t(activity.at);
            let history = deal.get_mut(&mut changed);
            history.activities.push(activity);
            history.activities.sort_by_key(|activity| activity.at);
        }
        for mut history in created_later {
            // The whole life moves behind t; deals without dates have no "later".
            let Some(created) = &mut history.created_at else { continue };
            *created = after_t(*created);
            history.closed_at = history.closed_at.map(after_t);
            history.activities.retain(|activity| activity.at > at);
            changed.push(history);
        }
        prop_assert_eq!(rows(&changed, &snapshots), before);
    }

    #[test]
    fn outcomes_not_known_at_t_change_nothing(
        histories in workspace(),
        t in 0..HOURS,
        flips in prop::collection::vec((outcome(), prop::option::of(0..HOURS)), 25),
    ) {
        let at = hour(t);
        let snapshots = all_at(&histories, at);
        let before = rows(&histories, &snapshots);
        let mut changed = histories.clone();
        for (history, (outcome, closed)) in changed.iter_mut().zip(flips) {
            let known = history.outcome.is_closed() && history.closed_at.is_some_and(|closed| closed < at);
            if !known {
                history.outcome = outcome;
                history.closed_at = closed.map(|n| at + TimeDelta::hours(n));
            }
        }
        prop_assert_eq!(rows(&changed, &snapshots), before);
    }

    #[test]
    fn a_deals_own_outcome_changes_nothing(
        histories in workspace(),
        deal in any::<prop::sample::Index>(),
        hours in prop::collection::vec(0..HOURS, 25),
        flipped in outcome(),
        closed in prop::option::of(0..HOURS),
    ) {
        let deal = deal.index(histories.len());
        let snapshots: Vec<Snapshot> = hours.iter().map(|n| Snapshot { deal, at: Some(hour(*n)) }).collect();
        let mut changed = histories.clone();
        changed[deal].outcome = flipped;
        changed[deal].closed_at = closed.map(hour);
        prop_assert_eq!(rows(&changed, &snapshots), rows(&histories, &snapshots));
    }

    #[test]
    fn a_row_does_not_depend_on_the_other_snapshots(histories in workspace(), hours in prop::collection::vec(0..HOURS, 25)) {
        let snapshots = at_random(&histories, &hours);
        let alone: Vec<_> = snapshots.iter().flat_map(|snapshot| rows(&histories, std::slice::from_ref(snapshot))).collect();
        prop_assert_eq!(rows(&histories, &snapshots), alone);
    }

    #[test]
    fn the_won_median_is_that_of_its_definition(histories in workspace(), hours in prop::collection::vec(0..HOURS, 25)) {
        let snapshots = at_random(&histories, &hours);
        let expected: Vec<Option<f64>> = snapshots.iter().map(|snapshot| {
            let at = snapshot.at?;
            let mut cycles: Vec<f64> = histories.iter().enumerate()
                .filter(|(deal, history)| *deal != snapshot.deal && history.outcome == Outcome::Won)
                .filter_map(|(_, history)| Some((history.created_at?, history.closed_at?)))
                .filter(|(_, closed)| *closed < at)
                .map(|(created, closed)| days(closed - created))
                .collect();
            cycles.sort_by(f64::total_cmp);
            let n = cycles.len();
            (n >= 5).then(|| (cycles[(n - 1) / 2] + cycles[n / 2]) / 2.0)
        }).collect();
        let found = won_medians(&histories, &snapshots);
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert_eq!(found.is_some(), expected.is_some());
            prop_assert!((found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-9);
        }
    }

    #[test]
    fn the_value_tier_is_that_of_its_definition(histories in workspace(), hours in prop::collection::vec(0..HOURS, 25)) {
        let snapshots = at_random(&histories, &hours);
        let just_before = TimeDelta::nanoseconds(1);
        let number = |value: Option<Decimal>| value.and_then(known::amount);
        let expected: Vec<Option<f64>> = snapshots.iter().map(|snapshot| {
            let at = snapshot.at?;
            let own = &histories[snapshot.deal];
            let value = number(own.state_at(at).value)?;
            let others: Vec<f64> = histories.iter().enumerate().filter(|(deal, _)| *deal != snapshot.deal)
                .filter_map(|(_, other)| match (own.created_at, other.created_at) {
                    (Some(_), Some(created)) if created < at => number(other.state_at(at - just_before).value),
                    (None, None) if own.sequence.is_none() || other.sequence < own.sequence => number(other.undated.value),
                    _ => None,
                })
                .collect();
            let below = others.iter().filter(|other| **other < value).count() as f64;
            let equal = others.iter().filter(|other| **other == value).count() as f64;
            (others.len() >= 5).then(|| tier((below + equal / 2.0) / others.len() as f64))
        }).collect();
        let own: Vec<Option<f64>> = snapshots.iter().map(|s| number(histories[s.deal].state_at(s.at?).value)).collect();
        prop_assert_eq!(value_tiers(&histories, &snapshots, &own), expected);
    }
}
