//! Our side of `cargo xtask bench year`: a workspace of open deals lives through a year by the product's own jobs, with the clock passed
//! in. Prints one JSON line: rows of every table and bytes of the database by month, and how long pages take in the first month and the
//! last.
//!
//! ```text
//! cargo bench --bench year -- --deals 10000 [--days 365] [--database postgres://…]
//! ```

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use app::{
    ai::embedding::FakeEmbedder,
    domain::{
        alerts::{AlertFilter, SweepCause},
        deals::{ActivityKind, DealQuery, Outcome, StageKind},
        ids::DealId,
        imports::{ActivityRecord, ChangeRecord, DealRecord, FieldChange, PipelineRecord, SourceRecord, StageRecord},
        outcomes::OutcomesQuery,
        people::{Role, Viewer},
    },
    services::{App, CloseRequest, Engine, NewActivity, TrainRequest},
    store::{ArtifactStore, Store, people, scoring::scores},
};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Map, Value, json};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A deal is closed after so many days on the average.
const LIFE: u64 = 120;
/// Of the open deals one in so many has an activity on a day.
const ACTIVE: u64 = 15;
/// How often a page is asked for when it is timed.
const LOOKS: usize = 60;
/// Deals that the model of the year learns from, at most.
const LEARNED_FROM: usize = 2_000;

/// Seconds since 1970, as the simulation has it.
static NOW: AtomicI64 = AtomicI64::new(1_767_225_600);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW.load(Ordering::Relaxed), 0).unwrap_or_default()
}

fn main() -> Result<()> {
    let (mut deals, mut days, mut database) = (10_000, 365, None);
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("each option has a value")?;
        match name.as_str() {
            "--deals" => deals = value.parse()?,
            "--days" => days = value.parse()?,
            "--database" => database = Some(value),
            _ => return Err(format!("unexpected argument {name}").into()),
        }
    }
    let folder = tempfile::tempdir()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let store = match &database {
            Some(url) => Store::open(url).await?,
            None => Store::open_embedded(folder.path()).await?,
        };
        live(store, deals, days).await
    })
}

async fn live(store: Store, deals: u64, days: u64) -> Result<()> {
    let app = App::new(store, Engine::with_embedder(Arc::new(FakeEmbedder)), ArtifactStore::in_memory());
    let app = app.with_clock(now).with_most_deals(LEARNED_FROM);
    let start = Instant::now();
    let mut year = Year::begin(app, deals).await?;
    let mut months = vec![year.weigh(0).await?];
    let mut pages = Map::new();
    for day in 1..=days {
        year.day().await?;
        if day % 30 == 0 || day == days {
            months.push(year.weigh(day).await?);
            eprintln!(
                "day {day}: {} MiB, {:.0} s",
                months[months.len() - 1]["bytes"].as_i64().unwrap_or(0) >> 20,
                start.elapsed().as_secs_f64()
            );
        }
        if day == 30.min(days) {
            pages.insert("first_month".into(), year.pages().await?);
        }
    }
    pages.insert("last_month".into(), year.pages().await?);
    println!(
        "{}",
        json!({ "deals": deals, "days": days, "seconds": start.elapsed().as_secs(), "spent": year.spent, "months": months, "pages": pages })
    );
    Ok(())
}

fn source() -> SourceRecord {
    let stages = [("Lead", StageKind::Open), ("Offer", StageKind::Open), ("Won", StageKind::Won), ("Lost", StageKind::Lost)];
    let stage = |(name, kind): (&str, StageKind)| StageRecord { name: name.into(), kind, default_probability: None };
    SourceRecord {
        name: "crm".into(),
        pipeline: PipelineRecord { name: "Sales".into(), stages: stages.into_iter().map(stage).collect() },
        custom_fields: Vec::new(),
        embed: false,
    }
}

struct Year {
    app: App,
    /// Seconds that went into each part of the days.
    spent: BTreeMap<&'static str, f64>,
    admin: Viewer,
    chance: ChaCha8Rng,
    deals: u64,
    made: u64,
}

impl Year {
    /// As many closed deals as open ones, and a model that learned from them.
    async fn begin(app: App, deals: u64) -> Result<Self> {
        let admin = people::NewUser { name: "Admin".into(), email: None, password_hash: None, role: Role::Admin, team: None };
        let id = people::add_user(app.store().db(), admin, now()).await?;
        let admin = Viewer { id, name: "Admin".into(), role: Role::Admin, team: None };
        let mut year = Self { app, spent: BTreeMap::new(), admin, chance: ChaCha8Rng::seed_from_u64(7), deals, made: 0 };
        let past = (0..deals.min(4 * LEARNED_FROM as u64)).map(|n| year.record(Some(1 + n as i64 % 300))).collect();
        year.bring(past).await?;
        let open = (0..deals).map(|_| year.record(None)).collect();
        year.bring(open).await?;
        let request = TrainRequest { publish: true, skip_embedding: true, ..TrainRequest::default() };
        year.app.models().train(request, &mut |_, _, _| {}).await?;
        Ok(year)
    }

    async fn bring(&self, deals: Vec<DealRecord>) -> Result<()> {
        self.app.imports().ingest(&source(), deals, &mut |_, _, _| {}).await?;
        Ok(())
    }

    /// A deal that is open, or was closed so many days ago; the more was done, the likelier it was won.
    fn record(&mut self, closed: Option<i64>) -> DealRecord {
        self.made += 1;
        let key = format!("d{}", self.made);
        let life = 1 + self.chance.random_range(0..LIFE as i64);
        let closed_at = closed.map(|days| now() - TimeDelta::days(days));
        let created = closed_at.unwrap_or_else(now) - TimeDelta::days(life);
        let calls = self.chance.random_range(0..5u64);
        let won = self.chance.random_range(0..100) < 10 + calls * 18;
        let (outcome, stage) = match (closed, won) {
            (None, _) => (Outcome::Open, "Lead"),
            (Some(_), true) => (Outcome::Won, "Won"),
            (Some(_), false) => (Outcome::Lost, "Lost"),
        };
        let activity = |n: u64| ActivityRecord {
            key: format!("{key}-{n}"),
            at: created + TimeDelta::hours(life * 24 * n as i64 / 6),
            kind: ActivityKind::Call,
            subject: "Call".into(),
            body: None,
            actor: None,
            contact: None,
        };
        let change = ChangeRecord { at: created, actor: None, change: FieldChange::Stage("Lead".into()) };
        DealRecord {
            external_id: key.clone(),
            title: format!("Deal {key}"),
            description: String::new(),
            notes: None,
            account: None,
            owner: Some(format!("Rep {}", self.made % 40)),
            stage: Some(stage.into()),
            value: Some((1_000 + self.chance.random_range(0..90_000i64)).into()),
            currency: app::domain::money::Currency::default(),
            probability: None,
            expected_close: Some((now() + TimeDelta::days(self.chance.random_range(5..90))).date_naive()),
            created_at: Some(created),
            closed_at,
            outcome,
            loss_reason: (outcome == Outcome::Lost).then(|| "Price".into()),
            sequence: None,
            custom: BTreeMap::new(),
            changes: vec![change],
            activities: (1..=calls).map(activity).collect(),
        }
    }

    /// A day: people work, deals come and go, and the jobs run as often as matters for what is kept.
    async fn day(&mut self) -> Result<()> {
        let begun = Instant::now();
        NOW.fetch_add(12 * 3_600, Ordering::Relaxed);
        let mut open: Vec<DealId> = scores::open_deals(self.app.store().db()).await?;
        for _ in 0..(self.deals / ACTIVE).max(1) {
            let deal = open[self.chance.random_range(0..open.len())];
            let call = NewActivity { kind: ActivityKind::Call, subject: "Call".into(), at: None };
            self.app.deals().add_activity(&self.admin, deal, call).await?;
        }
        let begun = self.spend("activities", begun);
        let closes = (self.deals / LIFE).max(1);
        for _ in 0..closes {
            let deal = open.swap_remove(self.chance.random_range(0..open.len()));
            let (outcome, reason) = if self.chance.random_bool(0.3) { (Outcome::Won, None) } else { (Outcome::Lost, Some("Price".into())) };
            let (value, closed_on, competitor, notes) = (None, None, None, None);
            let request = CloseRequest { deals: vec![(deal, None)], outcome, value, closed_on, reason, competitor, notes };
            self.app.outcomes().close_deals(&self.admin, request).await?;
        }
        let begun = self.spend("closes", begun);
        let new = (0..closes).map(|_| self.record(None)).collect();
        self.bring(new).await?;
        self.spend("new deals", begun);
        self.jobs().await?;
        NOW.fetch_add(12 * 3_600, Ordering::Relaxed);
        self.jobs().await?;
        let begun = Instant::now();
        // The night.
        self.app.models().look_after_model().await?;
        self.app.outcomes().count_months().await?;
        self.app.outcomes().prepare_comparisons().await?;
        self.app.models().count_accuracy().await?;
        self.app.outcomes().count_impact().await?;
        self.app.models().count_calibration().await?;
        let begun = self.spend("learning and counting", begun);
        self.app.jobs().forget_the_past().await?;
        // What was asked for has been done.
        self.app.store().db().execute_unprepared("DELETE FROM job").await?;
        self.spend("thinning", begun);
        Ok(())
    }

    async fn jobs(&mut self) -> Result<()> {
        let begun = Instant::now();
        self.app.scoring().score_open(&mut |_, _, _| {}).await?;
        let begun = self.spend("scoring", begun);
        self.app.alerts().sweep(SweepCause::Schedule).await?;
        self.app.notifications().plan_digests().await?;
        self.spend("sweeps and digests", begun);
        Ok(())
    }

    /// Adds what a part took since it began; the next one begins now.
    fn spend(&mut self, part: &'static str, begun: Instant) -> Instant {
        *self.spent.entry(part).or_default() += begun.elapsed().as_secs_f64();
        Instant::now()
    }

    /// Rows of each table, and the bytes of the database.
    async fn weigh(&self, day: u64) -> Result<Value> {
        let db = self.app.store().db();
        let ask = async |sql: String| -> Result<Vec<sea_orm::QueryResult>> {
            Ok(db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?)
        };
        let postgres = db.get_database_backend() == DbBackend::Postgres;
        let tables = match postgres {
            true => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
            false => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        };
        let mut rows: BTreeMap<String, i64> = BTreeMap::new();
        for table in ask(tables.into()).await? {
            let table: String = table.try_get_by_index(0)?;
            let counted = ask(format!("SELECT COUNT(*) FROM \"{table}\"")).await?;
            let counted: i64 = counted.first().ok_or("a count")?.try_get_by_index(0)?;
            if counted > 0 {
                rows.insert(table, counted);
            }
        }
        let size = match postgres {
            true => "SELECT pg_database_size(current_database())",
            // Without the pages that were freed and wait to be used again.
            false => {
                "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s"
            }
        };
        let bytes: i64 = ask(size.into()).await?.first().ok_or("a size")?.try_get_by_index(0)?;
        Ok(json!({ "day": day, "bytes": bytes, "rows": rows }))
    }

    /// How long the pages' data take, in milliseconds.
    async fn pages(&self) -> Result<Value> {
        let (app, admin) = (&self.app, &self.admin);
        let mut pages = Map::new();
        let mut add = |name: &str, mut times: Vec<f64>| {
            times.sort_by(f64::total_cmp);
            let at = |share: f64| (times[((times.len() - 1) as f64 * share).round() as usize] * 100.0).round() / 100.0;
            pages.insert(name.into(), json!({ "p50_ms": at(0.5), "p99_ms": at(0.99) }));
        };
        macro_rules! time {
            ($name:literal, $ask:expr) => {{
                let mut times = Vec::with_capacity(LOOKS);
                for _ in 0..LOOKS {
                    let start = Instant::now();
                    $ask.await?;
                    times.push(start.elapsed().as_secs_f64() * 1_000.0);
                }
                add($name, times);
            }};
        }
        time!("deals", app.deals().deal_list(admin, DealQuery::opening()));
        time!("risk", app.risk().dashboard(admin));
        time!("board", app.deals().board(admin, None));
        time!("alerts", app.alerts().alert_list(admin, AlertFilter::default()));
        time!("outcomes", app.outcomes().outcomes_view(admin, OutcomesQuery::default()));
        time!("impact", app.outcomes().impact_view(admin));
        time!("accuracy", app.models().accuracy_view(admin));
        time!("learning", app.models().learning_view(admin));
        Ok(Value::Object(pages))
    }
}
