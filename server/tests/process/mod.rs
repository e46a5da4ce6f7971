//! A server in a process of its own, and deals for it.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use app::domain::{
    deals::{Outcome, StageKind},
    imports::{DealRecord, PipelineRecord, SourceRecord, StageRecord},
    money::Currency,
};

/// Killed when it is dropped.
pub struct Server {
    process: Child,
    pub address: String,
}

impl Server {
    /// Serves the database with the models in `model_dir`, on a port that is free.
    pub fn start(folder: &Path, database: &str, model_dir: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let address = format!("127.0.0.1:{port}");
        let process = Command::new(env!("CARGO_BIN_EXE_vectoros"))
            .args(["--addr", &address, "--database-url", database, "--data-dir"])
            .arg(folder)
            .arg("--model-dir")
            .arg(model_dir)
            .arg("serve")
            .env_remove("DATABASE_URL")
            .stdout(Stdio::null())
            .spawn()
            .expect("the server starts");
        Self { process, address }
    }

    /// Waits until it answers.
    pub async fn is_up(&self, client: &reqwest::Client) {
        let start = Instant::now();
        let health = format!("http://{}/healthz", self.address);
        while !client.get(&health).send().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(start.elapsed() < Duration::from_secs(60), "the server does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// SIGTERM, as whoever runs it stops it; how it ended, and after how long.
    #[allow(dead_code, reason = "each test file uses its own part of this")]
    pub async fn stop(mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill is there").success());
        loop {
            if let Some(status) = self.process.try_wait().expect("a process") {
                return (status, start.elapsed());
            }
            assert!(start.elapsed() < Duration::from_secs(60), "the server does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// SIGKILL: nothing in it gets to say goodbye.
    #[allow(dead_code, reason = "each test file uses its own part of this")]
    pub fn kill(mut self) {
        self.process.kill().expect("kills");
        self.process.wait().expect("ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn source() -> SourceRecord {
    let stage = |name: &str, kind| StageRecord { name: name.into(), kind, default_probability: None };
    SourceRecord {
        name: "crm".into(),
        pipeline: PipelineRecord {
            name: "Sales".into(),
            stages: vec![stage("Open", StageKind::Open), stage("Won", StageKind::Won), stage("Lost", StageKind::Lost)],
        },
        custom_fields: vec![],
        embed: true,
    }
}

/// An open deal.
pub fn record(number: usize) -> DealRecord {
    DealRecord {
        external_id: number.to_string(),
        title: format!("Deal {number}"),
        description: "Route planning for vans".into(),
        account: None,
        owner: None,
        stage: Some("Open".into()),
        value: Some(1_000.into()),
        currency: Currency::default(),
        probability: None,
        expected_close: None,
        created_at: Some(chrono::Utc::now() - chrono::TimeDelta::days(30)),
        outcome: Outcome::Open,
        closed_at: None,
        loss_reason: None,
        notes: None,
        sequence: None,
        custom: Default::default(),
        changes: vec![],
        activities: vec![],
    }
}
