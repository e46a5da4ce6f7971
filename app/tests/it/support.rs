//! A workspace for tests: a fresh database, an embedder without a model, made-up deals.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use app::{
    ai::embedding::FakeEmbedder,
    domain::{
        Instant,
        deals::{ActivityKind, CustomField, CustomKind, CustomValue, DealHistory, Outcome, StageKind},
        ids::{DealId, TeamId},
        imports::{AccountRecord, ActivityRecord, ChangeRecord, DealRecord, FieldChange, PipelineRecord, SourceRecord, StageRecord},
        money::Currency,
        people::{Role, Viewer},
        probability::Probability,
    },
    services::{App, CloseRequest, Engine, ScoreReport, TrainReport, TrainRequest},
    store::{
        ArtifactStore, Store,
        deals::{
            self,
            history::{self, DealBatch, Depth},
        },
        people::{self, NewUser},
    },
};
use chrono::{TimeDelta, TimeZone, Utc};
use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, Database};

/// The instant at which all tests take place.
pub fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 6, 1, 12, 0, 0).single().expect("a valid instant")
}

pub fn days_ago(days: i64) -> Instant {
    now() - TimeDelta::days(days)
}

/// Runs `test` on a new SQLite database and on a new Postgres database.
pub fn on_both<F, Fut>(test: F)
where
    F: Fn(App) -> Fut,
    Fut: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a temporary folder");
        test(app(Store::open_embedded(folder.path()).await.expect("SQLite opens"))).await;
        test(app(Store::open(&new_postgres().await).await.expect("Postgres opens"))).await;
    });
}

fn app(store: Store) -> App {
    App::new(store, Engine::with_embedder(Arc::new(FakeEmbedder)), ArtifactStore::in_memory()).with_clock(now)
}

/// A new database on the cluster that `cargo xtask test` starts.
async fn new_postgres() -> String {
    let base = std::env::var("VECTOROS_TEST_POSTGRES_URL")
        .expect("VECTOROS_TEST_POSTGRES_URL names a Postgres server; `cargo xtask test` starts one and sets it");
    let name = format!("t{}", uuid::Uuid::now_v7().simple());
    let admin = Database::connect(&base).await.expect("the Postgres server answers");
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a new database");
    let (server, _) = base.rsplit_once('/').expect("an address with a database");
    match base.split_once('?') {
        Some((_, options)) => format!("{}/{name}?{options}", server.split('?').next().unwrap_or(server).trim_end_matches('/')),
        None => format!("{server}/{name}"),
    }
}

pub fn source() -> SourceRecord {
    let stage =
        |name: &str, kind, p: Option<f64>| StageRecord { name: name.into(), kind, default_probability: p.and_then(Probability::new) };
    SourceRecord {
        name: "crm".into(),
        pipeline: PipelineRecord {
            name: "Sales".into(),
            stages: vec![
                stage("Qualify", StageKind::Open, Some(0.1)),
                stage("Propose", StageKind::Open, Some(0.5)),
                stage("Negotiate", StageKind::Open, Some(0.8)),
                stage("Won", StageKind::Won, None),
                stage("Lost", StageKind::Lost, None),
            ],
        },
        custom_fields: vec![
            CustomField { key: "Seats".into(), kind: CustomKind::Numeric, in_model: true },
            CustomField { key: "Region".into(), kind: CustomKind::Category, in_model: true },
        ],
        embed: true,
    }
}

/// An open deal of 40 days with a little history.
pub fn deal(external_id: &str) -> DealRecord {
    let change = |days, change| ChangeRecord { at: days_ago(days), actor: Some("Ann Rep".into()), change };
    DealRecord {
        external_id: external_id.into(),
        title: format!("Deal {external_id}"),
        description: "Route planning for a fleet of vans".into(),
        account: Some(AccountRecord { name: "Northgate".into(), industry: Some("Logistics".into()) }),
        owner: Some("Ann Rep".into()),
        stage: Some("Propose".into()),
        value: Some(Decimal::new(1_234_550, 2)),
        currency: Currency::default(),
        probability: Probability::new(0.5),
        expected_close: Some(days_ago(-20).date_naive()),
        created_at: Some(days_ago(40)),
        outcome: Outcome::Open,
        closed_at: None,
        loss_reason: None,
        notes: None,
        sequence: None,
        custom: BTreeMap::from([("Seats".into(), CustomValue::Number(40.0)), ("Region".into(), CustomValue::Text("North".into()))]),
        changes: vec![
            change(40, FieldChange::Stage("Qualify".into())),
            change(40, FieldChange::Value(Decimal::from(10_000))),
            change(40, FieldChange::CloseDate(days_ago(0).date_naive())),
            change(20, FieldChange::Stage("Propose".into())),
            change(20, FieldChange::Probability(Probability::saturating(0.5))),
            change(15, FieldChange::Value(Decimal::new(1_234_550, 2))),
            change(10, FieldChange::CloseDate(days_ago(-20).date_naive())),
        ],
        activities: vec![activity(30, ActivityKind::Call, "a1"), activity(12, ActivityKind::Meeting, "a2")],
    }
}

pub fn activity(days: i64, kind: ActivityKind, key: &str) -> ActivityRecord {
    ActivityRecord {
        at: days_ago(days),
        kind,
        subject: "Talked about vans".into(),
        body: None,
        actor: Some("Ann Rep".into()),
        contact: Some("Rosa Delgado".into()),
        key: key.into(),
    }
}

/// A deal that was closed `days` ago after 60 days.
pub fn closed(external_id: &str, outcome: Outcome, days: i64) -> DealRecord {
    let stage = if outcome == Outcome::Won { "Won" } else { "Lost" };
    let at = |days, change| ChangeRecord { at: days_ago(days), actor: None, change };
    DealRecord {
        stage: Some(stage.into()),
        created_at: Some(days_ago(days + 60)),
        closed_at: Some(days_ago(days)),
        outcome,
        loss_reason: (outcome == Outcome::Lost).then(|| "Price".into()),
        probability: None,
        changes: vec![
            at(days + 60, FieldChange::Stage("Qualify".into())),
            at(days + 60, FieldChange::Value(Decimal::new(1_234_550, 2))),
            at(days + 60, FieldChange::CloseDate(days_ago(-20).date_naive())),
            at(days + 30, FieldChange::Stage("Propose".into())),
            at(days, FieldChange::Stage(stage.into())),
        ],
        activities: vec![activity(days + 50, ActivityKind::Call, "c1")],
        ..deal(external_id)
    }
}

pub async fn ingest(app: &App, deals: Vec<DealRecord>) -> app::services::IngestReport {
    app.imports().ingest(&source(), deals, &mut |_, _, _| {}).await.expect("ingests")
}

/// 120 closed deals whose outcome shows in their number of seats, nine times out of ten, and ten open ones.
pub fn team_history() -> Vec<DealRecord> {
    let with_seats = |record: DealRecord, seats: f64| {
        let mut record = record;
        record.custom.insert("Seats".into(), CustomValue::Number(seats));
        record
    };
    let closed_ones = (0..120_i32).map(|i| {
        let won = i % 2 == 0;
        let large = won != (i % 10 == 3);
        let seats = if large { 60 } else { 20 } + i % 17;
        with_seats(closed(&format!("c{i}"), if won { Outcome::Won } else { Outcome::Lost }, 1 + i64::from(i)), f64::from(seats))
    });
    closed_ones.chain((0..10).map(|i| with_seats(deal(&format!("o{i}")), 10.0 * f64::from(i)))).collect()
}

/// A workspace with [`team_history`].
pub async fn prepared(app: App) -> App {
    ingest(&app, team_history()).await;
    app
}

/// Trains a model that scores the deals at once.
pub async fn train(app: &App, seed: u64) -> TrainReport {
    app.models().train(TrainRequest { seed, publish: true, ..TrainRequest::default() }, &mut |_, _, _| {}).await.expect("trains")
}

pub async fn score_open(app: &App) -> ScoreReport {
    app.scoring().score_open(&mut |_, _, _| {}).await.expect("scores")
}

/// A person who can sign in, as a viewer.
pub async fn viewer(app: &App, name: &str, role: Role, team: Option<TeamId>) -> Viewer {
    let new = NewUser {
        name: name.into(),
        email: Some(format!("{}@example.com", name.to_lowercase().replace(' ', "."))),
        password_hash: Some("none".into()),
        role,
        team,
    };
    let id = people::add_user(app.store().db(), new, now()).await.expect("a user");
    Viewer { id, name: name.into(), role, team }
}

/// The histories of all deals, in the order of their keys.
pub async fn histories(app: &App, depth: Depth) -> Vec<DealHistory> {
    let db = app.store().db();
    let kinds = deals::stages(db).await.expect("stages").into_iter().map(|(_, stage)| (stage.id, stage.kind)).collect();
    let ids = history::in_key_order(db).await.expect("lists");
    let mut found = Vec::new();
    for batch in DealBatch::of(&ids) {
        found.extend(history::histories(db, &kinds, batch, depth).await.expect("histories"));
    }
    found
}

pub async fn admin(app: &App) -> Viewer {
    viewer(app, "admin", Role::Admin, None).await
}

pub fn request(deal: DealId, version: i32, outcome: Outcome, reason: Option<String>, notes: Option<String>) -> CloseRequest {
    CloseRequest { deals: vec![(deal, Some(version))], outcome, value: None, closed_on: None, reason, competitor: None, notes }
}
