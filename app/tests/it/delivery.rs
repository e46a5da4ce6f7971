//! Daily mails and Slack messages, from plan to record, on both databases.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use app::{
    domain::{
        alerts::{Priority, SweepCause},
        notifications::Preferences,
        people::Role,
    },
    notifications::slack::SlackHook,
    services::{App, Outbound},
    store::{entity::delivery, notifications::preferences, people},
};
use axum::{Router, extract::State, http::StatusCode, routing::post};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

use crate::{
    smtp::Server,
    support::{activity, deal, ingest, now, on_both, viewer},
};

fn six_minutes_later() -> app::domain::Instant {
    now() + TimeDelta::minutes(6)
}

fn twelve_minutes_later() -> app::domain::Instant {
    now() + TimeDelta::minutes(12)
}

fn a_day_later() -> app::domain::Instant {
    now() + TimeDelta::days(1)
}

/// A rep with one neglected deal, whose mail is due at noon UTC: the tests' hour.
async fn neglected(app: &App) -> app::domain::people::Viewer {
    let rep = viewer(app, "Ann Rep", Role::Rep, None).await;
    let mut record = deal("a");
    record.activities = vec![activity(40, app::domain::deals::ActivityKind::Call, "s1")];
    ingest(app, vec![record]).await;
    app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
    let chosen = Preferences { digest_hour: Some(12), email: Some(Priority::Low), slack: Some(Priority::Low), ..Preferences::default() };
    app.notifications().set_preferences(&rep, chosen).await.expect("preferences");
    rep
}

fn mailing(app: &App, server: &Server) -> App {
    app.clone().with_outbound(Outbound { mailer: Some(server.mailer()), slack: None, public_url: "https://vectoros.example".into() })
}

async fn only_delivery(app: &App) -> delivery::Model {
    let mut rows = delivery::Entity::find().all(app.store().db()).await.expect("deliveries");
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// As a server leaves it that was killed after it sent and before it recorded.
async fn killed_while_sending(app: &App) {
    let row = only_delivery(app).await;
    let mut row: delivery::ActiveModel = row.into();
    row.state = Set("sending".into());
    row.sent_at = Set(None);
    row.update(app.store().db()).await.expect("changes");
}

#[test]
fn a_digest_is_sent_once_and_unsubscribes() {
    on_both(async |app| {
        let server = Server::start(&format!("digest-{}", uuid::Uuid::now_v7()));
        let rep = neglected(&app).await;
        let app = mailing(&app, &server);
        assert_eq!(app.notifications().plan_digests().await.expect("plans"), 1);
        assert_eq!(app.notifications().plan_digests().await.expect("plans"), 0, "one a day");
        app.notifications().deliver_due().await.expect("delivers");
        app.notifications().deliver_due().await.expect("has nothing to deliver");
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        let mail = mailparse::parse_mail(&mails[0]).expect("a mail");
        let text = mail.subparts[0].get_body().expect("text");
        assert!(text.contains("No activity for 40 days") && text.contains("https://vectoros.example/deals/"), "{text}");
        let row = only_delivery(&app).await;
        assert_eq!((row.state.as_str(), row.repeat, row.sent_at), ("sent", false, Some(now())));
        let link = text.split("/unsubscribe/").nth(1).expect("a link");
        let token: String = link.chars().take_while(char::is_ascii_hexdigit).collect();
        assert!(!app.notifications().unsubscribe("nonsense").await.expect("answers"));
        assert!(app.notifications().unsubscribe(&token).await.expect("unsubscribes"));
        let chosen = preferences::of(app.store().db(), rep.id).await.expect("preferences");
        assert_eq!(chosen.digest_hour, None);
        assert_eq!(app.with_clock(a_day_later).notifications().plan_digests().await.expect("plans"), 0);
    });
}

#[test]
fn nothing_to_say_is_not_said() {
    on_both(async |app| {
        let server = Server::start(&format!("silent-{}", uuid::Uuid::now_v7()));
        neglected(&app).await;
        viewer(&app, "Bob", Role::Rep, None).await;
        let app = mailing(&app, &server);
        assert_eq!(app.clone().with_clock(six_minutes_later).notifications().plan_digests().await.expect("plans"), 1, "Bob has no deals");
        assert_eq!(people::user_count(app.store().db()).await.expect("a count"), 2);
    });
}

#[test]
fn what_was_interrupted_is_repeated_once_and_says_so() {
    on_both(async |app| {
        let server = Server::start(&format!("killed-{}", uuid::Uuid::now_v7()));
        neglected(&app).await;
        let app = mailing(&app, &server);
        app.notifications().plan_digests().await.expect("plans");
        app.notifications().deliver_due().await.expect("delivers");
        killed_while_sending(&app).await;
        app.notifications().deliver_due().await.expect("waits");
        assert_eq!(server.mails().len(), 1, "it may still be on its way");
        app.clone().with_clock(six_minutes_later).notifications().deliver_due().await.expect("repeats");
        let mails = server.mails();
        assert_eq!(mails.len(), 2);
        let text = |mail: &[u8]| mailparse::parse_mail(mail).expect("a mail").subparts[0].get_body().expect("text");
        let id = |mail: &[u8]| String::from_utf8_lossy(mail).lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned);
        assert!(!text(&mails[0]).contains("received this already") && text(&mails[1]).contains("received this already"));
        assert_eq!(id(&mails[0]), id(&mails[1]), "mail programs drop the repeat");
        let row = only_delivery(&app).await;
        assert_eq!((row.state.as_str(), row.repeat), ("sent", true));
        killed_while_sending(&app).await;
        app.clone().with_clock(twelve_minutes_later).notifications().deliver_due().await.expect("gives up");
        assert_eq!((server.mails().len(), only_delivery(&app).await.state.as_str()), (2, "uncertain"));
    });
}

#[test]
fn two_servers_deliver_once() {
    on_both(async |app| {
        let server = Server::start(&format!("two-{}", uuid::Uuid::now_v7()));
        neglected(&app).await;
        let app = mailing(&app, &server);
        app.notifications().plan_digests().await.expect("plans");
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let app = app.clone();
                tokio::spawn(async move { app.notifications().deliver_due().await })
            })
            .collect();
        for task in tasks {
            task.await.expect("a task").expect("delivers");
        }
        assert_eq!(server.mails().len(), 1);
    });
}

/// A local Slack that gives the answers in turn, the last one for ever.
#[derive(Clone, Default)]
struct Slack {
    answers: Arc<Mutex<Vec<u16>>>,
    posts: Arc<Mutex<Vec<String>>>,
}

async fn take(State(slack): State<Slack>, body: String) -> (StatusCode, [(&'static str, &'static str); 1], &'static str) {
    slack.posts.lock().expect("posts").push(body);
    let mut answers = slack.answers.lock().expect("answers");
    let status = if answers.len() > 1 { answers.remove(0) } else { answers[0] };
    (StatusCode::from_u16(status).expect("a status"), [("retry-after", "90")], "no_service")
}

impl Slack {
    async fn start(answers: &[u16]) -> (Self, SlackHook) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let slack = Self { answers: Arc::new(Mutex::new(answers.to_vec())), ..Self::default() };
        let router = Router::new().route("/services/T0/B0/secret", post(take)).with_state(slack.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/services/T0/B0/secret", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (slack, SlackHook::new(&url, Duration::from_secs(5)).expect("a hook"))
    }

    fn posts(&self) -> usize {
        self.posts.lock().expect("posts").len()
    }
}

async fn posting(app: App, answers: &[u16]) -> (App, Slack) {
    let (slack, hook) = Slack::start(answers).await;
    let outbound = Outbound { mailer: None, slack: Some(hook), public_url: "https://vectoros.example".into() };
    let rep = viewer(&app, "Ann Rep", Role::Rep, None).await;
    let chosen = Preferences { slack: Some(Priority::Low), ..Preferences::default() };
    app.notifications().set_preferences(&rep, chosen).await.expect("preferences");
    let mut record = deal("a");
    record.activities = vec![activity(40, app::domain::deals::ActivityKind::Call, "s1")];
    ingest(&app, vec![record]).await;
    let app = app.with_outbound(outbound);
    app.alerts().sweep(SweepCause::Schedule).await.expect("sweeps");
    (app, slack)
}

#[test]
fn slack_hears_of_a_deal_once_with_all_its_alerts() {
    on_both(async |app| {
        let (app, slack) = posting(app, &[200]).await;
        app.notifications().deliver_due().await.expect("delivers");
        app.notifications().deliver_due().await.expect("has nothing to deliver");
        assert_eq!(slack.posts(), 1);
        let body = slack.posts.lock().expect("posts")[0].clone();
        assert!(body.contains("No activity for 40 days") && body.contains("https://vectoros.example/deals/"), "{body}");
        assert_eq!(only_delivery(&app).await.state, "sent");
    });
}

#[test]
fn slacks_limits_are_waited_for() {
    on_both(async |app| {
        let (app, slack) = posting(app, &[429, 200]).await;
        app.notifications().deliver_due().await.expect("is told to wait");
        let row = only_delivery(&app).await;
        assert_eq!((row.state.as_str(), row.due_at), ("planned", now() + TimeDelta::seconds(90)));
        app.notifications().deliver_due().await.expect("waits");
        assert_eq!(slack.posts(), 1);
        app.with_clock(six_minutes_later).notifications().deliver_due().await.expect("delivers");
        assert_eq!(slack.posts(), 2);
    });
}

#[test]
fn a_webhook_that_is_gone_is_given_up_without_telling_its_address() {
    on_both(async |app| {
        let (app, slack) = posting(app, &[404]).await;
        app.notifications().deliver_due().await.expect("gives up");
        app.clone().with_clock(a_day_later).notifications().deliver_due().await.expect("has nothing to deliver");
        assert_eq!(slack.posts(), 1);
        let row = only_delivery(&app).await;
        assert_eq!(row.state, "failed");
        let said = row.error.expect("why");
        assert!(said.contains("no_service") && !said.contains("secret"), "{said}");
    });
}
