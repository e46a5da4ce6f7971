//! A server that is told to stop ends soon, whatever its clients and its jobs are at, and nothing is lost.

use std::{path::Path, time::Duration};

use app::{
    domain::{
        deals::Outcome,
        imports::DealRecord,
        models::{TrainingRun, TrainingState},
        people::{Role, Viewer},
    },
    services::{App, Engine, EngineConfig, NewAccount},
    store::{ArtifactStore, Store, jobs::outbox, models::trainings},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

mod process;

use process::{Server, record, source};

/// What is promised of a server that is told to stop.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// A workspace with one admin, on SQLite, without an embedding model; answers its address and a token.
async fn workspace(folder: &Path) -> (App, String, String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let database = format!("sqlite://{}?mode=rwc", folder.join("vectoros.sqlite").display());
    let engine = Engine::new(EngineConfig { model_dir: folder.join("no-models") });
    let app = App::new(Store::open(&database).await.expect("SQLite opens"), engine, ArtifactStore::in_memory());
    let new =
        NewAccount { name: "Ada".into(), email: "ada@example.com".into(), password: "long enough".into(), role: Role::Admin, team: None };
    app.people().add_account(new).await.expect("an admin");
    let token = app.people().add_token("ada@example.com", "test").await.expect("a token").token;
    (app, database, token)
}

/// A connection on which `text` was sent.
async fn sent(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).await.expect("connects");
    stream.write_all(text.as_bytes()).await.expect("sends");
    stream
}

#[tokio::test]
async fn clients_that_hold_on_do_not_keep_it_from_ending() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, database, token) = workspace(folder.path()).await;
    let server = Server::start(folder.path(), &database, &folder.path().join("no-models"));
    server.is_up(&reqwest::Client::new()).await;
    let authorised = format!("host: x\r\nauthorization: Bearer {token}\r\n");
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(sent(&server, "GET /healthz HTTP/1.1\r\nhost: x\r\nx-half: ").await);
        open.push(
            sent(
                &server,
                &format!("POST /api/v1/score HTTP/1.1\r\n{authorised}content-type: application/json\r\ncontent-length: 1000\r\n\r\n{{"),
            )
            .await,
        );
        open.push(sent(&server, "POST /api/sign_in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n4\r\nemai").await);
        // Answered, and kept open for the next request.
        let mut idle = sent(&server, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let _ = idle.read(&mut [0; 1_000]).await.expect("an answer");
        open.push(idle);
    }
    let mut stream = sent(&server, &format!("GET /api/v1/notifications/stream HTTP/1.1\r\n{authorised}\r\n")).await;
    let mut heard = String::new();
    while !heard.contains("listening") {
        let mut some = [0; 1_000];
        let read = stream.read(&mut some).await.expect("an event stream");
        assert!(read > 0, "the stream ended: {heard}");
        heard.push_str(&String::from_utf8_lossy(&some[..read]));
    }
    let (status, took) = server.stop().await;
    assert!(took < ENDS_WITHIN, "took {took:?}");
    assert!(status.success(), "{status}");
    // The stream was ended, not cut off.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("the stream ends");
    assert!(String::from_utf8_lossy(&rest).ends_with("0\r\n\r\n"), "{:?}", String::from_utf8_lossy(&rest));
}

/// Deals that closed, every other one won.
fn closed(number: usize) -> DealRecord {
    let closed_at = chrono::Utc::now() - chrono::TimeDelta::days(1 + number as i64 / 4);
    let outcome = if number.is_multiple_of(2) { Outcome::Won } else { Outcome::Lost };
    DealRecord {
        stage: Some(if outcome == Outcome::Won { "Won" } else { "Lost" }.into()),
        value: Some((1_000 + 37 * (number as i64 % 11)).into()),
        created_at: Some(closed_at - chrono::TimeDelta::days(20 + number as i64 % 7)),
        outcome,
        closed_at: Some(closed_at),
        ..record(number)
    }
}

/// Waits until the newest training is in a state.
async fn training_is(app: &App, state: TrainingState) -> TrainingRun {
    let start = std::time::Instant::now();
    loop {
        let run = trainings::newest(app.store().db(), 1).await.expect("reads").pop().expect("a training");
        if run.state == state {
            return run;
        }
        assert!(start.elapsed() < Duration::from_secs(300), "not {state:?} in time: {run:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_training_gives_up_and_is_done_by_the_next_server() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (app, database, _) = workspace(folder.path()).await;
    app.imports().ingest(&source(), (0..120).map(closed).collect(), &mut |_, _, _| {}).await.expect("ingests");
    let account = app.people().authenticate("ada@example.com", "long enough").await.expect("answers").expect("an account");
    let admin: Viewer = account.viewer;
    app.models().ask_for_training(&admin).await.expect("asks");
    let models = folder.path().join("no-models");
    let server = Server::start(folder.path(), &database, &models);
    training_is(&app, TrainingState::Running).await;
    let (status, took) = server.stop().await;
    assert!(took < ENDS_WITHIN, "took {took:?}");
    assert!(status.success(), "{status}");
    training_is(&app, TrainingState::Waiting).await;
    let running = outbox::running(app.store().db(), 10).await.expect("reads");
    assert!(running.is_empty(), "handed back: {running:?}");
    let _server = Server::start(folder.path(), &database, &models);
    let done = training_is(&app, TrainingState::Done).await;
    assert!(done.model_version.is_some(), "{done:?}");
}
