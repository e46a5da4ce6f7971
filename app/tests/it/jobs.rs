//! Jobs on the real queue: done, failed for good and tried again, shared among servers.

use std::time::Duration;

use app::{
    domain::{Instant, jobs::JobState},
    services::{App, Job, LeaseTimes, ServiceError},
    store::{
        Store, StoreError,
        entity::{job, outbox as left_behind},
        jobs::{
            leases::{self, Lease},
            outbox::{self, Claimed, Ending, Hold, Wish},
        },
        scoring::{score_key, scores},
        similarity::embeddings,
    },
    views::jobs::JobsView,
};
use chrono::TimeDelta;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use tokio::sync::oneshot;
use uuid::Uuid;

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
            let score_key = score_key::of_day(db, now().date_naive()).await.expect("reads");
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
        let db = app.store().db();
        for _ in 0..100 {
            Job::Score.put(db, now()).await.expect("puts");
        }
        run_until(&app, async || view(&app, &admin).await.recent.iter().any(|job| job.state == JobState::Done)).await;
        let view = view(&app, &admin).await;
        assert_eq!(view.recent.len(), 1, "{view:?}");
        assert_eq!(outbox::due(db, now(), 1).await.expect("reads"), []);
    });
}

#[test]
fn a_job_that_fails_for_good_waits_for_an_admin() {
    on_both(async |app| {
        let admin = admin(&app).await;
        let db = app.store().db();
        // Without limits no backtest can be made: the first attempt is put back, the last stays as failed.
        db.execute_unprepared("DROP TABLE alert_threshold").await.expect("drops");
        Job::Backtest.put(db, now()).await.expect("puts");
        run_until(&app, async || !view(&app, &admin).await.retrying.is_empty()).await;
        let tried = view(&app, &admin).await;
        assert!(tried.retrying[0].due_at > now() && tried.failed.is_empty(), "{tried:?}");
        assert_eq!((tried.retrying[0].attempt, tried.recent[0].state), (2, JobState::Retried));
        // What is asked for again meanwhile is the same job, and counts on.
        Job::Backtest.put_again(db, 4, now()).await.expect("puts");
        run_until(&app, async || !view(&app, &admin).await.failed.is_empty()).await;
        let before = view(&app, &admin).await;
        assert_eq!(before.failed.len(), 1, "{before:?}");
        let failed = &before.failed[0];
        assert_eq!((failed.name.as_str(), failed.attempts), ("Backtest", 5));
        assert!(failed.error.as_ref().is_some_and(|error| !error.is_empty()), "{failed:?}");
        assert!(before.retrying.is_empty(), "{before:?}");

        app.jobs().retry_job(&admin, &failed.id).await.expect("tries again");
        assert!(app.jobs().retry_job(&admin, &failed.id).await.is_err(), "it is no longer among the failed");
        let due = outbox::due(db, now(), 10).await.expect("reads");
        assert!(due.iter().any(|row| row.job.contains("backtest") && row.attempt == 0), "{due:?}");
        assert!(view(&app, &admin).await.failed.is_empty());
    });
}

/// Takes the next of the jobs of kind `test`, as a worker called `holder` does.
async fn claim(app: &App, holder: Uuid, wall: Instant) -> Option<Claimed> {
    let tx = app.store().begin_write().await.expect("begins");
    let hold = Hold { holder, until: wall + TimeDelta::seconds(60) };
    let claimed = outbox::claim(&tx, &["test"], hold, now(), wall).await.expect("looks");
    if claimed.is_some() {
        tx.commit().await.expect("commits");
    }
    claimed
}

async fn end(app: &App, claimed: &Claimed, holder: Uuid, ending: Ending) -> bool {
    let tx = app.store().begin_write().await.expect("begins");
    let ended = outbox::end(&tx, claimed, holder, ending, "said".into(), (now(), now())).await.expect("ends");
    tx.commit().await.expect("commits");
    ended
}

async fn wish(app: &App, job: &str) {
    outbox::put(app.store().db(), Wish { kind: "test", job: job.into() }, 0, now(), now()).await.expect("puts");
}

#[test]
fn no_two_workers_have_the_same_job() {
    on_both(async |app| {
        const JOBS: usize = 8;
        for wished in 0..JOBS * 5 {
            wish(&app, &format!("job {}", wished % JOBS)).await;
        }
        let workers = (0..6).map(|_| {
            let app = app.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                // Somebody else may be faster a few times; nobody is in the end.
                for _ in 0..JOBS * 6 {
                    let holder = Uuid::now_v7();
                    if let Some(claimed) = claim(&app, holder, now()).await {
                        mine.push((claimed, holder));
                    }
                }
                mine
            })
        });
        let mut all = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            all.extend(worker.await.expect("a worker"));
        }
        let mut jobs: Vec<&str> = all.iter().map(|(claimed, _)| claimed.job.as_str()).collect();
        jobs.sort_unstable();
        assert_eq!(jobs, (0..JOBS).map(|job| format!("job {job}")).collect::<Vec<_>>(), "each once");
        for (claimed, holder) in &all {
            assert!(end(&app, claimed, *holder, Ending::Done).await);
        }
        // Wishes that came while a worker took theirs may be left on Postgres, and are jobs of their own.
        let mut left = 0;
        while let Some(claimed) = claim(&app, Uuid::nil(), now()).await {
            left += 1;
            assert!(end(&app, &claimed, Uuid::nil(), Ending::Done).await);
        }
        assert!(left <= JOBS, "{left}");
        assert_eq!(outbox::due(app.store().db(), now(), 1).await.expect("reads"), []);
    });
}

#[test]
fn what_is_wished_for_meanwhile_is_done_afterwards() {
    on_both(async |app| {
        let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
        wish(&app, "a").await;
        let claimed = claim(&app, first, now()).await.expect("is due");
        wish(&app, "a").await;
        assert_eq!(claim(&app, second, now()).await, None, "it runs");
        wish(&app, "b").await;
        assert_eq!(claim(&app, second, now()).await.map(|claimed| claimed.job).as_deref(), Some("b"), "others are not held up");
        assert!(end(&app, &claimed, first, Ending::Done).await);
        assert_eq!(claim(&app, second, now()).await.map(|claimed| claimed.job).as_deref(), Some("a"));
    });
}

#[test]
fn a_killed_workers_job_is_taken_up() {
    on_both(async |app| {
        let (killed, other) = (Uuid::now_v7(), Uuid::now_v7());
        wish(&app, "a").await;
        let claimed = claim(&app, killed, now()).await.expect("is due");
        wish(&app, "a").await;
        assert_eq!(claim(&app, other, now() + TimeDelta::seconds(59)).await, None, "it may live");
        let later = now() + TimeDelta::seconds(61);
        let taken = claim(&app, other, later).await.expect("is taken up");
        assert_eq!((taken.id, taken.attempt), (claimed.id, 0));
        // If it was only paused, it finds that the job is no longer its own, and what it did is not written down.
        let hold = Hold { holder: killed, until: later };
        assert!(!outbox::renew(app.store().db(), claimed.id, hold).await.expect("asks"));
        assert!(!end(&app, &claimed, killed, Ending::Done).await);
        assert!(outbox::renew(app.store().db(), claimed.id, Hold { holder: other, ..hold }).await.expect("asks"));
        assert!(end(&app, &taken, other, Ending::Done).await);
        assert_eq!(claim(&app, other, later).await, None, "the second wish was the same work");
    });
}

#[test]
fn a_failed_job_waits_for_its_time() {
    on_both(async |app| {
        let holder = Uuid::now_v7();
        wish(&app, "a").await;
        let claimed = claim(&app, holder, now()).await.expect("is due");
        assert!(end(&app, &claimed, holder, Ending::Retry(now() + TimeDelta::seconds(1))).await);
        assert_eq!(claim(&app, holder, now()).await, None);
        wish(&app, "a").await;
        let again = claim(&app, holder, now()).await.expect("is wished for");
        assert_eq!(again.attempt, 1, "it counts on");
        assert!(end(&app, &again, holder, Ending::Failed).await);
        let db = app.store().db();
        assert_eq!(outbox::retrying(db, 10).await.expect("reads"), []);
        for _ in 0..3 {
            wish(&app, "a").await;
            let claimed = claim(&app, holder, now()).await.expect("is due");
            assert!(end(&app, &claimed, holder, Ending::Failed).await);
        }
        assert_eq!(outbox::runs(db, true, 10).await.expect("reads").len(), 1, "only the newest failure is kept");
    });
}

#[test]
fn what_a_newer_server_asked_for_waits_for_one() {
    on_both(async |app| {
        let admin = admin(&app).await;
        let db = app.store().db();
        let newer = Wish { kind: "from_the_future", job: r#"{"job":"from_the_future"}"#.into() };
        outbox::put(db, newer, 0, now(), now()).await.expect("puts");
        // Of a kind that this version knows, with something in it that it does not.
        let other = Wish { kind: "sweep", job: r#"{"job":"sweep","cause":"omen"}"#.into() };
        outbox::put(db, other, 0, now(), now()).await.expect("puts");
        Job::Tidy.put(db, now() + TimeDelta::days(1)).await.expect("puts");
        run_until(&app.clone().with_clock(tomorrow), async || {
            view(&app, &admin).await.recent.iter().any(|job| job.state == JobState::Done)
        })
        .await;
        let view = view(&app, &admin).await;
        assert_eq!(view.unknown.len(), 1, "{view:?}");
        assert!(view.unknown[0].name.contains("from_the_future"));
        let left = job::Entity::find().all(db).await.expect("reads");
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(left.iter().all(|job| job.holder.is_none() && job.attempt == 0), "{left:?}");
    });
}

fn tomorrow() -> Instant {
    now() + TimeDelta::days(1)
}

#[test]
fn what_the_previous_version_left_is_taken_over() {
    on_both(async |app| {
        let db = app.store().db();
        for job in [r#"{"job":"backtest"}"#, r#"{"job":"from_the_future"}"#] {
            let row = left_behind::ActiveModel {
                id: Set(Uuid::now_v7()),
                job: Set(job.into()),
                attempt: Set(0),
                created_at: Set(now()),
                due_at: Set(now()),
            };
            left_behind::Entity::insert(row).exec_without_returning(db).await.expect("inserts");
        }
        app.prepare_jobs().await.expect("prepares");
        app.prepare_jobs().await.expect("prepares again");
        let due = outbox::due(db, now(), 100).await.expect("reads");
        assert!(due.iter().any(|job| job.job.contains("backtest")), "{due:?}");
        let left = outbox::left_behind(db).await.expect("reads");
        assert_eq!(left.iter().map(|(_, job)| job.as_str()).collect::<Vec<_>>(), [r#"{"job":"from_the_future"}"#]);
    });
}

#[test]
fn each_time_of_a_schedule_comes_once() {
    on_both(async |app| {
        let db = app.store().db();
        let minute = TimeDelta::minutes(1);
        outbox::begin_schedule(db, "x", now()).await.expect("begins");
        assert!(!outbox::advance_schedule(db, "x", now()).await.expect("asks"), "it begins with the next time");
        assert!(outbox::advance_schedule(db, "x", now() + minute).await.expect("asks"));
        assert!(!outbox::advance_schedule(db, "x", now() + minute).await.expect("asks"), "another server was first");
        outbox::begin_schedule(db, "x", now() + minute * 5).await.expect("goes on");
        assert!(outbox::advance_schedule(db, "x", now() + minute * 5).await.expect("asks"), "a time that no server saw is made up for");
        assert!(!outbox::advance_schedule(db, "x", now() + minute * 4).await.expect("asks"));
    });
}

fn lease(holder: &str) -> Lease {
    Lease { name: "x".into(), holder: holder.into() }
}

#[test]
fn a_lease_has_one_holder_until_it_runs_out() {
    on_both(async |app| {
        let db = app.store().db();
        let minute = TimeDelta::minutes(1);
        let (a, b, c) = (lease("a"), lease("b"), lease("c"));
        assert!(leases::take(db, &a, now(), minute).await.expect("takes"));
        assert!(!leases::take(db, &b, now(), minute).await.expect("is refused"));
        assert!(leases::take(db, &a, now(), minute).await.expect("prolongs"));
        leases::check(db, &a).await.expect("has it");
        assert!(leases::take(db, &b, now() + minute, minute).await.expect("takes over"));
        assert!(leases::check(db, &a).await.is_err(), "no longer");
        leases::give_back(db, &a).await.expect("has none to give");
        assert!(!leases::take(db, &c, now(), minute).await.expect("is refused"));
    });
}

#[test]
fn who_lost_a_lease_writes_no_more_and_gives_up() {
    on_both(async |app| {
        let quick = LeaseTimes { renew: Duration::from_millis(20), lost: Duration::from_secs(60) };
        let app = app.with_lease_times(quick);
        let db = app.store().db();
        let lost = app
            .jobs()
            .with_lease("x", async |store: Store| {
                drop(store.begin_write().await.expect("it is ours"));
                let other = lease("other");
                let far = chrono::Utc::now() + TimeDelta::hours(1);
                assert!(leases::take(db, &other, far, TimeDelta::hours(1)).await.expect("takes over"));
                assert!(matches!(store.begin_write().await, Err(StoreError::LeaseLost(name)) if name == "x"));
                drop(app.store().begin_write().await.expect("others write"));
                std::future::pending::<()>().await;
                Ok(())
            })
            .await;
        assert!(matches!(lost, Err(ServiceError::Store(StoreError::LeaseLost(_)))), "{lost:?}");
        leases::check(db, &lease("other")).await.expect("is not given back by who lost it");
    });
}
