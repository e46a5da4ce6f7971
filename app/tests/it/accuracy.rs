//! Accuracy over time, the replayed past, and a deal's score as of any date.

use app::{
    domain::{
        deals::{DealQuery, Outcome, OutcomeFilter},
        error::AppError,
        people::{Role, Viewer},
        scoring::ScoreBasis,
    },
    services::App,
    store::models,
};
use chrono::TimeDelta;

use crate::support::*;

async fn some_deal(app: &App, admin: &Viewer, outcome: Outcome) -> app::views::deals::DealRow {
    let query = DealQuery { outcome: OutcomeFilter::Only(outcome), ..DealQuery::opening() };
    app.deals().deal_list(admin, query).await.expect("lists").rows.remove(0)
}

#[test]
fn scores_are_judged_as_they_were_shown() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1"), deal("2")]).await;
        score_open(&app).await;
        let admin = admin(&app).await;
        let later = app.clone().with_clock(|| now() + TimeDelta::days(45));
        for id in app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows.into_iter().map(|row| row.id) {
            later.outcomes().close_deals(&admin, request(id, 1, Outcome::Won, None, None)).await.expect("closes");
        }
        let view = later.models().accuracy_view(&admin).await.expect("shows");
        let n: Vec<(u32, u64)> = view.horizons.iter().map(|horizon| (horizon.days, horizon.overall.n)).collect();
        assert_eq!(n, [(0, 2), (30, 2), (60, 0), (90, 0)]);
        assert_eq!(view.horizons[1].models[0].of, None, "stage win rates");
        let rep = viewer(&app, "rep", Role::Rep, None).await;
        assert_eq!(app.models().accuracy_view(&rep).await, Err(AppError::Forbidden));
        // A manager of another team sees nothing of it.
        let other = app::store::people::team_named(app.store().db(), "Elsewhere").await.expect("a team");
        let manager = viewer(&app, "manager", Role::Manager, Some(other)).await;
        assert!(later.models().accuracy_view(&manager).await.expect("shows").horizons.iter().all(|horizon| horizon.overall.n == 0));
    });
}

#[test]
fn the_past_is_replayed_from_what_was_known_and_once() {
    on_both(|app| async move {
        let app = prepared(app).await;
        let admin = admin(&app).await;
        let report = app.models().replay(1, 1, &mut |_, _, _| {}).await.expect("replays");
        assert_eq!((report.models.len(), report.skipped), (1, 0), "{report:?}");
        assert!(report.scores > 50, "{report:?}");
        let db = app.store().db();
        assert_eq!(models::champion_version(db).await.expect("reads"), None, "a replayed model scores nothing by itself");
        let model = models::find(db, report.models[0]).await.expect("reads").expect("is there");
        let replayed_at = model.summary.trained_at;
        assert!(replayed_at < days_ago(29) && model.summary.reason.starts_with("Replay of"));
        // Team history closes a deal a day at noon, and the month began at midnight: that model knows those that had closed by then.
        assert_eq!(model.summary.deals, 89);
        let view = app.models().accuracy_view(&admin).await.expect("shows");
        assert!(view.horizons[0].overall.n > 20, "{:?}", view.horizons[0].overall);
        assert_eq!(view.horizons[0].models[0].of, Some(report.models[0]));
        let again = app.models().replay(1, 1, &mut |_, _, _| {}).await.expect("replays");
        assert_eq!((again.models.len(), again.scores), (0, 0), "{again:?}");
    });
}

#[test]
fn any_past_score_can_be_seen_with_its_inputs() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1"), closed("2", Outcome::Won, 5)]).await;
        let admin = admin(&app).await;
        score_open(&app).await;
        let open = some_deal(&app, &admin, Outcome::Open).await.id;
        let today = app.scoring().past_score(&admin, open, None).await.expect("replays");
        assert!(today.shown.is_some() && today.recomputed.basis == ScoreBasis::StageRate);
        let value = |view: &app::views::scoring::PastScoreView, name: &str| {
            view.inputs.iter().find(|input| input.name == name).expect("is there").value.clone()
        };
        assert!(value(&today, "value").is_some_and(|value| value.starts_with("12345.5")), "{:?}", value(&today, "value"));
        let before = app.scoring().past_score(&admin, open, Some(days_ago(30).date_naive())).await.expect("replays");
        assert_eq!(before.shown, None, "no score had been made by then");
        assert!(value(&before, "value").is_some_and(|value| value.starts_with("10000")), "{:?}", value(&before, "value"));
        for (day, field) in [(days_ago(-2), "at"), (days_ago(41), "at")] {
            let refused = app.scoring().past_score(&admin, open, Some(day.date_naive())).await;
            assert!(matches!(refused, Err(AppError::Invalid { field: ref named, .. }) if named == field), "{refused:?}");
        }
        let won = some_deal(&app, &admin, Outcome::Won).await.id;
        let closed = app.scoring().past_score(&admin, won, Some(now().date_naive())).await.expect("replays");
        assert!(closed.at < days_ago(5), "as of just before the close");
        let stranger = viewer(&app, "stranger", Role::Rep, None).await;
        assert_eq!(app.scoring().past_score(&stranger, open, None).await, Err(AppError::NotFound));
    });
}
