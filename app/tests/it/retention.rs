//! The past in bounds: what is written down, what is deleted, and what stays as it was.

use app::{
    domain::{
        Instant,
        alerts::SweepCause,
        deals::Outcome,
        error::AppError,
        ids::DealId,
        imports::DealRecord,
        people::Role,
        probability::Probability,
        retention::Retention,
        risk::Health,
        scoring::{Reason, Score, ScoreBasis},
    },
    services::App,
    store::{
        models::accuracy,
        people,
        scoring::{
            score_key,
            scores::{self, NewScore},
        },
    },
};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, Statement};

use crate::support::*;

async fn rows(app: &App, sql: &str) -> i64 {
    let db = app.store().db();
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("counts").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

fn made(deal: DealId, at: Instant, n: i64) -> NewScore {
    let probability = Probability::saturating(0.05 + ((n * 37 + deal.0.as_u128() as i64 % 89).rem_euclid(90)) as f64 / 100.0);
    NewScore {
        deal,
        score: Score {
            at,
            probability,
            low: probability,
            high: probability,
            health: Health::Watch,
            basis: ScoreBasis::StageRate,
            model_version: None,
            reasons: vec![Reason { feature: "stage".into(), text: format!("score {n}"), points: 0.1 }],
            advice: Vec::new(),
        },
        revenue_at_risk: None,
        input_hash: String::new(),
        revision: 0,
        shadows: Vec::new(),
    }
}

/// Deals of two years, some of them closed, each scored every nine hours while it was open.
async fn two_years(app: &App) -> Vec<(DealId, Option<Instant>)> {
    let old = |record: DealRecord| DealRecord { created_at: Some(days_ago(820)), ..record };
    let mut records: Vec<DealRecord> = (0..3).map(|n| old(deal(&format!("o{n}")))).collect();
    for (n, days) in [2, 40, 95, 200, 330].into_iter().enumerate() {
        records.push(old(closed(&format!("c{n}"), if n % 2 == 0 { Outcome::Won } else { Outcome::Lost }, days)));
    }
    ingest(app, records).await;
    let db = app.store().db();
    let mut deals: Vec<(DealId, Option<Instant>)> =
        scores::open_deals(db).await.expect("reads").into_iter().map(|deal| (deal, None)).collect();
    deals.extend(scores::closed_deals(db).await.expect("reads"));
    for (deal, closed_at) in &deals {
        let times = (0..2_180_i64).map(|n| (n, days_ago(817) + TimeDelta::hours(9 * n)));
        let until = closed_at.unwrap_or(now());
        let past: Vec<NewScore> = times.filter(|(_, at)| *at < until).map(|(n, at)| made(*deal, at, n)).collect();
        scores::record_past(db, &past).await.expect("records");
    }
    deals
}

/// What was shown of each deal as each of the past days began, and just before its close.
async fn shown(app: &App, deals: &[(DealId, Option<Instant>)]) -> Vec<Option<uuid::Uuid>> {
    let midnight = now() - TimeDelta::hours(12);
    let mut found = Vec::new();
    for (deal, closed_at) in deals {
        let days = [0, 1, 2, 29, 30, 31, 32, 60, 89, 90, 91].map(|days| midnight - TimeDelta::days(days));
        for at in days.into_iter().chain(closed_at.map(|closed| closed - TimeDelta::milliseconds(1))) {
            // Of a deal that had closed by then only its end is asked for.
            if closed_at.is_none_or(|closed| at < closed) {
                found.push(accuracy::shown_by(app.store().db(), *deal, at).await.expect("reads"));
            }
        }
    }
    found
}

#[test]
fn thinning_changes_no_figure_and_bounds_what_is_kept() {
    on_both(|app| async move {
        let admin = admin(&app).await;
        let deals = two_years(&app).await;
        let db = app.store().db();
        let ids: Vec<DealId> = deals.iter().map(|(deal, _)| *deal).collect();
        let month_ago = now() - TimeDelta::days(30);
        let accuracy_before = app.models().accuracy_view(&admin).await.expect("shows");
        assert!(accuracy_before.horizons.iter().all(|horizon| horizon.overall.n == 5), "{:?}", accuracy_before.horizons);
        let shown_before = shown(&app, &deals).await;
        let trend_before = scores::points(db, &ids, month_ago).await.expect("reads");
        let before = rows(&app, "SELECT COUNT(*) FROM score").await;
        app.jobs().forget_the_past().await.expect("thins");
        assert_eq!(app.models().accuracy_view(&admin).await.expect("shows"), accuracy_before);
        assert_eq!(shown(&app, &deals).await, shown_before);
        assert_eq!(scores::points(db, &ids, month_ago).await.expect("reads"), trend_before);
        let after = rows(&app, "SELECT COUNT(*) FROM score").await;
        assert!(before > 12_000 && after < 8 * 330, "{before} scores became {after}");
        app.jobs().forget_the_past().await.expect("thins");
        assert_eq!(rows(&app, "SELECT COUNT(*) FROM score").await, after, "what is thin stays as it is");
    });
}

#[test]
fn a_score_is_written_down_when_it_says_something_new() {
    on_both(|app| async move {
        ingest(&app, vec![deal("1"), deal("2"), closed("3", Outcome::Won, 5)]).await;
        let written = async |day: i64, at: fn() -> Instant| {
            let app = app.clone().with_clock(at);
            score_open(&app).await;
            let key = score_key::of_day(app.store().db(), days_ago(-day).date_naive()).await.expect("reads");
            assert_eq!(scores::open_and_stale(app.store().db(), &key).await.expect("counts"), (2, 0), "all are up to date");
            rows(&app, "SELECT COUNT(*) FROM score").await
        };
        assert_eq!(written(0, now).await, 2);
        assert_eq!(written(1, || days_ago(-1)).await, 2, "a day changes no rate");
        assert_eq!(written(9, || days_ago(-9)).await, 2);
        ingest(&app, vec![closed("4", Outcome::Lost, 3)]).await;
        assert_eq!(written(10, || days_ago(-10)).await, 4, "another rate is news");
        assert_eq!(written(37, || days_ago(-37)).await, 6, "what changes with a date is news");
        assert_eq!(written(64, || days_ago(-64)).await, 6);
        assert_eq!(written(66, || days_ago(-66)).await, 8, "what holds is said again in time");
    });
}

#[test]
fn logs_end_where_admins_say() {
    on_both(|app| async move {
        let (admin, rep) = (admin(&app).await, viewer(&app, "rep", Role::Rep, None).await);
        let jobs = app.jobs();
        assert_eq!(jobs.retention(&admin).await, Ok(Retention::default()));
        assert_eq!(jobs.retention(&rep).await, Err(AppError::Forbidden));
        let short = Retention { audit: 900, ..Retention::default() };
        assert_eq!(jobs.set_retention(&rep, short).await, Err(AppError::Forbidden));
        let refused = jobs.set_retention(&admin, Retention { audit: 30, ..short }).await;
        assert!(matches!(refused, Err(AppError::Invalid { ref field, .. }) if field == "audit"), "{refused:?}");
        let db = app.store().db();
        for days in (0..1_300).step_by(2) {
            people::audit(db, days_ago(days), None, "test", None, None).await.expect("writes");
        }
        let kept = async || rows(&app, "SELECT COUNT(*) FROM audit_log WHERE action = 'test'").await;
        jobs.forget_the_past().await.expect("deletes");
        assert_eq!(kept().await, 650, "seven years by default");
        jobs.set_retention(&admin, short).await.expect("changes");
        jobs.forget_the_past().await.expect("deletes");
        assert_eq!(kept().await, 451, "the last of them 900 days ago");
        assert_eq!(rows(&app, "SELECT COUNT(*) FROM audit_log WHERE action = 'retention.change'").await, 1);
        // Alerts that ended long ago go, with what people were told of them; those that nobody answered stay.
        ingest(&app, (0..3).map(|n| deal(&n.to_string())).collect()).await;
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        let raised = rows(&app, "SELECT COUNT(*) FROM alert").await;
        assert!(raised >= 3, "{raised}");
        let end = format!(
            "UPDATE alert SET state = 'resolved', ended_at = '{}' WHERE id = (SELECT id FROM alert LIMIT 1)",
            days_ago(729).format("%Y-%m-%dT%H:%M:%S+00:00")
        );
        db.execute_unprepared(&end).await.expect("ends one");
        jobs.forget_the_past().await.expect("deletes");
        assert_eq!(rows(&app, "SELECT COUNT(*) FROM alert").await, raised);
        app.clone().with_clock(|| now() + TimeDelta::days(2)).jobs().forget_the_past().await.expect("deletes");
        assert_eq!(rows(&app, "SELECT COUNT(*) FROM alert").await, raised - 1);
        app.store().db().execute_unprepared("UPDATE setting SET value = 'nonsense' WHERE key = 'retention'").await.expect("spoils it");
        assert!(jobs.forget_the_past().await.is_err(), "nothing is deleted by times that nobody chose");
    });
}
