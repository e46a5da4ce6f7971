//! A process that is killed in the middle of publishing leaves exactly one champion, and it is known who it is.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use app::{
    ai::embedding::FakeEmbedder,
    domain::{
        Instant,
        deals::{CustomField, CustomKind, CustomValue, Outcome, StageKind},
        imports::{DealRecord, PipelineRecord, SourceRecord, StageRecord},
        models::ModelState,
        money::Currency,
    },
    services::{App, Engine, TrainRequest},
    store::{ArtifactStore, Store, models},
};
use chrono::{TimeDelta, Utc};

/// Publications that are killed, each a little later in its course than the one before.
const KILLS: u64 = 40;

fn source() -> SourceRecord {
    let stage = |name: &str, kind| StageRecord { name: name.into(), kind, default_probability: None };
    SourceRecord {
        name: "crm".into(),
        pipeline: PipelineRecord {
            name: "Sales".into(),
            stages: vec![stage("Open", StageKind::Open), stage("Won", StageKind::Won), stage("Lost", StageKind::Lost)],
        },
        custom_fields: vec![CustomField { key: "Seats".into(), kind: CustomKind::Numeric, in_model: true }],
        embed: false,
    }
}

/// A closed deal whose outcome shows in its seats, nine times out of ten.
fn closed(number: i64, now: Instant) -> DealRecord {
    let won = number % 2 == 0;
    let seats = if won != (number % 10 == 3) { 60 } else { 20 } + number % 17;
    DealRecord {
        external_id: number.to_string(),
        title: format!("Deal {number}"),
        description: String::new(),
        account: None,
        owner: None,
        stage: Some(if won { "Won" } else { "Lost" }.into()),
        value: None,
        currency: Currency::default(),
        probability: None,
        expected_close: None,
        created_at: Some(now - TimeDelta::days(number + 60)),
        outcome: if won { Outcome::Won } else { Outcome::Lost },
        closed_at: Some(now - TimeDelta::days(number)),
        loss_reason: None,
        notes: None,
        sequence: None,
        custom: [("Seats".to_owned(), CustomValue::Number(seats as f64))].into(),
        changes: vec![],
        activities: vec![],
    }
}

async fn workspace(folder: &Path) -> App {
    let store = Store::open_embedded(folder).await.expect("SQLite opens");
    let artifacts = ArtifactStore::open(&folder.join("models").display().to_string()).expect("a folder for models");
    let app = App::new(store, Engine::with_embedder(Arc::new(FakeEmbedder)), artifacts);
    let now = Utc::now();
    app.imports().ingest(&source(), (0..120).map(|number| closed(number, now)).collect(), &mut |_, _, _| {}).await.expect("ingests");
    for seed in [1, 2] {
        let request = TrainRequest { seed, publish: true, ..TrainRequest::default() };
        assert!(app.models().train(request, &mut |_, _, _| {}).await.expect("trains").ready);
    }
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_publishing_leaves_one_champion() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let app = workspace(folder.path()).await;
    let mut seen = [0u32; 2];
    for kill in 0..KILLS {
        let mut publishing = Command::new(env!("CARGO_BIN_EXE_vectoros"))
            .arg("--data-dir")
            .arg(folder.path())
            .args(["models", "publish", if kill % 2 == 0 { "1" } else { "2" }])
            .env_remove("DATABASE_URL")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        tokio::time::sleep(Duration::from_millis(10 + kill * 12)).await;
        publishing.kill().expect("kills");
        publishing.wait().expect("ends");
        let all = app.models().models().await.expect("lists");
        let champions: Vec<i32> = all.iter().filter(|model| model.state == ModelState::Champion).map(|model| model.version).collect();
        assert_eq!(champions.len(), 1, "{champions:?} after kill {kill}");
        let deployments = models::deployments(app.store().db()).await.expect("reads");
        let present: Vec<i32> =
            deployments.iter().filter(|deployment| deployment.until.is_none()).map(|deployment| deployment.version).collect();
        assert_eq!(present, champions, "after kill {kill}");
        seen[champions[0] as usize - 1] += 1;
    }
    assert!(seen.iter().all(|times| *times > 0), "some publications were cut off and some were not: {seen:?}");
}
