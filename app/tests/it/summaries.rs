//! What is counted by month: the same as counted deal by deal, whatever happens, and read instead of the deals.

use app::{
    domain::{
        deals::{DealQuery, Outcome, OutcomeFilter, Pick},
        forecast::ForecastActual,
        ids::DealId,
        imports::{ChangeRecord, DealRecord, FieldChange},
        money::Currency,
        outcomes::OutcomesQuery,
        people::{Role, Viewer},
    },
    services::{App, CloseRequest},
    store::people,
    views::outcomes::OutcomesView,
};
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;

use crate::support::*;

/// A small source of chance, so that each run is the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A deal of the book, in one of the states that a source may tell of it.
fn told(i: u64, dice: &mut Dice) -> DealRecord {
    let key = format!("d{i}");
    let mut record = match dice.below(5) {
        0 => deal(&key),
        1 => DealRecord { created_at: None, closed_at: None, changes: vec![], activities: vec![], ..closed(&key, Outcome::Lost, 3) },
        n => closed(&key, if n == 2 { Outcome::Won } else { Outcome::Lost }, 1 + dice.below(700) as i64),
    };
    record.owner = [Some("Ann Rep"), Some("Ben Rep"), None][dice.below(3) as usize].map(str::to_owned);
    record.value = (dice.below(9) > 0).then(|| Decimal::new(dice.below(9_000_000) as i64, 2));
    record.loss_reason = (record.outcome == Outcome::Lost && dice.below(4) > 0).then(|| "Price".into());
    record
}

fn queries(views: &OutcomesView) -> Vec<OutcomesQuery> {
    let all = OutcomesQuery { all_time: true, ..OutcomesQuery::default() };
    let month = OutcomesQuery { from: Some(days_ago(170).date_naive()), to: Some(days_ago(95).date_naive()), ..OutcomesQuery::default() };
    let team = views.teams.first().map(|team| OutcomesQuery { team: Some(Pick::Only(team.id)), ..all.clone() });
    let owner = views.owners.first().map(|owner| OutcomesQuery { owner: Some(Pick::Only(owner.id)), ..all.clone() });
    let pipeline = views.pipelines.first().map(|pipeline| OutcomesQuery { pipeline: Some(pipeline.id), ..month.clone() });
    let none = OutcomesQuery { team: Some(Pick::Missing), ..all.clone() };
    [OutcomesQuery::default(), all, month, none].into_iter().chain(team).chain(owner).chain(pipeline).collect()
}

async fn shown(app: &App, viewers: &[Viewer]) -> Vec<OutcomesView> {
    let first = app.outcomes().outcomes_view(&viewers[0], OutcomesQuery::default()).await.expect("a view");
    let mut views = Vec::new();
    for viewer in viewers {
        for query in queries(&first) {
            views.push(app.outcomes().outcomes_view(viewer, query).await.expect("a view"));
        }
    }
    views
}

/// Whatever is held must show what counting all anew shows.
async fn check(app: &App, viewers: &[Viewer]) {
    let held = shown(app, viewers).await;
    app.store().db().execute_unprepared("DELETE FROM counted_month").await.expect("forgets");
    let anew = shown(app, viewers).await;
    for (held, anew) in held.into_iter().zip(anew) {
        assert_eq!(held, anew, "{:?}", held.query);
    }
}

async fn some(app: &App, admin: &Viewer, outcome: OutcomeFilter, dice: &mut Dice) -> Option<DealId> {
    let query = DealQuery { outcome, ..DealQuery::opening() };
    let rows = app.deals().deal_list(admin, query).await.expect("lists").rows;
    (!rows.is_empty()).then(|| rows[dice.below(rows.len() as u64) as usize].id)
}

#[test]
fn what_was_counted_is_what_counting_anew_gives() {
    on_both(|app| async move {
        let mut dice = Dice(7);
        let team = people::team_named(app.store().db(), "North").await.expect("a team");
        let manager = viewer(&app, "Mia Manager", Role::Manager, Some(team)).await;
        let ann = viewer(&app, "Ann Rep", Role::Rep, Some(team)).await;
        ingest(&app, (0..90).map(|i| told(i, &mut dice)).collect()).await;
        let admin = admin(&app).await;
        let viewers = [admin.clone(), manager, ann];
        assert!(app.outcomes().count_months().await.expect("counts") > 10);
        check(&app, &viewers).await;
        for _ in 0..3 {
            app.outcomes().count_months().await.expect("counts");
            assert_eq!(app.outcomes().count_months().await.expect("counts"), 0, "what holds is not counted again");
            for _ in 0..4 {
                match dice.below(3) {
                    0 => {
                        let news = (0..3).map(|_| dice.below(100)).collect::<std::collections::BTreeSet<u64>>();
                        ingest(&app, news.into_iter().map(|i| told(i, &mut dice)).collect()).await;
                    }
                    1 => {
                        let Some(id) = some(&app, &admin, OutcomeFilter::Only(Outcome::Open), &mut dice).await else { continue };
                        let mut closing = request(id, 0, Outcome::Won, None, None);
                        closing.deals = vec![(id, None)];
                        closing.closed_on = Some(days_ago(dice.below(30) as i64).date_naive());
                        // Before it was created it cannot be closed.
                        let _ = app.outcomes().close_deals(&admin, closing).await;
                    }
                    _ => {
                        let Some(id) = some(&app, &admin, OutcomeFilter::Closed, &mut dice).await else { continue };
                        app.outcomes().reopen_deal(&admin, id).await.expect("opens again");
                    }
                }
            }
            check(&app, &viewers).await;
        }
    });
}

#[test]
fn past_months_are_not_read_deal_by_deal() {
    on_both(|app| async move {
        ingest(&app, (0..60).map(|i| closed(&format!("c{i}"), Outcome::Lost, 40 + i * 5)).collect()).await;
        let admin = admin(&app).await;
        app.outcomes().count_months().await.expect("counts");
        let all = OutcomesQuery { all_time: true, ..OutcomesQuery::default() };
        let before = app.outcomes().outcomes_view(&admin, all.clone()).await.expect("a view");
        // Written past everything that marks changes: only who reads the deals can see it.
        let past = format!("UPDATE deal SET outcome = 'won' WHERE closed_at < '{}'", days_ago(32).format("%Y-%m-%d"));
        app.store().db().execute_unprepared(&past).await.expect("writes");
        let after = app.outcomes().outcomes_view(&admin, all).await.expect("a view");
        assert_eq!((after.figures.lost, after.dimensions), (before.figures.lost, before.dimensions));
    });
}

#[test]
fn a_renamed_reason_is_renamed_in_the_past_too() {
    on_both(|app| async move {
        let mut lost = closed("1", Outcome::Lost, 100);
        ingest(&app, vec![closed("0", Outcome::Won, 50)]).await;
        let admin = admin(&app).await;
        let reason = app.outcomes().close_settings(&admin).await.expect("settings").reasons[0].0.clone();
        lost.loss_reason = Some(reason.name.clone());
        ingest(&app, vec![lost]).await;
        app.outcomes().count_months().await.expect("counts");
        let renamed = app::domain::outcomes::LossReason { name: "Something else".into(), ..reason };
        app.outcomes().change_loss_reason(&admin, renamed).await.expect("renames");
        check(&app, std::slice::from_ref(&admin)).await;
    });
}

/// The same but for the order in which sums were made.
fn near(a: &app::views::models::AccuracyView, b: &app::views::models::AccuracyView) {
    assert_eq!(a.forecasts, b.forecasts);
    assert_eq!(a.horizons.len(), b.horizons.len());
    for (a, b) in a.horizons.iter().zip(&b.horizons) {
        assert_eq!((a.months.len(), a.models.len()), (b.months.len(), b.models.len()));
        let all = |of: &app::domain::models::HorizonAccuracy| {
            let months = of.months.iter().map(|row| row.metrics.clone());
            months.chain(of.models.iter().map(|row| row.metrics.clone())).chain([of.overall.clone()]).collect::<Vec<_>>()
        };
        for (a, b) in all(a).into_iter().zip(all(b)) {
            assert_eq!((a.n, &a.confusion), (b.n, &b.confusion));
            for (a, b) in [(a.brier, b.brier), (a.log_loss, b.log_loss), (a.ece, b.ece), (a.roc_auc, b.roc_auc)] {
                assert!(a.zip(b).is_none_or(|(a, b)| (a - b).abs() < 1e-9) && a.is_some() == b.is_some(), "{a:?} {b:?}");
            }
        }
    }
}

async fn accuracy_is_the_same_anew(app: &App, viewers: &[Viewer]) -> u64 {
    let mut judged = 0;
    let mut held = Vec::new();
    for viewer in viewers {
        held.push(app.models().accuracy_view(viewer).await.expect("shows"));
    }
    app.store().db().execute_unprepared("DELETE FROM counted_month WHERE kind = 'accuracy'").await.expect("forgets");
    for (viewer, held) in viewers.iter().zip(held) {
        let anew = app.models().accuracy_view(viewer).await.expect("shows");
        near(&held, &anew);
        judged += held.horizons[0].overall.n;
    }
    judged
}

#[test]
fn accuracy_that_was_counted_is_what_counting_anew_gives() {
    on_both(|app| async move {
        let app = prepared(app).await;
        score_open(&app).await;
        let team = people::team_named(app.store().db(), "Sales").await.expect("a team");
        let manager = viewer(&app, "Mia Manager", Role::Manager, Some(team)).await;
        let admin = admin(&app).await;
        let viewers = [admin.clone(), manager];
        app.models().count_accuracy().await.expect("counts");
        app.models().replay(1, 1, &mut |_, _, _| {}).await.expect("replays");
        assert!(accuracy_is_the_same_anew(&app, &viewers).await > 0, "scores of the past are counted as soon as they are there");
        app.models().count_accuracy().await.expect("counts");
        assert_eq!(app.models().count_accuracy().await.expect("counts"), 0, "what holds is not counted again");
        assert!(accuracy_is_the_same_anew(&app, &viewers).await > 0);
        app.models().count_accuracy().await.expect("counts");
        let mut dice = Dice(3);
        for _ in 0..4 {
            if let Some(id) = some(&app, &admin, OutcomeFilter::Closed, &mut dice).await {
                app.outcomes().reopen_deal(&admin, id).await.expect("opens again");
            }
        }
        let told = closed("c7", Outcome::Lost, 50);
        ingest(&app, vec![told]).await;
        accuracy_is_the_same_anew(&app, &viewers).await;
        // Two months on, the present month is over: what closed in it is counted with the others.
        let later = app.clone().with_clock(|| now() + chrono::TimeDelta::days(62));
        let open = some(&app, &admin, OutcomeFilter::Only(Outcome::Open), &mut dice).await.expect("an open deal");
        later.models().count_accuracy().await.expect("counts");
        later
            .outcomes()
            .close_deals(&admin, CloseRequest { deals: vec![(open, None)], ..request(open, 0, Outcome::Won, None, None) })
            .await
            .expect("closes");
        assert_eq!(later.models().count_accuracy().await.expect("counts"), 0, "a close of the present month changes no past one");
        accuracy_is_the_same_anew(&later, &viewers).await;
        // What an import tells of today changes no month that is over, and what it tells of the past does.
        let elsewhere = people::team_named(app.store().db(), "North").await.expect("a team");
        viewer(&app, "Nia North", Role::Rep, Some(elsewhere)).await;
        let told = |days: i64, value: i64| {
            let mut record = deal("o5");
            record.changes.push(ChangeRecord { at: days_ago(days), actor: None, change: FieldChange::Value(value.into()) });
            record.changes.push(ChangeRecord { at: days_ago(5), actor: None, change: FieldChange::CloseDate(days_ago(-45).date_naive()) });
            record.changes.sort_by_key(|change| change.at);
            record.value = record.changes.iter().rev().find_map(|change| match change.change {
                FieldChange::Value(value) => Some(value),
                _ => None,
            });
            record.expected_close = Some(days_ago(-45).date_naive());
            record
        };
        let forecasts = async || later.models().accuracy_view(&admin).await.expect("shows").forecasts;
        let count = async || later.models().count_accuracy().await.expect("counts");
        ingest(&later, vec![told(-61, 7)]).await;
        count().await;
        let before = forecasts().await;
        let expected = |rows: &[ForecastActual]| rows.iter().filter_map(|row| row.forecast.as_ref()).map(|month| month.deals).sum::<u64>();
        assert!(expected(&before) > 0, "the deal was scored, and expected in a month that is over: {before:?}");
        ingest(&later, vec![told(-62, 8)]).await;
        assert_eq!(count().await, 0, "news of today");
        assert_eq!(forecasts().await, before);
        ingest(&later, vec![told(-10, 90_000)]).await;
        let corrected = forecasts().await;
        assert_ne!(corrected, before, "news of the past are seen at once");
        accuracy_is_the_same_anew(&later, &viewers).await;
        count().await;
        let moved = DealRecord { owner: Some("Nia North".into()), currency: Currency::new("EUR").expect("a code"), ..told(-10, 90_000) };
        ingest(&later, vec![moved]).await;
        assert_ne!(forecasts().await, corrected, "in another currency");
        accuracy_is_the_same_anew(&later, &viewers).await;
        count().await;
        // Told lost by a stage long before the close: as later months began it was not open any more.
        let mut lost =
            DealRecord { outcome: Outcome::Lost, closed_at: Some(days_ago(-60)), stage: Some("Lost".into()), ..told(-10, 90_000) };
        lost.changes.push(ChangeRecord { at: days_ago(-15), actor: None, change: FieldChange::Stage("Lost".into()) });
        ingest(&later, vec![lost]).await;
        assert_eq!(expected(&forecasts().await), expected(&before) - 1);
        accuracy_is_the_same_anew(&later, &viewers).await;
    });
}

#[test]
fn of_very_many_deals_a_page_counts_no_months() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let admin = admin(&app).await;
        let many = app.clone().with_counted_by_pages(5);
        let shown = many.models().accuracy_view(&admin).await.expect("shows");
        assert!(shown.waits && shown.forecasts.iter().all(|month| month.all_won == 0), "nothing is counted yet");
        many.models().count_accuracy().await.expect("counts");
        let shown = many.models().accuracy_view(&admin).await.expect("shows");
        assert!(!shown.waits);
        assert_eq!(shown.forecasts, app.models().accuracy_view(&admin).await.expect("shows").forecasts);
    });
}
