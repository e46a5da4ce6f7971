//! Jobs on real queues: done, failed for good and tried again, shared among servers.

use std::time::Duration;

use app::{
    services::{App, Job},
    store::{jobs::outbox, scoring::scores, similarity::embeddings},
    views::jobs::JobsView,
};
use sea_orm::ConnectionTrait;
use tokio::sync::oneshot;

use crate::support::{admin, deal, ingest, now, on_both};

/// Runs jobs as a server does until `done` says so, and stops as a server does.
async fn run_until(app: &App, done: impl AsyncFn() -> bool) {
    let (stop, stopped) = oneshot::channel::<()>();
    let stopping = async move {
        let _ = stopped.await;
    };
    let jobs = tokio::spawn(app.clone().run_jobs(stopping));
    let start = std::time::Instant::now();
    while !done().await {
        assert!(start.elapsed() < Duration::from_secs(60), "not done in time");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.send(()).expect("the jobs run");
    let ended = tokio::time::timeout(Duration::from_secs(30), jobs).await.expect("stops in time");
    ended.expect("a task").expect("stops cleanly");
}

async fn view(app: &App, viewer: &app::domain::people::Viewer) -> JobsView {
    app.jobs().jobs_view(viewer).await.expect("a view")
}

#[test]
fn what_an_import_makes_necessary_is_done_behind() {
    on_both(async |app| {
        let admin = admin(&app).await;
        assert_eq!(view(&app, &admin).await.recent, [], "before any server ran there are no queues");
        ingest(&app, (0..20).map(|n| deal(&n.to_string())).collect()).await;
        app.prepare_jobs().await.expect("prepares");
        let db = app.store().db();
        run_until(&app, async || {
            let score_key = scores::score_key(db, now().date_naive()).await.expect("reads");
            let (open, stale) = scores::open_and_stale(db, &score_key).await.expect("reads");
            assert_eq!(open, 20);
            embeddings::backlog(db).await.expect("reads") + stale == 0
        })
        .await;
        let view = view(&app, &admin).await;
        assert!(view.failed.is_empty(), "{view:?}");
        assert!(view.queues.iter().any(|queue| queue.name == "index" && queue.done > 0), "{view:?}");
    });
}

#[test]
fn many_wishes_for_the_same_become_one_job() {
    on_both(async |app| {
        let admin = admin(&app).await;
        app.prepare_jobs().await.expect("prepares");
        for _ in 0..100 {
            Job::Score.put(app.store().db(), now()).await.expect("puts");
        }
        let db = app.store().db();
        run_until(&app, async || {
            let done = view(&app, &admin).await.recent.iter().filter(|job| job.state == "Done").count();
            outbox::due(db, now(), 1).await.expect("reads").is_empty() && done >= 5
        })
        .await;
        let scored = view(&app, &admin).await.recent.iter().filter(|job| job.name == "Score deals").count();
        // A tick of the schedule may have come in between.
        assert!((1..=2).contains(&scored), "{scored}");
    });
}

#[test]
fn a_job_that_fails_for_good_waits_for_an_admin() {
    on_both(async |app| {
        let admin = admin(&app).await;
        app.prepare_jobs().await.expect("prepares");
        let db = app.store().db();
        // Without limits no backtest can be made: the first attempt is put back, the last stays as failed.
        db.execute_unprepared("DROP TABLE alert_threshold").await.expect("drops");
        outbox::put(db, r#"{"job":"backtest"}"#.into(), 0, now(), now()).await.expect("puts");
        outbox::put(db, r#"{"job":"backtest"}"#.into(), 4, now(), now()).await.expect("puts");
        run_until(&app, async || {
            let view = view(&app, &admin).await;
            !view.failed.is_empty() && !view.retrying.is_empty()
        })
        .await;
        let before = view(&app, &admin).await;
        assert_eq!(before.failed.len(), 1, "{before:?}");
        let failed = &before.failed[0];
        assert_eq!((failed.name.as_str(), failed.attempts), ("Backtest", 5));
        assert!(failed.error.as_ref().is_some_and(|error| !error.is_empty()), "{failed:?}");
        assert!(before.retrying[0].due_at > now());

        app.jobs().retry_job(&admin, &failed.id).await.expect("tries again");
        assert!(app.jobs().retry_job(&admin, &failed.id).await.is_err(), "it is no longer among the failed");
        let due = outbox::due(db, now(), 10).await.expect("reads");
        assert!(due.iter().any(|row| row.job.contains("backtest") && row.attempt == 0), "{due:?}");
        assert!(view(&app, &admin).await.failed.is_empty());
    });
}

#[test]
fn a_lease_has_one_holder_until_it_runs_out() {
    on_both(async |app| {
        let db = app.store().db();
        let minute = chrono::TimeDelta::minutes(1);
        assert!(outbox::take_lease(db, "x", "a", now(), minute).await.expect("takes"));
        assert!(!outbox::take_lease(db, "x", "b", now(), minute).await.expect("is refused"));
        assert!(outbox::take_lease(db, "x", "a", now(), minute).await.expect("prolongs"));
        assert!(outbox::take_lease(db, "x", "b", now() + minute, minute).await.expect("takes over"));
        outbox::give_lease_back(db, "x", "a").await.expect("has none to give");
        assert!(!outbox::take_lease(db, "x", "c", now(), minute).await.expect("is refused"));
    });
}
