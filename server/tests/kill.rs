//! A server that is killed in the middle of updates loses nothing: every deal ends embedded and scored, exactly up to date.

use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use app::{
    domain::{ids::DealId, people::Role},
    services::{App, Engine, EngineConfig, NewAccount},
    store::{
        ArtifactStore, Scope, Store, deals,
        scoring::{score_key, scores},
        similarity::embeddings,
    },
};
use sea_orm::{ConnectionTrait, Database, EntityTrait};

mod process;

use process::{Server, record, source};

const DEALS: usize = 200;
const UPDATES: usize = 1_000;
const SENDERS: usize = 4;
/// Updates that were answered when the server is killed, while more are under way.
const KILLED_AT: [usize; 2] = [330, 710];
/// How long the work that is left may take after the last start.
const SETTLED_WITHIN: Duration = Duration::from_secs(240);

fn models() -> PathBuf {
    std::env::var_os("VECTOROS_TEST_MODEL_DIR")
        .map(PathBuf::from)
        .expect("VECTOROS_TEST_MODEL_DIR names the model; `cargo xtask test` sets it")
}

/// One of those who send updates, with what it still has to send. Each has deals of its own, so that a deal's updates follow one
/// another: a request that waits long for the database must not be overtaken by a later one of the same deal.
struct Sender {
    left: VecDeque<(usize, DealId)>,
    client: reqwest::Client,
    token: String,
}

impl Sender {
    fn all(ids: &[DealId], client: &reqwest::Client, token: &str) -> Vec<Self> {
        let of = |place: usize| {
            let updates = (0..UPDATES).map(|number| (number, number % ids.len()));
            let own = updates.filter(|(_, deal)| deal % SENDERS == place).map(|(number, deal)| (number, ids[deal]));
            Self { left: own.collect(), client: client.clone(), token: token.to_owned() }
        };
        (0..SENDERS).map(of).collect()
    }

    /// Sends until nothing is left or the server is gone; what was not answered is sent again to the next server.
    async fn send(mut self, address: String, answered: Arc<AtomicUsize>) -> Self {
        while let Some((number, deal)) = self.left.front() {
            let body = serde_json::json!({ "title": format!("Update {number}") });
            let request = self.client.patch(format!("http://{address}/api/v1/deals/{deal}")).bearer_auth(&self.token).json(&body);
            let Ok(answer) = request.send().await else { break };
            assert!(answer.status().is_success(), "update {number} was answered with {}", answer.status());
            answered.fetch_add(1, Ordering::Relaxed);
            self.left.pop_front();
        }
        self
    }
}

async fn stays_whole(database: &str, folder: &Path) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = Store::open(database).await.expect("the database opens");
    let engine = Engine::new(EngineConfig { model_dir: models() });
    let app = App::new(store, engine, ArtifactStore::in_memory());
    let new =
        NewAccount { name: "Ada".into(), email: "ada@example.com".into(), password: "long enough".into(), role: Role::Admin, team: None };
    app.people().add_account(new).await.expect("an admin");
    let token = app.people().add_token("ada@example.com", "test").await.expect("a token").token;
    app.imports().ingest(&source(), (0..DEALS).map(record).collect(), &mut |_, _, _| {}).await.expect("ingests");
    let ids = scores::open_deals(app.store().db()).await.expect("deals");
    let client = reqwest::Client::new();
    let answered = Arc::new(AtomicUsize::new(0));
    let mut senders = Sender::all(&ids, &client, &token);
    for killed_at in KILLED_AT.map(Some).into_iter().chain([None]) {
        let server = Server::start(folder, database, &models());
        server.is_up(&client).await;
        let sending: Vec<_> = senders.drain(..).map(|sender| tokio::spawn(sender.send(server.address.clone(), answered.clone()))).collect();
        if let Some(killed_at) = killed_at {
            while answered.load(Ordering::Relaxed) < killed_at {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.kill();
            for sender in sending {
                senders.push(sender.await.expect("a sender"));
            }
            continue;
        }
        for sender in sending {
            let sender = sender.await.expect("a sender");
            assert!(sender.left.is_empty(), "the last server answers everything");
        }
        let start = Instant::now();
        while let Some(left) = unfinished(&app).await {
            assert!(start.elapsed() < SETTLED_WITHIN, "not up to date after {SETTLED_WITHIN:?}: {left}");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
    let rows = app::store::entity::embedding::Entity::find().all(app.store().db()).await.expect("embeddings");
    let hashes: HashMap<DealId, Option<String>> = rows.into_iter().map(|row| (DealId(row.deal_id), row.text_hash)).collect();
    for (place, id) in ids.iter().enumerate() {
        let last = (0..UPDATES).rev().find(|number| number % ids.len() == place).expect("each deal is updated");
        let deal = deals::find(app.store().db(), &Scope::All, *id).await.expect("reads").expect("there").row;
        assert_eq!(deal.title, format!("Update {last}"), "an update of {id} was answered and is lost");
        let text = app::ai::embedding::DealText {
            title: &deal.title,
            account: None,
            industry: None,
            description: Some(&deal.description),
            notes: &[],
        };
        let expected = app::ai::embedding::text_hash(&app::ai::embedding::text_for_embedding(&text));
        assert_eq!(hashes[id].as_deref(), Some(expected.as_str()), "the vector is that of another text");
    }
}

/// What is left to do; `None` when everything is up to date.
async fn unfinished(app: &App) -> Option<String> {
    let db = app.store().db();
    let waiting = embeddings::backlog(db).await.expect("reads");
    let score_key = score_key::of_day(db, chrono::Utc::now().date_naive()).await.expect("reads");
    let (open, stale) = scores::open_and_stale(db, &score_key).await.expect("reads");
    assert_eq!(open as usize, DEALS);
    (waiting + stale > 0).then(|| format!("{waiting} to embed, {stale} to score"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the embedding model"]
async fn nothing_is_lost_on_sqlite() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = format!("sqlite://{}?mode=rwc", folder.path().join("vectoros.sqlite").display());
    stays_whole(&database, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the embedding model"]
async fn nothing_is_lost_on_postgres() {
    let base = std::env::var("VECTOROS_TEST_POSTGRES_URL").expect("VECTOROS_TEST_POSTGRES_URL; `cargo xtask test` sets it");
    let name = format!("k{}", uuid::Uuid::now_v7().simple());
    let admin = Database::connect(&base).await.expect("the Postgres server answers");
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a new database");
    let (server, database) = base.rsplit_once('/').expect("an address with a database");
    let url = match database.split_once('?') {
        Some((_, options)) => format!("{server}/{name}?{options}"),
        None => format!("{server}/{name}"),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    stays_whole(&url, folder.path()).await;
}
