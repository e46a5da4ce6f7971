//! What each feature says in small cases worked out by hand.

use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::domain::{
    deals::{Activity, ActivityKind, Change, ChangeKind, CustomKind, CustomValue, DealState, Outcome, Stage, StageKind},
    ids::{AccountId, DealId},
    probability::Probability,
};

const QUALIFY: StageId = StageId(Uuid::from_u128(1));
const PROPOSE: StageId = StageId(Uuid::from_u128(2));
const CLOSED_WON: StageId = StageId(Uuid::from_u128(3));

fn stages() -> StageOrder {
    let stage = |id, position, kind| Stage { id, name: String::new(), position, kind, default_probability: None };
    StageOrder::new([&[stage(QUALIFY, 0, StageKind::Open), stage(PROPOSE, 1, StageKind::Open), stage(CLOSED_WON, 2, StageKind::Won)][..]])
}

/// Noon, `n` days after 2026-01-01.
fn day(n: i64) -> Instant {
    Utc.with_ymd_and_hms(2026, 1, 1, 12, 0, 0).single().expect("a valid instant") + TimeDelta::days(n)
}

fn date(n: i64) -> NaiveDate {
    day(n).date_naive()
}

fn deal(created: Option<i64>) -> DealHistory {
    DealHistory {
        id: DealId(Uuid::nil()),
        key: String::new(),
        account: None,
        created_at: created.map(day),
        closed_at: None,
        sequence: None,
        outcome: Outcome::Open,
        undated: DealState::default(),
        changes: Vec::new(),
        activities: Vec::new(),
    }
}

fn closed(created: i64, closed: i64, outcome: Outcome) -> DealHistory {
    DealHistory { closed_at: Some(day(closed)), outcome, ..deal(Some(created)) }
}

fn with_value(mut history: DealHistory, value: i64) -> DealHistory {
    history.undated.value = Some(Decimal::from(value));
    history
}

fn change(n: i64, kind: ChangeKind) -> Change {
    Change { at: day(n), kind }
}

fn probability(p: f64) -> ChangeKind {
    ChangeKind::Probability(Probability::new(p))
}

/// The features of the first deal at an instant.
fn first(histories: &[DealHistory], at: Option<Instant>) -> impl Fn(Feature) -> f64 + use<> {
    let table = build(histories, &[Snapshot { deal: 0, at }], &[], &stages(), &[]);
    move |feature| numeric(&table.columns[feature as usize])[0]
}

fn numeric(column: &Column) -> &[f64] {
    match &column.data {
        ColumnData::Numeric(values) => values,
        ColumnData::Category(_) => panic!("{} is a category", column.name),
    }
}

#[test]
fn time_goes_by_from_creation_and_stage_entry() {
    let mut history = deal(Some(0));
    history.changes = vec![
        change(0, ChangeKind::Stage(QUALIFY)),
        change(0, ChangeKind::CloseDate(Some(date(20)))),
        change(10, ChangeKind::Stage(PROPOSE)),
        change(12, ChangeKind::Stage(PROPOSE)),
        change(14, ChangeKind::Stage(CLOSED_WON)),
    ];
    let at = |n| first(std::slice::from_ref(&history), Some(day(n)));
    let early = at(5);
    assert_eq!([Feature::DealAgeDays, Feature::DaysInStage, Feature::StageOrdinal, Feature::StageProgress].map(&early), [5., 5., 1., 0.5]);
    assert_eq!([Feature::DaysToExpectedClose, Feature::IsOverdue].map(&early), [15., 0.]);
    let late = at(22);
    assert_eq!(late(Feature::DaysInStage), 12.0, "neither re-entering a stage nor the outcome's stage counts");
    assert_eq!([Feature::StageOrdinal, Feature::StageProgress].map(&late), [2., 1.]);
    assert_eq!([Feature::DaysToExpectedClose, Feature::IsOverdue].map(&late), [-2., 1.]);
    assert_eq!(at(20)(Feature::IsOverdue), 0.0, "the day itself is not late");
}

#[test]
fn the_reps_probability_is_compared_with_thirty_days_ago() {
    let mut history = deal(Some(0));
    history.changes = vec![change(0, probability(0.25)), change(31, probability(0.75)), change(50, ChangeKind::Probability(None))];
    let at = |n| first(std::slice::from_ref(&history), Some(day(n)));
    assert!(at(29)(Feature::ProbabilityChange30d).is_nan(), "younger than 30 days");
    assert_eq!(at(30)(Feature::ProbabilityChange30d), 0.0);
    let later = at(40);
    let wanted = [Feature::RepProbability, Feature::HighConfidence, Feature::LowConfidence, Feature::ProbabilityChange30d];
    assert_eq!(wanted.map(later), [0.75, 1.0, 0.0, 0.5]);
    assert!(wanted.map(at(55)).iter().all(|value| value.is_nan()));
}

#[test]
fn activities_are_counted_where_they_are_recorded() {
    let activity = |n, kind| Activity { at: day(n), kind };
    let mut busy = deal(Some(0));
    busy.activities = vec![
        activity(1, ActivityKind::Call),
        activity(2, ActivityKind::Note),
        activity(3, ActivityKind::Other),
        activity(4, ActivityKind::Email),
        activity(9, ActivityKind::Meeting),
    ];
    let idle = deal(Some(0));
    let counts = [Feature::ActivityCount, Feature::Calls, Feature::Emails, Feature::Meetings, Feature::NotesAndOther];
    let at = first(&[busy.clone(), idle.clone()], Some(day(7)));
    assert_eq!(counts.map(&at), [4., 1., 1., 0., 2.]);
    assert_eq!([Feature::ActivitiesPerWeek, Feature::DaysSinceLastActivity].map(&at), [4., 3.]);

    let at = first(&[idle.clone(), busy.clone()], Some(day(7)));
    assert_eq!(counts.map(&at), [0.; 5]);
    assert_eq!(at(Feature::ActivitiesPerWeek), 0.0);
    assert!(at(Feature::DaysSinceLastActivity).is_nan());

    let before_any = first(&[idle, busy], Some(day(0)));
    assert!(counts.map(before_any).iter().all(|count| count.is_nan()), "no activity is recorded yet");
}

#[test]
fn age_is_compared_with_deals_already_won() {
    let mut histories = vec![deal(Some(0))];
    histories.extend([(0, 2), (0, 4), (0, 6), (0, 8), (0, 10)].map(|(from, to)| closed(from, to, Outcome::Won)));
    histories.push(closed(0, 1, Outcome::Lost));
    let at = |n| first(&histories, Some(day(n)))(Feature::AgeVsWonMedian);
    assert!(at(10).is_nan(), "the fifth is won at this very instant, not before");
    assert_eq!(at(12), 2.0);
    let own = build(&histories, &[Snapshot { deal: 1, at: Some(day(12)) }], &[], &stages(), &[]);
    assert!(numeric(&own.columns[Feature::AgeVsWonMedian as usize])[0].is_nan(), "a deal is not compared with itself");
}

#[test]
fn value_is_placed_among_deals_created_before() {
    let others = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map(|value| with_value(deal(Some(1)), value));
    let tier = |value, at| {
        let histories: Vec<_> = [with_value(deal(Some(0)), value)].into_iter().chain(others.clone()).collect();
        first(&histories, Some(day(at)))(Feature::ValueTier)
    };
    assert_eq!([5, 25, 45, 65, 85, 999].map(|value| tier(value, 2)), [1., 2., 3., 4., 5., 5.]);
    assert!(tier(45, 1).is_nan(), "none was created before");
    let at = first(&[with_value(deal(Some(0)), 99)], Some(day(0)));
    assert_eq!([Feature::Value, Feature::LogValue].map(at), [99.0, 100f64.ln()]);
}

#[test]
fn without_dates_the_recorded_state_counts_and_time_is_missing() {
    let mut history = deal(None);
    history.undated = DealState {
        stage: Some(PROPOSE),
        value: Some(Decimal::from(10)),
        probability: Probability::new(0.2),
        expected_close: Some(date(3)),
        ..DealState::default()
    };
    history.activities = vec![Activity { at: day(1), kind: ActivityKind::Call }];
    history.changes = vec![change(4, ChangeKind::Value(Some(Decimal::from(30))))];
    for (at, value) in [(None, 10.0), (Some(day(9)), 30.0)] {
        let features = first(std::slice::from_ref(&history), at);
        assert_eq!([Feature::Value, Feature::StageOrdinal, Feature::LowConfidence].map(&features), [value, 2., 1.]);
        for definition in FEATURES.iter().filter(|definition| matches!(definition.group, Group::Temporal | Group::Activity)) {
            assert!(features(definition.feature).is_nan(), "{}", definition.name);
        }
    }
}

#[test]
fn deals_without_dates_are_compared_by_sequence() {
    let numbered = |sequence, value| DealHistory { sequence, ..with_value(deal(None), value) };
    let mut histories = vec![numbered(Some(5), 45)];
    histories.extend((0..5).map(|n| numbered(Some(n), 10 * n)));
    histories.extend((6..99).map(|n| numbered(Some(n), 1000)));
    assert_eq!(first(&histories, None)(Feature::ValueTier), 5.0);
    histories[0].sequence = Some(4);
    assert!(first(&histories, None)(Feature::ValueTier).is_nan(), "only four come before");
    histories[0].sequence = None;
    assert_eq!(first(&histories, None)(Feature::ValueTier), 1.0, "without a number it is compared with all");
}

#[test]
fn a_close_date_slips_when_it_moves_later() {
    let moved = [(0, Some(20)), (3, Some(30)), (5, Some(25)), (8, None), (9, Some(26)), (40, Some(26)), (50, Some(50))];
    let mut history = deal(Some(0));
    history.changes = moved.map(|(n, to)| change(n, ChangeKind::CloseDate(to.map(date)))).into();
    let at = |n| [Feature::SlipsCount, Feature::DaysSlipped].map(first(std::slice::from_ref(&history), Some(day(n))));
    assert_eq!(at(2), [0., 0.], "the first date is no slip");
    assert_eq!(at(3), [1., 10.]);
    assert_eq!(at(6), [1., 10.], "an earlier date takes nothing away");
    assert_eq!(at(45), [2., 11.], "a date taken away and set anew slipped all the same");
    assert_eq!(at(60), [3., 35.]);
    let without_a_date = first(&[deal(Some(0))], Some(day(9)));
    assert!([Feature::SlipsCount, Feature::DaysSlipped].map(without_a_date).iter().all(|value| value.is_nan()));
}

#[test]
fn going_back_to_an_earlier_open_stage_is_counted() {
    let mut history = deal(Some(0));
    let entered = [(0, QUALIFY), (1, PROPOSE), (2, QUALIFY), (3, PROPOSE), (4, CLOSED_WON), (5, QUALIFY)];
    history.changes = entered.map(|(n, stage)| change(n, ChangeKind::Stage(stage))).into();
    let at = |n| first(std::slice::from_ref(&history), Some(day(n)))(Feature::StageRegressions);
    assert_eq!([0, 1, 2, 3, 4, 5].map(at), [0., 0., 1., 1., 1., 2.]);
    assert!(first(&[deal(Some(0))], Some(day(9)))(Feature::StageRegressions).is_nan(), "no stage");
}

#[test]
fn the_trend_compares_two_fortnights() {
    let mut history = deal(Some(0));
    history.activities = [1, 14, 15, 16, 26, 28, 29, 30].map(|n| Activity { at: day(n), kind: ActivityKind::Call }).into();
    let at = |n| first(std::slice::from_ref(&history), Some(day(n)))(Feature::ActivityTrend);
    assert!(at(27).is_nan(), "younger than 28 days");
    // At 28: 15, 16, 26 and 28 against 1 and 14. At 44: none against 26, 28, 29 and 30.
    assert_eq!([28, 30, 44, 58].map(at), [2., 1., -4., 0.]);
}

#[test]
fn owners_and_accounts_are_known_by_their_earlier_deals() {
    let [ada, bob] = [1, 2].map(|n| UserId(Uuid::from_u128(n)));
    let acme = AccountId(Uuid::from_u128(9));
    let of = |owner, mut history: DealHistory| {
        history.undated.owner = Some(owner);
        history
    };
    let mut own = of(ada, deal(Some(0)));
    own.account = Some(acme);
    own.changes = vec![change(20, ChangeKind::Owner(Some(bob))), change(30, ChangeKind::Owner(None))];
    let mut handed_over = of(bob, closed(0, 8, Outcome::Won));
    handed_over.account = Some(acme);
    handed_over.changes = vec![change(2, ChangeKind::Owner(Some(ada))), change(9, ChangeKind::Owner(Some(bob)))];
    let histories = [
        own,
        handed_over,
        of(ada, closed(0, 6, Outcome::Won)),
        of(ada, closed(0, 10, Outcome::Lost)),
        of(bob, closed(0, 7, Outcome::Lost)),
        of(ada, deal(Some(0))),
    ];
    let rates = |n| [Feature::OwnerWinRate, Feature::AccountWinRate].map(first(&histories, Some(day(n))));
    let rate = |won: f64, closed: f64, overall: f64| (won + 5.0 * overall) / (closed + 5.0);
    assert!(rates(6).iter().all(|rate| rate.is_nan()), "the first closes at this very instant, not before");
    assert_eq!(rates(7)[0], rate(1., 1., 1.));
    assert_eq!(rates(10), [rate(2., 2., 2. / 3.), rate(1., 1., 2. / 3.)], "a deal counts for its owner at the close");
    assert_eq!(rates(11)[0], rate(2., 3., 0.5));
    assert_eq!(rates(20)[0], rate(0., 1., 0.5), "the owner is that of the instant");
    assert!(rates(30)[0].is_nan(), "nobody owns it");
}

#[test]
fn without_dates_owners_are_known_by_deals_of_lower_sequence() {
    let ada = UserId(Uuid::from_u128(1));
    let numbered = |sequence, outcome| {
        let undated = DealState { owner: Some(ada), ..DealState::default() };
        DealHistory { sequence, outcome, undated, ..deal(None) }
    };
    let outcomes =
        [(Some(1), Outcome::Won), (Some(2), Outcome::Lost), (None, Outcome::Lost), (Some(5), Outcome::Lost), (Some(9), Outcome::Lost)];
    let mut histories = vec![numbered(Some(5), Outcome::Won)];
    histories.extend(outcomes.map(|(sequence, outcome)| numbered(sequence, outcome)));
    assert_eq!(first(&histories, None)(Feature::OwnerWinRate), 0.5);
    histories[0].sequence = None;
    assert!(first(&histories, None)(Feature::OwnerWinRate).is_nan(), "it cannot be told which came before");
}

#[test]
fn stages_have_a_typical_time_to_win() {
    let mut histories: Vec<DealHistory> = [10, 20, 30, 40, 90].map(|n| closed(0, n, Outcome::Won)).into();
    histories.push(closed(0, 5, Outcome::Lost));
    for history in &mut histories {
        history.changes =
            vec![change(0, ChangeKind::Stage(QUALIFY)), change(4, ChangeKind::Stage(PROPOSE)), change(5, ChangeKind::Stage(QUALIFY))];
    }
    let at = |n| Reference::new(&outlines(&histories), day(n), &stages());
    assert_eq!([QUALIFY, PROPOSE, CLOSED_WON].map(|stage| at(91).typical_days_to_win(stage)), [Some(30.0), Some(26.0), None]);
    assert_eq!(at(90).typical_days_to_win(QUALIFY), None, "four were won before");
}

#[test]
fn neighbours_are_summed_up() {
    let near = |won, similarity| Neighbour { won, similarity };
    let similar = [
        Some(vec![near(true, 0.75), near(true, 0.25), near(false, 0.5), near(false, -0.5)]),
        Some(vec![near(false, 0.5)]),
        Some(Vec::new()),
        None,
    ];
    let snapshots = [Snapshot { deal: 0, at: None }; 5];
    let table = build(&[deal(None)], &snapshots, &similar, &stages(), &[]);
    let row = |row: usize| -> Vec<f64> {
        let group = FEATURES.iter().filter(|definition| definition.group == Group::Similarity);
        group.map(|definition| numeric(&table.columns[definition.feature as usize])[row]).collect()
    };
    assert_eq!(row(0), [2.0, 2.0, 0.5, 0.25, 0.75, 0.5, 0.0, 1.0 / 1.5]);
    assert_eq!(row(1)[..5], [0.0, 1.0, 0.0, 0.5, 0.5]);
    assert!(row(1)[5].is_nan() && row(1)[6] == 0.5 && row(1)[7] == 0.0);
    assert!(row(2)[..2] == [0.0, 0.0] && row(2)[2..].iter().all(|value| value.is_nan()));
    assert!(row(3).iter().chain(&row(4)).all(|value| value.is_nan()));
}

#[test]
fn custom_fields_become_columns_of_their_kind() {
    let mut history = deal(Some(0));
    history.undated.custom.extend([
        ("Size".into(), CustomValue::Number(7.0)),
        ("Region".into(), CustomValue::Text("North".into())),
        ("Renewal".into(), CustomValue::Date(date(-3))),
        ("Agreed".into(), CustomValue::Text("Yes".into())),
    ]);
    history.changes = vec![
        change(1, ChangeKind::Custom("Size".into(), Some(CustomValue::Number(8.0)))),
        change(1, ChangeKind::Custom("Region".into(), None)),
        change(1, ChangeKind::Custom("Agreed".into(), Some(CustomValue::Bool(false)))),
    ];
    let field = |key: &str, kind| CustomField { key: key.into(), kind, in_model: true };
    let fields = [
        field("Size", CustomKind::Numeric),
        field("Region", CustomKind::Category),
        field("Renewal", CustomKind::Date),
        field("x", CustomKind::Numeric),
        field("Agreed", CustomKind::Boolean),
        field("Size", CustomKind::Boolean),
    ];
    let snapshots = [0, 1].map(|n| Snapshot { deal: 0, at: Some(day(n)) });
    let table = build(&[history], &snapshots, &[], &stages(), &fields);
    let columns = &table.columns[COUNT..];
    assert_eq!(
        columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
        ["custom:Size", "custom:Region", "custom:Renewal", "custom:x", "custom:Agreed", "custom:Size"]
    );
    assert_eq!(numeric(&columns[0]), [7.0, 8.0]);
    assert_eq!(columns[1].data, ColumnData::Category(vec![Some("North".into()), None]));
    assert_eq!(numeric(&columns[2]), [-3.0, -3.0]);
    assert!(numeric(&columns[3]).iter().all(|value| value.is_nan()));
    assert_eq!(numeric(&columns[4]), [1.0, 0.0]);
    assert!(numeric(&columns[5]).iter().all(|value| value.is_nan()), "7 is neither yes nor no");
}

#[test]
fn a_snapshot_of_no_deal_is_missing() {
    let table = build(&[], &[Snapshot { deal: 3, at: Some(day(0)) }, Snapshot { deal: 0, at: None }], &[], &stages(), &[]);
    assert_eq!(table.rows, 2);
    assert!(table.columns.iter().all(|column| numeric(column).iter().all(|value| value.is_nan())));
}

#[test]
fn what_grows_with_the_past_is_in_the_registry() {
    let growing = FEATURES.iter().filter(|feature| super::grows_with_the_past(feature.name)).count();
    assert_eq!(growing, 7);
    assert!(!super::grows_with_the_past("meetings") && !super::grows_with_the_past("custom:Seats"));
}
