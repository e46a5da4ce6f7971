//! The win/loss analysis: its numbers are the deal list's, whoever looks.

use app::{
    domain::{
        deals::{DealQuery, Outcome, OutcomeFilter, Pick},
        imports::{DealRecord, FieldChange},
        outcomes::{Dimension, DriverDealsQuery, OutcomesQuery, Period, Side},
        people::{Role, Viewer},
    },
    services::App,
    store::people,
    views::outcomes::OutcomesView,
};
use rust_decimal::Decimal;

use crate::support::*;

/// 120 closed deals of a year and two undated ones: two owners, two currencies, some reasons, and more of the period before.
fn book() -> Vec<DealRecord> {
    let one = |i: i64, days: i64| {
        let outcome = if i % 3 == 0 { Outcome::Won } else { Outcome::Lost };
        let mut record = closed(&format!("c{i}"), outcome, days);
        record.owner = [Some("Ann Rep"), Some("Ben Rep"), None][(i % 7 % 3) as usize].map(str::to_owned);
        record.value = (i % 11 > 0).then(|| Decimal::new(100_000 + 7_350 * (i % 17), 2));
        if i % 13 == 0 {
            record.currency = app::domain::money::Currency::new("EUR").expect("a currency");
        }
        record.loss_reason =
            (outcome == Outcome::Lost && i % 4 > 0).then(|| ["Price", "none", "=Timing & Co"][(i % 5 % 3) as usize].into());
        record.custom.insert("Seats".into(), app::domain::deals::CustomValue::Number((i % 3 * 10) as f64));
        record
    };
    let recent = (0..120).map(|i| one(i, 1 + i * 3 % 365));
    let before = (200..240).map(|i| one(i, 400 + i % 100));
    let undated = (300..302).map(|i| DealRecord { created_at: None, closed_at: None, changes: vec![], activities: vec![], ..one(i, 3) });
    recent.chain(before).chain(undated).chain([deal("open")]).collect()
}

async fn shown(app: &App, viewer: &Viewer, query: &OutcomesQuery) -> OutcomesView {
    app.outcomes().outcomes_view(viewer, query.clone()).await.expect("a view")
}

async fn listed(app: &App, viewer: &Viewer, deals: &DealQuery, outcome: OutcomeFilter) -> u64 {
    // What the page links to is what an address can say.
    let deals = DealQuery { outcome, ..deals.clone() };
    let params = deals.params();
    let read = DealQuery::from_params(|name| params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()));
    assert_eq!(read, deals);
    app.deals().deal_list(viewer, read).await.expect("a list").total
}

/// Every group's numbers are those of the list it leads to, and each dimension has every deal once.
async fn check_numbers(app: &App, viewer: &Viewer, query: &OutcomesQuery) -> OutcomesView {
    let view = shown(app, viewer, query).await;
    let (won, lost) = (OutcomeFilter::Only(Outcome::Won), OutcomeFilter::Only(Outcome::Lost));
    let base = query.deals(view.period);
    assert_eq!(listed(app, viewer, &base, won).await, view.figures.won);
    assert_eq!(listed(app, viewer, &base, lost).await, view.figures.lost);
    assert_eq!(listed(app, viewer, &base, OutcomeFilter::Closed).await, view.figures.deals());
    assert_eq!(view.dimensions.len(), Dimension::ALL.len());
    for dimension in &view.dimensions {
        let total: u64 = dimension.groups.iter().map(|group| group.figures.deals()).sum();
        let expected = if dimension.by.of_losses() { view.figures.lost } else { view.figures.deals() };
        assert_eq!(total, expected, "{:?}", dimension.by);
        for group in &dimension.groups {
            assert_eq!(listed(app, viewer, &group.deals, lost).await, group.figures.lost, "{:?} {}", dimension.by, group.label);
            if let (Some(deals), Some(before)) = (&group.deals_before, &group.before) {
                assert_eq!(listed(app, viewer, deals, lost).await, before.lost, "{:?} {} before", dimension.by, group.label);
            }
            if !dimension.by.of_losses() {
                assert_eq!(listed(app, viewer, &group.deals, won).await, group.figures.won, "{:?} {}", dimension.by, group.label);
            }
        }
    }
    view
}

#[test]
fn every_number_is_that_of_the_list_it_leads_to() {
    on_both(|app| async move {
        ingest(&app, book()).await;
        let admin = admin(&app).await;
        let view = check_numbers(&app, &admin, &OutcomesQuery::default()).await;
        assert_eq!((view.figures.deals(), view.undated), (120, 0));
        assert_eq!(view.figures_before.as_ref().map(|before| before.deals()), Some(40));
        let before = view.before.expect("a period before");
        let base = OutcomesQuery::default().deals(Some(before));
        assert_eq!(listed(&app, &admin, &base, OutcomeFilter::Closed).await, 40);
        assert_eq!(view.figures.days_to_win, Some(60.0));
        assert_eq!(view.figures.won_value.len(), 2, "currencies stand beside each other");
        let all = OutcomesQuery { all_time: true, ..OutcomesQuery::default() };
        let view = check_numbers(&app, &admin, &all).await;
        assert_eq!((view.figures.deals(), view.undated), (162, 2));
        assert_eq!((view.period, view.figures_before), (None, None));
        let nobodys = OutcomesQuery { owner: Some(Pick::Missing), ..OutcomesQuery::default() };
        assert!(check_numbers(&app, &admin, &nobodys).await.figures.deals() > 0);
    });
}

#[test]
fn days_of_the_period_count_from_their_beginning_to_their_end() {
    on_both(|app| async move {
        ingest(&app, vec![closed("a", Outcome::Won, 10), closed("b", Outcome::Lost, 11), closed("c", Outcome::Lost, 12)]).await;
        let admin = admin(&app).await;
        let day = |ago| days_ago(ago).date_naive();
        let on = |from, to| OutcomesQuery { from: Some(day(from)), to: Some(day(to)), ..OutcomesQuery::default() };
        for (query, deals, before) in [(on(11, 10), 2, 1), (on(10, 10), 1, 1), (on(9, 0), 0, 3), (on(12, 12), 1, 0)] {
            let view = check_numbers(&app, &admin, &query).await;
            assert_eq!((view.figures.deals(), view.figures_before.map(|of| of.deals())), (deals, Some(before)), "{query:?}");
        }
        assert_eq!(on(11, 10).period(day(0)).and_then(Period::before), Some(Period { from: day(13), to: day(12) }));
    });
}

#[test]
fn a_rep_sees_only_their_own_closed_deals() {
    on_both(|app| async move {
        let team = people::team_named(app.store().db(), "North").await.expect("a team");
        let ann = viewer(&app, "Ann Rep", Role::Rep, Some(team)).await;
        ingest(&app, book()).await;
        let admin = admin(&app).await;
        let all = shown(&app, &admin, &OutcomesQuery::default()).await;
        let owners = |view: &OutcomesView| {
            let by_owner = view.dimensions.iter().find(|dimension| dimension.by == Dimension::Owner).expect("owners");
            by_owner.groups.iter().map(|group| (group.label.clone(), group.figures.deals())).collect::<Vec<_>>()
        };
        let of_ann = owners(&all).into_iter().find(|(name, _)| name == "Ann Rep").expect("Ann's deals").1;
        let view = check_numbers(&app, &ann, &OutcomesQuery::default()).await;
        assert_eq!(owners(&view), [("Ann Rep".to_owned(), of_ann)]);
        assert_eq!(view.drivers.deals, of_ann);
        // Asking for somebody else's gives nothing.
        let ben = all.owners.iter().find(|owner| owner.label == "Ben Rep").expect("Ben").id;
        let of_ben = OutcomesQuery { owner: Some(Pick::Only(ben)), ..OutcomesQuery::default() };
        assert_eq!(shown(&app, &ann, &of_ben).await.figures.deals(), 0);
        assert!(shown(&app, &admin, &of_ben).await.figures.deals() > 0);
    });
}

#[test]
fn what_went_right_leads_to_its_deals() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let admin = admin(&app).await;
        let view = shown(&app, &admin, &OutcomesQuery::default()).await;
        let drivers = &view.drivers;
        assert_eq!(drivers.deals, 120);
        assert_eq!(drivers.looked_at as usize, drivers.list.iter().filter(|driver| !driver.is_small()).count());
        // Nine times out of ten the outcome shows in the number of seats.
        let seats = drivers.list.iter().find(|driver| driver.feature == "custom:Seats").expect("seats");
        assert!(seats.holds && seats.title == "Seats" && !seats.is_small(), "{seats:?}");
        assert!(seats.difference_low > 0.5 && seats.difference > 0.7, "{seats:?}");
        assert!(drivers.list.is_sorted_by_key(|driver| driver.is_small()), "those with too few deals come last");
        for driver in &drivers.list {
            for (side, of) in [(Side::High, &driver.high), (Side::Low, &driver.low)] {
                let query = DriverDealsQuery {
                    outcomes: OutcomesQuery::default(),
                    feature: driver.feature.clone(),
                    value: driver.value.clone(),
                    side,
                    page: 1,
                };
                let listed = app.outcomes().driver_deals(&admin, query.clone()).await.expect("deals");
                assert_eq!((listed.total, &listed.driver), (of.deals, driver));
                let mut won = 0;
                for page in 1..=listed.page_count {
                    let page = app.outcomes().driver_deals(&admin, DriverDealsQuery { page, ..query.clone() }).await.expect("deals");
                    won += page.rows.iter().filter(|row| row.outcome == Outcome::Won).count() as u64;
                }
                assert_eq!(won, of.won, "{} {side:?}", driver.feature);
            }
        }
        let unknown = DriverDealsQuery { outcomes: OutcomesQuery::default(), feature: "id".into(), value: None, side: Side::High, page: 1 };
        assert!(app.outcomes().driver_deals(&admin, unknown).await.is_err());
    });
}

#[test]
fn imported_deals_know_the_stage_they_were_closed_from() {
    on_both(|app| async move {
        let mut bare = closed("bare", Outcome::Lost, 5);
        bare.changes.retain(|change| !matches!(change.change, FieldChange::Stage(_)));
        let mut late = closed("late", Outcome::Lost, 5);
        ingest(&app, vec![late.clone(), closed("won", Outcome::Won, 6), bare.clone()]).await;
        let admin = admin(&app).await;
        let stages = |view: &OutcomesView| {
            let by_stage = view.dimensions.iter().find(|dimension| dimension.by == Dimension::StageLostFrom).expect("stages");
            by_stage.groups.iter().map(|group| (group.label.clone(), group.figures.lost)).collect::<Vec<_>>()
        };
        let view = check_numbers(&app, &admin, &OutcomesQuery::default()).await;
        assert_eq!(stages(&view), [("Propose".to_owned(), 1), ("Unknown".to_owned(), 1)]);
        // A second run of the same changes nothing; a later export that knows more does.
        let again = ingest(&app, vec![late.clone(), closed("won", Outcome::Won, 6), bare.clone()]).await;
        assert_eq!((again.imported, again.updated), (0, 0));
        let mut negotiated = late.changes[3].clone();
        negotiated.at = days_ago(7);
        negotiated.change = FieldChange::Stage("Negotiate".into());
        late.changes.insert(4, negotiated);
        assert_eq!(ingest(&app, vec![late]).await.updated, 1);
        let view = shown(&app, &admin, &OutcomesQuery::default()).await;
        assert_eq!(stages(&view), [("Negotiate".to_owned(), 1), ("Unknown".to_owned(), 1)]);
    });
}
