//! Our side of `cargo xtask bench vectors`: a workspace with so many embedded deals, the time until a new process can search it,
//! what that takes in memory, and how long searches take as pages make them. Prints one JSON line.
//!
//! ```text
//! cargo bench --bench vectors -- --deals 10000
//! ```

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use app::{
    ai::embedding::FakeEmbedder,
    domain::{
        deals::{Outcome, StageKind},
        ids::DealId,
        imports::{DealRecord, PipelineRecord, SourceRecord, StageRecord},
    },
    services::{App, Engine},
    store::{
        ArtifactStore, Store,
        entity::{deal, embedding},
        imports,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder, QuerySelect};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const DIMENSIONS: usize = 384;
/// What deals are about; their texts differ around these.
const TOPICS: usize = 200;
/// One deal in so many is open.
const OPEN: usize = 10;
const SEARCHES: usize = 1_000;
/// Hits of a search, as scoring asks for.
const HITS: usize = 10;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let deals = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--deals"), Some(deals)) => deals.parse()?,
        _ => return Err("say how many: --deals N".into()),
    };
    let folder = tempfile::tempdir()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(folder.path(), deals))
}

async fn measure(folder: &std::path::Path, deals: usize) -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    let store = Store::open_embedded(folder).await?;
    fill(&app(store), deals, &mut rng).await?;

    // As a new process: it has read nothing yet.
    let app = app(Store::open_embedded(folder).await?);
    let before = resident_kib()?;
    let start = Instant::now();
    let held = app.similarity().refresh_index().await?;
    let start_s = start.elapsed().as_secs_f64();
    let memory_kib = resident_kib()?.saturating_sub(before);

    let ids: Vec<uuid::Uuid> = embedding::Entity::find()
        .select_only()
        .column(embedding::Column::DealId)
        .order_by_asc(embedding::Column::DealId)
        .into_tuple()
        .all(app.store().db())
        .await?;
    let mut times = Vec::with_capacity(SEARCHES);
    for _ in 0..SEARCHES {
        let deal = DealId(ids[rng.random_range(0..ids.len())]);
        let before = first_day() + TimeDelta::days(rng.random_range(100..1_000));
        let start = Instant::now();
        let hits = app.similarity().nearest(deal, Some(before), HITS).await?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        assert_eq!(hits.map(|hits| hits.len()), Some(HITS));
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"deals\":{held},\"start_s\":{start_s:.3},\"memory_mib\":{:.1},\"bytes_per_deal\":{},\"p50_ms\":{:.2},\"p99_ms\":{:.2}}}",
        memory_kib as f64 / 1024.0,
        memory_kib * 1024 / held.max(1) as u64,
        times[SEARCHES / 2],
        times[SEARCHES * 99 / 100]
    );
    Ok(())
}

fn app(store: Store) -> App {
    App::new(store, Engine::with_embedder(Arc::new(FakeEmbedder)), ArtifactStore::in_memory())
}

fn first_day() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(19_000)
}

/// Imports deals without texts and gives them vectors around the topics.
async fn fill(app: &App, deals: usize, rng: &mut ChaCha8Rng) -> Result<()> {
    let stage = |name: &str, kind| StageRecord { name: name.into(), kind, default_probability: None };
    let stages = vec![stage("Open", StageKind::Open), stage("Won", StageKind::Won), stage("Lost", StageKind::Lost)];
    let pipeline = PipelineRecord { name: "Sales".into(), stages };
    let source = SourceRecord { name: "bench".into(), pipeline, custom_fields: Vec::new(), embed: false };
    app.imports().ingest(&source, (0..deals).map(record).collect(), &mut |_, _, _| {}).await?;
    let topics: Vec<Vec<f32>> = (0..TOPICS).map(|_| (0..DIMENSIONS).map(|_| rng.random_range(-1.0..1.0)).collect()).collect();
    let db = app.store().db();
    let ids: Vec<uuid::Uuid> = deal::Entity::find().select_only().column(deal::Column::Id).into_tuple().all(db).await?;
    let ids: Vec<DealId> = ids.into_iter().map(DealId).collect();
    for some in ids.chunks(1_000) {
        imports::request_embeddings(db, some).await?;
        let tx = app.store().begin_write().await?;
        for deal in some {
            let topic = &topics[rng.random_range(0..TOPICS)];
            let vector = topic.iter().flat_map(|x| (x + rng.random_range(-0.5..0.5_f32)).to_le_bytes()).collect();
            let row = embedding::ActiveModel {
                deal_id: Set(deal.0),
                state: Set("ready".into()),
                vector: Set(Some(vector)),
                ..Default::default()
            };
            embedding::Entity::update(row).exec(&tx).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn record(n: usize) -> DealRecord {
    let outcome = if n.is_multiple_of(OPEN) {
        Outcome::Open
    } else if n.is_multiple_of(3) {
        Outcome::Won
    } else {
        Outcome::Lost
    };
    let closed_at = outcome.is_closed().then(|| first_day() + TimeDelta::days((n * 7_919 % 1_000) as i64));
    DealRecord {
        external_id: n.to_string(),
        title: format!("Deal {n}"),
        description: String::new(),
        account: None,
        owner: None,
        stage: Some(match outcome {
            Outcome::Open => "Open".into(),
            Outcome::Won => "Won".into(),
            Outcome::Lost => "Lost".into(),
        }),
        value: None,
        currency: app::domain::money::Currency::default(),
        probability: None,
        expected_close: None,
        created_at: Some(first_day()),
        outcome,
        closed_at,
        loss_reason: None,
        notes: None,
        sequence: None,
        custom: BTreeMap::new(),
        changes: Vec::new(),
        activities: Vec::new(),
    }
}

/// Memory of this process.
fn resident_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS in /proc/self/status")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
