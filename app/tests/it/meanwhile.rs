//! What is committed between a change's reading and its writing is not undone by it.
//!
//! Each test holds what the change is about in a transaction of its own, begins the change, and commits something else once the
//! change waits. On SQLite write transactions exclude each other, so there the same holds by itself; it is tested all the same.

use std::{future::Future, time::Duration};

use app::{
    domain::{
        alerts::{AlertAction, AlertFilter, AlertState, SweepCause},
        deals::{ActivityKind, DealQuery, Outcome, StageKind},
        error::AppError,
        ids::{DealId, StageId},
        notifications::Preferences,
        outcomes::LossReason,
        people::Viewer,
    },
    services::{App, DealChange, LeaseTimes, NewActivity},
    store::{
        Scope, alerts,
        deals::{
            self, Closing,
            history::{self, EventKind, NewEvent},
        },
        models,
        notifications::preferences,
        outcomes::closing,
    },
};
use chrono::TimeDelta;
use rust_decimal::Decimal;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait};

use crate::support::*;

/// Begins `change` while `tx` holds what it needs, and ends `tx` once the change waits for it; answers what became of the change.
async fn meanwhile<T: Send + 'static>(app: &App, tx: DatabaseTransaction, change: impl Future<Output = T> + Send + 'static) -> T {
    let change = tokio::spawn(change);
    if app.store().backend() == DbBackend::Postgres {
        wait_for_a_waiting_one(app).await;
    } else {
        tokio::task::yield_now().await;
    }
    tx.commit().await.expect("commits");
    change.await.expect("the change ends")
}

async fn wait_for_a_waiting_one(app: &App) {
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..2_000 {
        let found = app.store().db().query_one_raw(Statement::from_string(DbBackend::Postgres, waiting)).await.expect("asks");
        if found.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nobody waits for the transaction");
}

async fn begin(app: &App) -> DatabaseTransaction {
    app.store().db().begin().await.expect("begins")
}

async fn one_open_deal(app: &App) -> (Viewer, DealId) {
    ingest(app, vec![deal("1")]).await;
    let admin = admin(app).await;
    let id = app.deals().deal_list(&admin, DealQuery::opening()).await.expect("lists").rows[0].id;
    (admin, id)
}

/// Closes a deal as won in a transaction that goes on.
async fn close(tx: &DatabaseTransaction, id: DealId) {
    let detail = deals::find(tx, &Scope::All, id).await.expect("reads").expect("is there");
    let won = detail.stages.iter().find(|stage| stage.kind == StageKind::Won).map(|stage| stage.id);
    let closing = Closing {
        outcome: Outcome::Won,
        stage: won,
        from: detail.row.stage_id.map(StageId),
        value: Some(Decimal::from(777)),
        loss_reason: None,
        competitor: None,
        notes: Some("Closed meanwhile.".into()),
        at: now(),
    };
    deals::close(tx, id, detail.row.version, closing).await.expect("closes");
    let told = |kind, new: String| NewEvent { deal: id, at: Some(now()), actor: None, kind, field: None, old: None, new: Some(new) };
    let events = vec![
        told(EventKind::Value, "777".into()),
        told(EventKind::Stage, won.map(|stage| stage.to_string()).expect("a stage that tells so")),
        told(EventKind::Outcome, Outcome::Won.as_str().into()),
    ];
    history::append(tx, events, now()).await.expect("is recorded");
}

#[test]
fn an_import_does_not_undo_a_close() {
    on_both(|app| async move {
        let (admin, id) = one_open_deal(&app).await;
        let tx = begin(&app).await;
        close(&tx, id).await;
        let importing = app.clone();
        let newer = || {
            let mut newer = deal("1");
            newer.title = "A new title".into();
            newer
        };
        let report = meanwhile(&app, tx, async move { ingest(&importing, vec![newer()]).await }).await;
        assert_eq!((report.imported, report.updated), (0, 1));
        let view = app.deals().deal_view(&admin, id).await.expect("shows");
        assert_eq!((view.title.as_str(), view.outcome, view.closed_at), ("A new title", Outcome::Won, Some(now())));
        assert_eq!((view.stage.as_deref(), view.notes.as_deref()), (Some("Won"), Some("Closed meanwhile.")));
        let row = deals::find(app.store().db(), &Scope::All, id).await.expect("reads").expect("is there").row;
        assert_eq!(row.value, Some(Decimal::from(777)), "an older export knows nothing of the final value");
        assert_eq!(view.version, 3, "the close's version and the import's");
    });
}

#[test]
fn imports_take_turns() {
    on_both(|app| async move {
        // Quick to look again, and patient: the other is at work, not dead.
        let app = app.with_lease_times(LeaseTimes { renew: Duration::from_millis(20), lost: Duration::from_secs(60) });
        let all: Vec<_> = (0..40).map(|place| deal(&place.to_string())).collect();
        let imports: Vec<_> = (0..3)
            .map(|_| {
                let (app, all) = (app.clone(), all.clone());
                tokio::spawn(async move { ingest(&app, all).await })
            })
            .collect();
        let mut reports = Vec::new();
        for import in imports {
            let report = import.await.expect("does not panic");
            reports.push((report.imported, report.updated, report.unchanged));
        }
        reports.sort_unstable();
        assert_eq!(reports, [(0, 0, 40), (0, 0, 40), (40, 0, 0)], "each sees what the one before it brought");
    });
}

#[test]
fn an_import_does_not_undo_an_edit_that_it_knows_nothing_of() {
    on_both(|app| async move {
        let (admin, id) = one_open_deal(&app).await;
        let before = app.deals().deal_view(&admin, id).await.expect("shows");
        let tx = begin(&app).await;
        let edited = app::store::entity::deal::ActiveModel { title: Set("An edited title".into()), ..Default::default() };
        deals::change(&tx, id, before.version, edited).await.expect("edits");
        let importing = app.clone();
        let report = meanwhile(&app, tx, async move { ingest(&importing, vec![deal("1")]).await }).await;
        // The source decides the title, and what it replaced counts as a change: nothing goes by unseen.
        assert_eq!(report.updated, 1);
        assert_eq!(app.deals().deal_view(&admin, id).await.expect("shows").version, before.version + 2);
    });
}

#[test]
fn a_deal_that_was_closed_meanwhile_is_not_changed() {
    on_both(|app| async move {
        let (admin, id) = one_open_deal(&app).await;
        let tx = begin(&app).await;
        close(&tx, id).await;
        let (adding, by) = (app.clone(), admin.clone());
        let new = NewActivity { kind: ActivityKind::Call, subject: "Called".into(), at: None };
        let refused = meanwhile(&app, tx, async move { adding.deals().add_activity(&by, id, new).await }).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        let change = DealChange { value: Some(Some(Decimal::from(7))), ..DealChange::default() };
        let refused = app.deals().change_deal(&admin, id, change).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        let view = app.deals().deal_view(&admin, id).await.expect("shows");
        assert!(!view.timeline.iter().any(|entry| format!("{:?}", entry.what).contains("Called")));
    });
}

#[test]
fn a_close_takes_what_was_edited_meanwhile() {
    on_both(|app| async move {
        let (admin, id) = one_open_deal(&app).await;
        let before = app.deals().deal_view(&admin, id).await.expect("shows");
        let tx = begin(&app).await;
        let edited = app::store::entity::deal::ActiveModel { value: Set(Some(Decimal::from(99))), ..Default::default() };
        deals::change(&tx, id, before.version, edited).await.expect("edits");
        let (closing, by) = (app.clone(), admin.clone());
        let mut wanted = request(id, 0, Outcome::Won, None, None);
        wanted.deals = vec![(id, None)];
        let closed = meanwhile(&app, tx, async move { closing.outcomes().close_deals(&by, wanted).await }).await;
        closed.expect("nobody asked for a version");
        let row = deals::find(app.store().db(), &Scope::All, id).await.expect("reads").expect("is there").row;
        assert_eq!((row.value, row.outcome.as_str()), (Some(Decimal::from(99)), Outcome::Won.as_str()));
    });
}

#[test]
fn a_reason_that_is_renamed_meanwhile_takes_the_closed_deal_along() {
    on_both(|app| async move {
        let (admin, id) = one_open_deal(&app).await;
        let reasons = closing::reasons(app.store().db()).await.expect("reads");
        let price = reasons.iter().find(|reason| reason.name == "Price").expect("is there").clone();
        let tx = begin(&app).await;
        let held = closing::hold_reasons(&tx).await.expect("holds");
        assert_eq!(held, reasons);
        let detail = deals::find(&tx, &Scope::All, id).await.expect("reads").expect("is there");
        let lost = Closing {
            outcome: Outcome::Lost,
            stage: None,
            from: None,
            value: detail.row.value,
            loss_reason: Some(price.name.clone()),
            competitor: None,
            notes: None,
            at: now(),
        };
        deals::close(&tx, id, detail.row.version, lost).await.expect("closes");
        let (renaming, by) = (app.clone(), admin.clone());
        let renamed = LossReason { name: "Too dear".into(), ..price };
        meanwhile(&app, tx, async move { renaming.outcomes().change_loss_reason(&by, renamed).await }).await.expect("renames");
        let view = app.deals().deal_view(&admin, id).await.expect("shows");
        assert_eq!(view.loss_reason.as_deref(), Some("Too dear"));
    });
}

#[test]
fn choices_of_one_person_follow_each_other() {
    on_both(|app| async move {
        let person = admin(&app).await;
        let tx = begin(&app).await;
        app::store::locks::person(&tx, person.id).await.expect("holds");
        let chosen = Preferences { time_zone: "Europe/Berlin".into(), slack: None, ..Preferences::default() };
        preferences::set(&tx, person.id, &chosen, now()).await.expect("chooses");
        let (changing, by) = (app.clone(), person.clone());
        let later = Preferences { digest_hour: None, ..chosen.clone() };
        let wanted = later.clone();
        meanwhile(&app, tx, async move { changing.notifications().set_preferences(&by, wanted).await }).await.expect("chooses");
        assert_eq!(preferences::of(app.store().db(), person.id).await.expect("reads"), later);
    });
}

#[test]
fn a_sweep_leaves_an_alert_as_somebody_just_handled_it() {
    on_both(|app| async move {
        let admin = admin(&app).await;
        let mut stale = deal("1");
        stale.activities.clear();
        stale.changes.truncate(3);
        stale.expected_close = Some(days_ago(30).date_naive());
        ingest(&app, vec![stale]).await;
        app.alerts().sweep(SweepCause::Demand).await.expect("sweeps");
        let seen = alerts::newest_by_cause(app.store().db(), days_ago(60)).await.expect("reads");
        let alert = seen.values().next().expect("an alert").clone();
        let until = now() + TimeDelta::days(3);
        app.alerts().handle_alerts(&admin, &[alert.id], AlertAction::Snooze { until }, None).await.expect("snoozes");
        let tx = begin(&app).await;
        let opened =
            alerts::reopen(&tx, (alert.id, &alert.earlier), Some((&alert.observation, alert.earlier.priority)), now()).await.expect("asks");
        tx.commit().await.expect("commits");
        assert!(!opened, "what was decided before the snooze does not end it");
        let snoozed = AlertFilter { state: Some(AlertState::Snoozed), ..AlertFilter::default() };
        assert_eq!(alerts::count(app.store().db(), &Scope::All, &snoozed).await.expect("counts"), 1);
    });
}

#[test]
fn an_alert_that_was_resolved_meanwhile_is_not_brought_back() {
    on_both(|app| async move {
        let admin = admin(&app).await;
        let mut stale = deal("1");
        stale.activities.clear();
        stale.changes.truncate(3);
        stale.expected_close = Some(days_ago(30).date_naive());
        ingest(&app, vec![stale]).await;
        app.alerts().sweep(SweepCause::Demand).await.expect("sweeps");
        let seen = alerts::newest_by_cause(app.store().db(), days_ago(60)).await.expect("reads");
        let alert = seen.values().next().expect("an alert").clone();
        let tx = begin(&app).await;
        alerts::resolve_of_deal(&tx, alert.deal, now()).await.expect("resolves");
        let (handling, by, id) = (app.clone(), admin.clone(), alert.id);
        let handled =
            meanwhile(&app, tx, async move { handling.alerts().handle_alerts(&by, &[id], AlertAction::Acknowledge, None).await }).await;
        assert_eq!(handled.expect("answers"), [], "nothing was left to handle");
        let resolved = AlertFilter { state: Some(AlertState::Acknowledged), ..AlertFilter::default() };
        assert_eq!(alerts::count(app.store().db(), &Scope::All, &resolved).await.expect("counts"), 0);
    });
}

#[test]
fn a_roll_back_returns_only_to_what_it_was_asked_for() {
    on_both(|app| async move {
        prepared(app.clone()).await;
        let versions = [train(&app, 1).await.model_version, train(&app, 2).await.model_version];
        let to = models::deployment_before(app.store().db()).await.expect("reads").expect("an earlier one");
        assert_eq!(to.version, versions[0]);
        app.models().publish(versions[0], None).await.expect("publishes");
        let tx = begin(&app).await;
        let refused = models::roll_back(&tx, &to, now()).await;
        assert!(matches!(refused, Err(app::store::StoreError::ModelsChanged)), "{refused:?}");
        tx.rollback().await.expect("rolls back");
        assert_eq!(app.models().roll_back(None).await.expect("rolls back"), versions[1]);
    });
}
