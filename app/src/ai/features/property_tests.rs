//! No feature sees the future or an outcome it must not know, and the sweeps agree with the definitions.

use chrono::{TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{row::days, *};
use crate::domain::{
    deals::{Activity, ActivityKind, Change, ChangeKind, CustomKind, CustomValue, DealState, Outcome, Stage, StageKind},
    ids::{AccountId, DealId, StageId},
    probability::Probability,
};

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

fn custom_fields() -> [CustomField; 3] {
    let fields = [("size", CustomKind::Numeric), ("region", CustomKind::Category), ("agreed", CustomKind::Boolean)];
    fields.map(|(key, kind)| CustomField { key: key.into(), kind, in_model: true })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(Outcome::ALL.to_vec())
}

fn user() -> impl Strategy<Value = Option<UserId>> {
    prop::option::weighted(0.8, (0u128..3).prop_map(|n| UserId(Uuid::from_u128(n))))
}

fn kind() -> impl Strategy<Value = ChangeKind> {
    prop_oneof![
        (0u128..5).prop_map(|n| ChangeKind::Stage(StageId(Uuid::from_u128(n)))),
        // Few values, so that ties are common.
        prop::option::of(0i64..6).prop_map(|value| ChangeKind::Value(value.map(Decimal::from))),
        prop::option::of(0.0..=1.0).prop_map(|p| ChangeKind::Probability(p.and_then(Probability::new))),
        prop::option::of(-50i64..HOURS).prop_map(|n| ChangeKind::CloseDate(n.map(|n| hour(n).date_naive()))),
        prop::option::of(0.0..9.0).prop_map(|n| ChangeKind::Custom("size".into(), n.map(CustomValue::Number))),
        any::<bool>().prop_map(|yes| ChangeKind::Custom("agreed".into(), Some(CustomValue::Bool(yes)))),
        user().prop_map(ChangeKind::Owner),
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
        stage in prop::option::of(0u128..5),
        expected_close in prop::option::of(0..HOURS),
        owner in user(),
        account in prop::option::weighted(0.8, 0u128..3),
        mut changes in prop::collection::vec(change(0..HOURS), 0..6),
        mut activities in prop::collection::vec(activity(0..HOURS), 0..4),
    ) -> DealHistory {
        changes.sort_by_key(|change| change.at);
        activities.sort_by_key(|activity| activity.at);
        DealHistory {
            id: DealId(Uuid::now_v7()),
            key: String::new(),
            account: account.map(|n| AccountId(Uuid::from_u128(n))),
            created_at: created.map(hour),
            closed_at: created.zip(life).map(|(created, life)| hour(created + life)),
            sequence,
            outcome: ended,
            undated: DealState {
                value: value.map(Decimal::from),
                stage: stage.map(|n| StageId(Uuid::from_u128(n))),
                expected_close: expected_close.map(|n| hour(n).date_naive()),
                owner,
                ..DealState::default()
            },
            changes,
            activities,
        }
    }
}

fn workspace() -> impl Strategy<Value = Vec<DealHistory>> {
    prop::collection::vec(deal(), 1..25)
}

/// Every value of the table, row by row, in a form that compares NaN with NaN and any other numbers exactly.
fn rows(histories: &[DealHistory], snapshots: &[Snapshot]) -> Vec<Vec<String>> {
    values(&build(histories, snapshots, &[], &stages(), &custom_fields()))
}

fn values(table: &Table) -> Vec<Vec<String>> {
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

/// A feature of each snapshot; `None` where it is missing.
fn column(histories: &[DealHistory], snapshots: &[Snapshot], feature: Feature) -> Vec<Option<f64>> {
    match &build(histories, snapshots, &[], &stages(), &[]).columns[feature as usize].data {
        ColumnData::Numeric(values) => values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect(),
        ColumnData::Category(_) => panic!("a feature is a number"),
    }
}

/// Whether all are missing in both, or as good as equal.
fn alike(found: &[Option<f64>], expected: &[Option<f64>]) -> bool {
    found.len() == expected.len()
        && found.iter().zip(expected).all(|pair| match pair {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
            (found, expected) => found.is_none() && expected.is_none(),
        })
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
    fn outcomes_of_deals_closed_at_or_after_t_change_nothing(
        histories in workspace(),
        t in 0..HOURS,
        flips in prop::collection::vec((outcome(), prop::option::of(0..HOURS)), 25),
    ) {
        let at = hour(t);
        let dated = |snapshot: &Snapshot| histories[snapshot.deal].created_at.is_some();
        let snapshots: Vec<Snapshot> = all_at(&histories, at).into_iter().filter(dated).collect();
        let mut changed = histories.clone();
        for (history, (outcome, closed)) in changed.iter_mut().zip(flips) {
            let known = history.outcome.is_closed() && history.closed_at.is_some_and(|closed| closed < at);
            if !known {
                history.outcome = outcome;
                history.closed_at = closed.map(|n| at + TimeDelta::hours(n));
            }
        }
        prop_assert_eq!(rows(&changed, &snapshots), rows(&histories, &snapshots));
    }

    #[test]
    fn without_dates_outcomes_of_deals_of_no_lower_sequence_change_nothing(
        mut histories in workspace(),
        deal in any::<prop::sample::Index>(),
        t in 0..HOURS,
        flips in prop::collection::vec((outcome(), prop::option::of(0..HOURS)), 25),
    ) {
        let deal = deal.index(histories.len());
        histories[deal].created_at = None;
        let snapshots = [Some(hour(t)), None].map(|at| Snapshot { deal, at });
        let mut changed = histories.clone();
        for (history, (outcome, closed)) in changed.iter_mut().zip(flips) {
            history.closed_at = closed.map(hour);
            let lower = history.sequence.is_some_and(|other| histories[deal].sequence.is_some_and(|own| other < own));
            if history.created_at.is_some() || !lower {
                history.outcome = outcome;
            }
        }
        prop_assert_eq!(rows(&changed, &snapshots), rows(&histories, &snapshots));
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
        let dates = hours.iter().map(|n| Some(hour(*n))).chain([None]);
        let snapshots: Vec<Snapshot> = dates.map(|at| Snapshot { deal, at }).collect();
        let mut changed = histories.clone();
        changed[deal].outcome = flipped;
        changed[deal].closed_at = closed.map(hour);
        changed[deal].changes.retain(|change| !matches!(change.kind, ChangeKind::Outcome(_)));
        prop_assert_eq!(rows(&changed, &snapshots), rows(&histories, &snapshots));
    }

    #[test]
    fn a_reference_says_the_same_whatever_it_holds_of_the_deal_itself(
        histories in workspace(),
        other_self in deal(),
        deal in any::<prop::sample::Index>(),
        t in 0..HOURS,
    ) {
        let (deal, at) = (deal.index(histories.len()), hour(t));
        let expected = rows(&histories, &[Snapshot { deal, at: Some(at) }]);
        let mut stale = histories.clone();
        stale[deal] = DealHistory { id: histories[deal].id, ..other_self };
        for known in [&histories[..], &stale] {
            let table = Reference::new(&outlines(known), at, &stages()).table(&[(&histories[deal], at)], &[], &stages(), &custom_fields());
            prop_assert_eq!(values(&table), expected.clone());
        }
    }

    #[test]
    fn a_reference_sees_the_deal_as_of_its_instant_and_the_others_as_of_its_own(
        histories in workspace(),
        deal in any::<prop::sample::Index>(),
        t in 0..HOURS,
        hours_later in 0..HOURS,
    ) {
        let (deal, at, later) = (deal.index(histories.len()), hour(t), hour(t + hours_later));
        let found = Reference::new(&outlines(&histories), at, &stages()).table(&[(&histories[deal], later)], &[], &stages(), &custom_fields());
        let mut as_of = histories.clone();
        for (_, other) in as_of.iter_mut().enumerate().filter(|(place, _)| *place != deal) {
            other.activities.retain(|activity| activity.at <= at);
            if other.created_at.is_some_and(|created| created >= at) {
                other.created_at = Some(hour(100 * HOURS));
            }
            // Without a creation date a deal is compared by its sequence, whenever it closed.
            if other.created_at.is_some() {
                other.changes.retain(|change| change.at < at);
                other.closed_at = other.closed_at.filter(|closed| *closed < at);
            }
        }
        prop_assert_eq!(values(&found), rows(&as_of, &[Snapshot { deal, at: Some(later) }]));
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
            let created = histories[snapshot.deal].created_at.filter(|created| *created <= at)?;
            let mut cycles: Vec<f64> = histories.iter().enumerate()
                .filter(|(deal, history)| *deal != snapshot.deal && history.outcome == Outcome::Won)
                .filter_map(|(_, history)| Some((history.created_at?, history.closed_at?)))
                .filter(|(_, closed)| *closed < at)
                .map(|(created, closed)| days(closed - created))
                .collect();
            cycles.sort_by(f64::total_cmp);
            let n = cycles.len();
            let median = (n >= 5).then(|| (cycles[(n - 1) / 2] + cycles[n / 2]) / 2.0)?;
            (median > 0.0).then(|| days(at - created) / median)
        }).collect();
        prop_assert!(alike(&column(&histories, &snapshots, Feature::AgeVsWonMedian), &expected));
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
        prop_assert_eq!(column(&histories, &snapshots, Feature::ValueTier), expected);
    }

    #[test]
    fn the_win_rates_are_those_of_their_definition(histories in workspace(), hours in prop::collection::vec(0..HOURS, 25)) {
        let snapshots = at_random(&histories, &hours);
        let rates = |owner: bool| -> Vec<Option<f64>> {
            let rate = |snapshot: &Snapshot| {
                let (at, own) = (snapshot.at?, &histories[snapshot.deal]);
                let closed: Vec<(bool, bool)> = histories.iter().enumerate()
                    .filter(|(deal, other)| *deal != snapshot.deal && other.outcome.is_closed())
                    .filter_map(|(_, other)| {
                        let owned_by = match own.created_at {
                            Some(_) => other.state_at(other.closed_at.filter(|closed| *closed < at)?).owner,
                            None if other.created_at.is_some() => return None,
                            None => (other.sequence? < own.sequence?).then_some(other.undated.owner)?,
                        };
                        let same = if owner { owned_by == Some(own.state_at(at).owner?) } else { other.account == Some(own.account?) };
                        Some((same, other.outcome == Outcome::Won))
                    })
                    .collect();
                let share = |of: &[bool]| of.iter().filter(|won| **won).count() as f64;
                let of: Vec<bool> = closed.iter().filter(|(same, _)| *same).map(|(_, won)| *won).collect();
                let all: Vec<bool> = closed.iter().map(|(_, won)| *won).collect();
                (!of.is_empty()).then(|| (share(&of) + 5.0 * share(&all) / all.len() as f64) / (of.len() as f64 + 5.0))
            };
            snapshots.iter().map(rate).collect()
        };
        prop_assert!(alike(&column(&histories, &snapshots, Feature::OwnerWinRate), &rates(true)));
        prop_assert!(alike(&column(&histories, &snapshots, Feature::AccountWinRate), &rates(false)));
    }
}
