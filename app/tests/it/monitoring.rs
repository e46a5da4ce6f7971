//! Sweeps, alerts and who is told, on both databases.

use std::collections::HashSet;

use app::{
    domain::{
        alerts::{AlertAction, AlertFilter, AlertRule, AlertState, DismissReason, ManualAlert, Priority, SweepCause, ThresholdPlace},
        deals::{DealQuery, Outcome, OutcomeFilter},
        error::AppError,
        ids::DealId,
        imports::{DealRecord, FieldChange},
        people::{Role, Viewer},
    },
    services::{App, Chosen, DealChange},
    store::people,
    views::alerts::AlertView,
};
use chrono::TimeDelta;

use crate::support::{activity, admin, closed, days_ago, deal, ingest, now, on_both, request, score_open, viewer};

/// Quiet but for a silence of `days`.
fn silent(external_id: &str, days: i64) -> DealRecord {
    let mut record = deal(external_id);
    record.activities = vec![activity(days, app::domain::deals::ActivityKind::Call, "s1")];
    record.changes.retain(|change| !matches!(change.change, FieldChange::CloseDate(_)));
    record
}

async fn active(app: &App, viewer: &Viewer) -> Vec<AlertView> {
    app.alerts().alert_list(viewer, AlertFilter::default()).await.expect("a list").alerts
}

fn rules(alerts: &[AlertView]) -> HashSet<AlertRule> {
    alerts.iter().map(|alert| alert.rule).collect()
}

async fn only_deal(app: &App, viewer: &Viewer) -> DealId {
    let list = app.deals().deal_list(viewer, DealQuery::opening()).await.expect("a list");
    assert_eq!(list.rows.len(), 1);
    list.rows[0].id
}

/// An hour, a day, a month later.
fn an_hour_later() -> app::domain::Instant {
    now() + TimeDelta::hours(1)
}

fn two_days_later() -> app::domain::Instant {
    now() + TimeDelta::days(2)
}

fn forty_days_later() -> app::domain::Instant {
    now() + TimeDelta::days(40)
}

#[test]
fn a_sweep_raises_once_and_resolves_when_the_cause_is_gone() {
    on_both(async |app| {
        let admin = admin(&app).await;
        ingest(&app, vec![silent("a", 20)]).await;
        let first = app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        let alerts = active(&app, &admin).await;
        assert!(rules(&alerts).contains(&AlertRule::Stale), "{alerts:?}");
        assert_eq!(first.raised as usize, alerts.len());
        let stale = alerts.iter().find(|alert| alert.rule == AlertRule::Stale).expect("stale");
        assert_eq!(stale.headline, "No activity for 20 days");
        assert!(stale.detail.contains("12 May 2026") && stale.detail.contains("14 days") && !stale.advice.is_empty());

        let again = app.alerts().sweep(SweepCause::Demand).await.expect("sweeps again");
        assert_eq!((again.raised, again.worsened, again.woken, again.resolved), (0, 0, 0, 0));

        let deal = only_deal(&app, &admin).await;
        let call = app::services::NewActivity { kind: app::domain::deals::ActivityKind::Call, subject: "Called back".into(), at: None };
        app.deals().add_activity(&admin, deal, call).await.expect("an activity");
        let after = app.alerts().sweep(SweepCause::Demand).await.expect("sweeps");
        assert_eq!(after.resolved, 1, "{:?}", active(&app, &admin).await);
        assert!(!rules(&active(&app, &admin).await).contains(&AlertRule::Stale));
        let resolved = app
            .alerts()
            .alert_list(&admin, AlertFilter { state: Some(AlertState::Resolved), ..AlertFilter::default() })
            .await
            .expect("a list");
        assert_eq!(resolved.total, 1);
    });
}

#[test]
fn sweeps_at_the_same_time_raise_one_alert() {
    on_both(async |app| {
        let admin = admin(&app).await;
        ingest(&app, (0..40).map(|n| silent(&format!("d{n}"), 20 + n)).collect()).await;
        let tasks: Vec<_> = (0..6)
            .map(|_| {
                let app = app.clone();
                tokio::spawn(async move { app.alerts().sweep(SweepCause::Demand).await })
            })
            .collect();
        let mut raised = 0;
        for task in tasks {
            // Whoever comes while another sweep runs is refused.
            if let Ok(report) = task.await.expect("a task") {
                raised += report.raised;
            }
        }
        let list = app.alerts().alert_list(&admin, AlertFilter::default()).await.expect("a list");
        assert_eq!(raised, list.total);
        let stale = AlertFilter { rule: Some(AlertRule::Stale), ..AlertFilter::default() };
        assert_eq!(app.alerts().alert_list(&admin, stale).await.expect("a list").total, 40);
    });
}

#[test]
fn the_database_itself_keeps_a_second_active_alert_out() {
    on_both(async |app| {
        use app::store::alerts::{self, NewAlert};
        let admin = admin(&app).await;
        ingest(&app, vec![silent("a", 20)]).await;
        let deal = only_deal(&app, &admin).await;
        let new = |n: i64| NewAlert {
            id: app::domain::ids::AlertId::new(),
            deal,
            cause: "stale".into(),
            priority: Priority::Low,
            observation: app::domain::alerts::Observation::Stale { since: days_ago(n), limit: 14.0 },
            created_by: None,
        };
        let db = app.store().db();
        assert_eq!(alerts::raise(db, &[new(20)], now()).await.expect("raises").len(), 1);
        assert_eq!(alerts::raise(db, &[new(21)], now()).await.expect("leaves out").len(), 0);
    });
}

#[test]
fn alerts_live_acknowledged_snoozed_dismissed() {
    on_both(async |app| {
        let admin = admin(&app).await;
        ingest(&app, vec![silent("a", 20)]).await;
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        let stale = active(&app, &admin).await.into_iter().find(|alert| alert.rule == AlertRule::Stale).expect("stale");

        let alert = app.alerts().handle_alert(&admin, stale.id, AlertAction::Acknowledge, Some("on it".into())).await.expect("takes it");
        assert_eq!(
            (alert.state, alert.note.as_deref(), alert.handled_by.as_deref()),
            (AlertState::Acknowledged, Some("on it"), Some("admin"))
        );

        let snooze = AlertAction::Snooze { until: now() + TimeDelta::days(1) };
        assert_eq!(app.alerts().handle_alert(&admin, stale.id, snooze, None).await.expect("snoozes").state, AlertState::Snoozed);
        let too_early = app.clone().with_clock(an_hour_later).alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        assert_eq!(too_early.woken, 0);
        let later = app.clone().with_clock(two_days_later);
        assert_eq!(later.alerts().sweep(SweepCause::Schedule).await.expect("sweeps").woken, 1);
        assert_eq!(later.alerts().alert(&admin, stale.id).await.expect("there").state, AlertState::Open);

        let past = AlertAction::Snooze { until: now() };
        let refused = later.alerts().handle_alert(&admin, stale.id, past, None).await;
        assert!(matches!(refused, Err(AppError::Invalid { field, .. }) if field == "until"));

        let dismiss = AlertAction::Dismiss { reason: DismissReason::Wrong };
        let dismissed = later.alerts().handle_alert(&admin, stale.id, dismiss.clone(), None).await.expect("dismisses");
        assert_eq!((dismissed.state, dismissed.dismissed), (AlertState::Dismissed, Some(DismissReason::Wrong)));
        assert!(matches!(later.alerts().handle_alert(&admin, stale.id, dismiss, None).await, Err(AppError::Conflict(_))), "it is over");
        let quiet = later.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        assert_eq!(quiet.raised, 0, "what was called wrong is not raised again at once");
        let much_later = app.clone().with_clock(forty_days_later);
        assert!(much_later.alerts().sweep(SweepCause::Schedule).await.expect("sweeps").raised > 0);

        let view = much_later.alerts().monitoring_view(&admin).await.expect("a view");
        let stale = view.relevance.iter().find(|of| of.rule == AlertRule::Stale).expect("figures");
        assert_eq!((stale.raised, stale.wrong, stale.false_positive_share()), (2, 1, Some(1.0)));
    });
}

#[test]
fn nobody_touches_alerts_out_of_scope() {
    on_both(async |app| {
        let admin = admin(&app).await;
        let stranger = viewer(&app, "stranger", Role::Rep, None).await;
        ingest(&app, vec![silent("a", 20)]).await;
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        let alert = active(&app, &admin).await[0].id;
        assert_eq!(active(&app, &stranger).await.len(), 0);
        assert_eq!(app.alerts().alert(&stranger, alert).await, Err(AppError::NotFound));
        assert_eq!(app.alerts().handle_alerts(&stranger, &[alert], AlertAction::Acknowledge, None).await.expect("does nothing"), []);
        assert_eq!(app.alerts().alert(&admin, alert).await.expect("there").state, AlertState::Open);
        assert_eq!(app.alerts().ask_for_sweep(&stranger).await, Err(AppError::Forbidden));
        assert_eq!(app.alerts().monitoring_view(&stranger).await.map(|_| ()), Err(AppError::Forbidden));
        assert_eq!(app.jobs().jobs_view(&stranger).await.map(|_| ()), Err(AppError::Forbidden));
        let deal = only_deal(&app, &admin).await;
        let change = DealChange { title: Some("Mine".into()), ..DealChange::default() };
        assert_eq!(app.deals().change_deal(&stranger, deal, change).await, Err(AppError::NotFound));
    });
}

#[test]
fn closing_a_deal_resolves_its_alerts_at_once() {
    on_both(async |app| {
        let admin = admin(&app).await;
        ingest(&app, vec![silent("a", 20)]).await;
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        let deal = only_deal(&app, &admin).await;
        assert!(!active(&app, &admin).await.is_empty());
        app.outcomes().close_deals(&admin, request(deal, 1, Outcome::Won, None, None)).await.expect("closes");
        assert_eq!(active(&app, &admin).await, []);
    });
}

#[test]
fn an_import_that_closes_a_deal_resolves_its_alerts_at_once() {
    on_both(async |app| {
        let admin = admin(&app).await;
        ingest(&app, vec![silent("a", 20)]).await;
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        score_open(&app).await;
        assert!(!active(&app, &admin).await.is_empty());
        ingest(&app, vec![closed("a", Outcome::Lost, 1)]).await;
        assert_eq!(active(&app, &admin).await, []);
        // Nor does it rank among the deals at risk any more.
        let closed_deals = DealQuery { outcome: OutcomeFilter::Closed, ..DealQuery::opening() };
        let rows = app.deals().deal_list(&admin, closed_deals).await.expect("lists").rows;
        assert!(rows.len() == 1 && rows[0].score.is_none(), "{rows:?}");
    });
}

#[test]
fn every_rule_sees_what_the_database_holds() {
    on_both(async |app| {
        let admin = admin(&app).await;
        let mut slipped = deal("slipped");
        let change = |days, change| app::domain::imports::ChangeRecord { at: days_ago(days), actor: None, change };
        slipped.changes = vec![
            change(60, FieldChange::Stage("Qualify".into())),
            change(60, FieldChange::CloseDate(days_ago(50).date_naive())),
            change(50, FieldChange::CloseDate(days_ago(40).date_naive())),
            change(40, FieldChange::CloseDate(days_ago(30).date_naive())),
            change(5, FieldChange::CloseDate(days_ago(1).date_naive())),
            change(20, FieldChange::Probability(app::domain::probability::Probability::saturating(0.8))),
            change(2, FieldChange::Probability(app::domain::probability::Probability::saturating(0.4))),
        ];
        slipped.changes.sort_by_key(|change| change.at);
        slipped.created_at = Some(days_ago(60));
        slipped.stage = Some("Qualify".into());
        slipped.probability = app::domain::probability::Probability::new(0.4);
        slipped.expected_close = Some(days_ago(1).date_naive());
        slipped.activities = vec![activity(5, app::domain::deals::ActivityKind::Call, "x1")];
        let mut planned = silent("planned", 1);
        planned.activities.push(activity(-3, app::domain::deals::ActivityKind::Meeting, "x2"));
        ingest(&app, vec![slipped, planned]).await;
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        let of_slipped: Vec<AlertView> =
            active(&app, &admin).await.into_iter().filter(|alert| alert.deal_title == "Deal slipped").collect();
        let expected = HashSet::from([
            AlertRule::Stuck,
            AlertRule::RepDrop,
            AlertRule::Slipping,
            AlertRule::RepeatedSlips,
            AlertRule::Overdue,
            AlertRule::NoNextStep,
            AlertRule::SingleThreaded,
        ]);
        assert_eq!(rules(&of_slipped), expected);
        let single = of_slipped.iter().find(|alert| alert.rule == AlertRule::SingleThreaded).expect("single-threaded");
        assert_eq!(single.headline, "All contact is with Rosa Delgado");
        let slip = of_slipped.iter().find(|alert| alert.rule == AlertRule::Slipping).expect("slipping");
        assert_eq!(slip.headline, "Close date moved back by 29 days");
    });
}

#[test]
fn limits_are_chosen_by_place() {
    on_both(async |app| {
        let admin = admin(&app).await;
        let manager = viewer(&app, "manager", Role::Manager, None).await;
        ingest(&app, vec![silent("a", 20)]).await;
        let workspace = ThresholdPlace::Workspace;
        let refused = app.alerts().choose_threshold(&manager, AlertRule::Stale, workspace, Chosen::Off).await;
        assert_eq!(refused, Err(AppError::Forbidden));
        let wrong = app.alerts().choose_threshold(&admin, AlertRule::Stale, workspace, Chosen::Limit(-1.0)).await;
        assert!(matches!(wrong, Err(AppError::Invalid { field, .. }) if field == "limit"));
        app.alerts().choose_threshold(&admin, AlertRule::Stale, workspace, Chosen::Limit(25.0)).await.expect("chooses");
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        assert!(!rules(&active(&app, &admin).await).contains(&AlertRule::Stale));
        let view = app.alerts().monitoring_view(&admin).await.expect("a view");
        let stage = view.places.iter().find(|place| place.name == "Propose").expect("the deal's stage").place;
        app.alerts().choose_threshold(&admin, AlertRule::Stale, stage, Chosen::Limit(10.0)).await.expect("chooses");
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        assert!(rules(&active(&app, &admin).await).contains(&AlertRule::Stale));
        app.alerts().choose_threshold(&admin, AlertRule::Stale, stage, Chosen::Inherited).await.expect("chooses");
        assert_eq!(app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps").resolved, 0, "20 days are within the eased limit of 25");
        app.alerts().choose_threshold(&admin, AlertRule::Stale, workspace, Chosen::Off).await.expect("chooses");
        assert_eq!(app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps").resolved, 1);
    });
}

#[test]
fn the_owner_is_told_and_reads_it() {
    on_both(async |app| {
        let rep = viewer(&app, "Ann Rep", Role::Rep, None).await;
        ingest(&app, vec![silent("a", 20)]).await;
        let mut feed = app.notifications().listen(&rep, None).await.expect("a feed");
        let live = tokio::spawn(app.clone().notifications().run_live());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        let told = tokio::time::timeout(std::time::Duration::from_secs(5), feed.next()).await.expect("in time").expect("a notification");
        let centre = app.notifications().notification_centre(&rep).await.expect("a centre");
        assert!(centre.unread > 0 && centre.notifications.iter().any(|known| known.id == told.id));
        // A browser that comes back hears what it missed, and nothing twice.
        let oldest = centre.notifications.last().expect("one").id;
        let mut again = app.notifications().listen(&rep, Some(oldest)).await.expect("a feed");
        for expected in centre.notifications.iter().rev().skip(1) {
            let heard = tokio::time::timeout(std::time::Duration::from_secs(5), again.next()).await.expect("in time").expect("one");
            assert_eq!(heard.id, expected.id);
        }
        app.notifications().mark_notifications_read(&rep, Some(told.id)).await.expect("reads");
        assert_eq!(app.notifications().unread_notifications(&rep).await.expect("a count"), centre.unread - 1);
        app.notifications().mark_notifications_read(&rep, None).await.expect("reads all");
        assert_eq!(app.notifications().unread_notifications(&rep).await.expect("a count"), 0);
        app.notifications().stop_listening();
        assert!(again.next().await.is_none() || feed.next().await.is_none());
        live.await.expect("ends");
    });
}

#[test]
fn muted_deals_and_other_peoples_are_silent() {
    on_both(async |app| {
        let rep = viewer(&app, "Ann Rep", Role::Rep, None).await;
        let other = viewer(&app, "Bob", Role::Rep, None).await;
        ingest(&app, vec![silent("a", 20)]).await;
        let deal = only_deal(&app, &rep).await;
        assert_eq!(app.notifications().mute_deal(&other, deal, true).await, Err(AppError::NotFound));
        app.notifications().mute_deal(&rep, deal, true).await.expect("mutes");
        app.notifications().mute_deal(&rep, deal, true).await.expect("mutes again");
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        assert_eq!(app.notifications().unread_notifications(&rep).await.expect("a count"), 0);
        assert_eq!(app.notifications().unread_notifications(&other).await.expect("a count"), 0);
        assert!(!active(&app, &rep).await.is_empty(), "the alerts are there all the same");
    });
}

#[test]
fn alerts_raised_by_hand_have_one_cause_each() {
    on_both(async |app| {
        let admin = admin(&app).await;
        ingest(&app, vec![silent("a", 1)]).await;
        let deal_id = only_deal(&app, &admin).await;
        let manual = |cause: &str, headline: &str| ManualAlert {
            deal_id,
            cause: cause.into(),
            headline: headline.into(),
            detail: "Said on the phone.".into(),
            priority: Priority::High,
        };
        let alert = app.alerts().raise_alert(&admin, manual("Legal", "Contract is stuck in legal")).await.expect("raises");
        assert_eq!(
            (alert.rule, alert.headline.as_str(), alert.priority),
            (AlertRule::Manual, "Contract is stuck in legal", Priority::High)
        );
        assert!(matches!(app.alerts().raise_alert(&admin, manual("legal", "Again")).await, Err(AppError::Conflict(_))));
        assert!(
            matches!(app.alerts().raise_alert(&admin, manual("x", " ")).await, Err(AppError::Invalid { field, .. }) if field == "headline")
        );
        app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
        assert_eq!(app.alerts().alert(&admin, alert.id).await.expect("there").state, AlertState::Open, "a sweep leaves it alone");
    });
}

#[test]
fn changes_of_a_deal_are_checked_and_kept() {
    on_both(async |app| {
        let admin = admin(&app).await;
        ingest(&app, vec![deal("a")]).await;
        let id = only_deal(&app, &admin).await;
        let json = r#"{"title": "A better title", "value": null, "expected_close": "2026-09-01", "rep_probability": 0.2, "version": 1}"#;
        let change: DealChange = serde_json::from_str(json).expect("a change");
        app.deals().change_deal(&admin, id, change.clone()).await.expect("changes");
        let view = app.deals().deal_view(&admin, id).await.expect("a deal");
        assert_eq!((view.title.as_str(), view.value, view.version), ("A better title", None, 2));
        assert_eq!(view.expected_close.map(|date| date.to_string()).as_deref(), Some("2026-09-01"));
        assert!(matches!(app.deals().change_deal(&admin, id, change).await, Err(AppError::Conflict(_))), "the version is another one");
        let bad = |json: &str| serde_json::from_str::<DealChange>(json).expect("a change");
        for (json, field) in [
            (r#"{"title": " "}"#, "title"),
            (r#"{"value": -1}"#, "value"),
            (r#"{"stage_id": "00000000-0000-0000-0000-000000000000"}"#, "stage_id"),
        ] {
            let refused = app.deals().change_deal(&admin, id, bad(json)).await;
            assert!(matches!(&refused, Err(AppError::Invalid { field: named, .. }) if named == field), "{json}: {refused:?}");
        }
        assert!(serde_json::from_str::<DealChange>(r#"{"owner": "me"}"#).is_err());
        assert!(people::names(app.store().db()).await.expect("names").len() > 1);
    });
}

#[test]
fn the_backtest_knows_what_became_of_deals() {
    on_both(async |app| {
        let admin = admin(&app).await;
        // Each was silent from its tenth day on, for 50 days: all get an alert for staleness.
        let deals = (0..60).map(|n| closed(&format!("c{n}"), if n % 3 == 0 { Outcome::Won } else { Outcome::Lost }, 1 + n));
        ingest(&app, deals.collect()).await;
        let made = app.alerts().backtest().await.expect("replays");
        assert_eq!((made.backtest.deals, made.backtest.lost), (60, 40));
        let stale = made.backtest.rules.iter().find(|of| of.rule == AlertRule::Stale).expect("stale");
        assert_eq!((stale.current.fired, stale.current.deals, stale.current.recall), (60, 60, Some(1.0)));
        assert_eq!(stale.current.days_of_warning.map(f64::round), Some(36.0));
        let view = app.alerts().monitoring_view(&admin).await.expect("a view");
        assert_eq!(view.backtest, Some(made), "it is kept for the page");
    });
}
