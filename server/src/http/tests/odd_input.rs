//! Whatever is sent, wherever: it is taken or refused in words, on both databases, and the server never fails over it.

use std::collections::BTreeMap;

use app::{
    domain::{
        deals::{DealQuery, Outcome, StageKind},
        imports::{DealRecord, PipelineRecord, SourceRecord, StageRecord},
        money::Currency,
    },
    store::Store,
};
use axum::{body::Body, http::Request};
use leptos::server_fn::axum::server_fn_paths;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use super::Site;

/// What people and programs send by mistake or to see what happens.
fn odd_values() -> Vec<Value> {
    let texts =
        ["nul\0byte", "\u{1}\u{7f}\u{85}", "' OR 1=1 --", "\"*\" NEAR(", "%_\\", "\u{202e}e\u{301}\u{1f600}", "", " ", "none", "-1"];
    let days = ["-260000-01-01", "+262142-12-31", "0001-01-01", "9999-12-31", "2026-02-30"];
    let instants = ["-260000-01-01T00:00:00Z", "+262142-01-01T00:00:00Z", "2026-06-01T00:00:00Z"];
    let numbers = [json!(i64::MAX), json!(i64::MIN), json!(u64::MAX), json!(10_000_000_000_000_000_u64), json!(1e308), json!(-0.0)];
    let amounts = ["79228162514264337593543950335", "0.0000000000000000000000000001", "-1", "NaN", "1e400"];
    let long = "x".repeat(30_000);
    let texts = texts.into_iter().chain(days).chain(instants).chain(amounts).chain([long.as_str()]).map(Value::from);
    texts.chain(numbers).chain([Value::Null, json!([]), json!({})]).collect()
}

/// A new database on the cluster of tests.
async fn new_postgres() -> Store {
    let base = std::env::var("VECTOROS_TEST_POSTGRES_URL").expect("VECTOROS_TEST_POSTGRES_URL; `cargo xtask test` sets it");
    let name = format!("t{}", uuid::Uuid::now_v7().simple());
    let cluster = Database::connect(&base).await.expect("Postgres answers");
    cluster.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
    let (server, _) = base.rsplit_once('/').expect("an address with a database");
    Store::open(&format!("{server}/{name}")).await.expect("Postgres opens")
}

/// The id of an open deal.
pub(super) async fn a_deal(site: &Site) -> String {
    let stage = |name: &str, kind| StageRecord { name: name.into(), kind, default_probability: None };
    let stages = vec![stage("Qualify", StageKind::Open), stage("Won", StageKind::Won), stage("Lost", StageKind::Lost)];
    let source =
        SourceRecord { name: "crm".into(), pipeline: PipelineRecord { name: "Sales".into(), stages }, custom_fields: vec![], embed: false };
    let deal = DealRecord {
        external_id: "1".into(),
        title: "Vans".into(),
        description: "Route planning".into(),
        account: None,
        owner: None,
        stage: Some("Qualify".into()),
        value: None,
        currency: Currency::default(),
        probability: None,
        expected_close: None,
        created_at: None,
        outcome: Outcome::Open,
        closed_at: None,
        loss_reason: None,
        notes: None,
        sequence: None,
        custom: BTreeMap::new(),
        changes: vec![],
        activities: vec![],
    };
    site.app.imports().ingest(&source, vec![deal], &mut |_, _, _| {}).await.expect("ingests");
    let list = site.app.deals().deal_list(&site.admin().await, DealQuery::opening()).await.expect("a list");
    list.rows.first().expect("the deal").id.to_string()
}

/// Each request of the interface that says something, with a body that is right but for what is made odd.
fn rest_requests(deal: &str) -> Vec<(&'static str, String, Value)> {
    let none = "00000000-0000-0000-0000-000000000000";
    let path = |rest: &str| format!("/api/v1/{rest}");
    let filter = json!({"text": "vans", "min_value": "1", "max_value": "2", "closed_from": null, "closed_to": null, "reason": "Price",
        "competitor": "Rival", "source": "crm", "page": 1, "outcome": "all"});
    vec![
        (
            "PATCH",
            path(&format!("deals/{deal}")),
            json!({"title": "Vans", "description": "x", "value": "1", "rep_probability": 0.5, "expected_close": "2026-12-01"}),
        ),
        ("POST", path(&format!("deals/{deal}/activities")), json!({"kind": "call", "subject": "x", "at": null})),
        ("POST", path("alerts"), json!({"deal_id": deal, "cause": "x", "headline": "y", "detail": "z", "priority": "high"})),
        ("POST", path("alerts/bulk"), json!({"ids": [none], "action": "snooze", "until": "2026-12-01T00:00:00Z", "note": "x"})),
        ("POST", path(&format!("alerts/{none}/acknowledge")), json!({"note": "x"})),
        ("POST", path(&format!("alerts/{none}/snooze")), json!({"until": "2026-12-01T00:00:00Z", "note": "x"})),
        ("POST", path(&format!("alerts/{none}/dismiss")), json!({"reason": "wrong", "note": "x"})),
        ("POST", path("deals/score"), json!({"filter": filter})),
        (
            "POST",
            path("deals/similar"),
            json!({"deal_id": deal, "outcome": "won", "closed_from": "2026-01-01", "closed_to": "2026-12-01", "owner": none, "pipeline": none, "k": 5}),
        ),
        ("POST", path("deals/similar"), json!({"text": "vans", "k": 5})),
        ("POST", path("deals/score"), json!({"deal_ids": [deal], "as_of": "2026-01-01T00:00:00Z"})),
        (
            "POST",
            path("deals/close"),
            json!({"deals": [[deal, null]], "outcome": "lost", "value": "1", "closed_on": null, "reason": "Price", "competitor": "Rival", "notes": "x"}),
        ),
    ]
}

/// The request with one of its values, at any depth, made odd; each in turn.
fn made_odd(body: &Value, odd: &Value) -> Vec<Value> {
    let Some(fields) = body.as_object() else { return vec![odd.clone()] };
    let mut all = Vec::new();
    for (name, value) in fields {
        let inner = if value.is_object() { made_odd(value, odd) } else { vec![odd.clone()] };
        for changed in inner {
            let mut body = body.clone();
            body[name] = changed;
            all.push(body);
        }
    }
    all
}

/// The fields of all forms, with values that most of them take.
const FORM: [(&str, &str); 25] = [
    ("kind", "call"),
    ("subject", "x"),
    ("name", "x"),
    ("note", "x"),
    ("notes", "x"),
    ("reason", "data"),
    ("competitor", "x"),
    ("rule", "stale"),
    ("place", "workspace"),
    ("limit", "9"),
    ("time_zone", "UTC"),
    ("digest_hour", "8"),
    ("day", ""),
    ("closed_on", ""),
    ("value", ""),
    ("outcome", "won"),
    ("key", "x"),
    ("in_model", "true"),
    ("muted", "true"),
    ("what", "acknowledge"),
    ("every_days", "7"),
    ("after_outcomes", "50"),
    ("share", "0"),
    ("first_checkpoint", "100"),
    ("estimate", "50"),
];

/// Of the odd values those that stand for a kind each.
const TELLING: [&str; 3] = ["+262142-12-31", "9223372036854775807", "\"*\" NEAR("];

async fn nothing_breaks(site: Site) {
    let deal = a_deal(&site).await;
    let token = format!("Bearer {}", site.token().await);
    let cookie = site.sign_in().await;
    let json_type = ("content-type", "application/json");
    for odd in odd_values() {
        for (method, path, body) in rest_requests(&deal) {
            for body in made_odd(&body, &odd) {
                let request = Request::builder().method(method).uri(&path).header("authorization", &token).header(json_type.0, json_type.1);
                let (response, answer) = site.send(request.body(Body::from(body.to_string())).expect("a request")).await;
                assert!(response.status().as_u16() < 500, "{method} {path} {body:.300}: {} {answer}", response.status());
                let holds_nul = body.to_string().contains("\\u0000");
                assert!(!holds_nul || (response.status() == 422 && answer.contains("\"field\"")), "{path} {body:.300}: {answer}");
            }
        }
        let text = odd.as_str().map_or_else(|| odd.to_string(), str::to_owned);
        let encoded: String = text.bytes().take(20_000).map(|byte| format!("%{byte:02X}")).collect();
        for (path, _) in server_fn_paths().filter(|(path, _)| !path.ends_with("sign_out")) {
            // One odd field beside right ones, for what is odd in different ways; more would take minutes.
            let fields = if TELLING.contains(&text.as_str()) { &FORM[..] } else { &FORM[..1] };
            for (odd_one, _) in fields {
                let field = |(name, value): &(&str, &str)| format!("{name}={}", if name == odd_one { &encoded } else { *value });
                let form = FORM.iter().map(field).chain([format!("id={deal}"), format!("ids[]={deal}")]).collect::<Vec<_>>().join("&");
                let (response, answer) = site.post(path, &form, &[("cookie", &cookie)]).await;
                assert!(response.status().as_u16() < 500, "{path} {odd_one}={text:.60}: {} {answer:.300}", response.status());
            }
            let query = json!({"query": {"text": odd, "page": 1}, "filter": {"page": odd}, "outcomes": {"from": odd}, "id": odd, "version": odd,
                "driver": {"feature": odd, "side": "high", "value": odd, "page": 1}, "ids": [deal], "outcome": "won", "at": odd, "day": odd});
            let (response, answer) = site.post(path, &query.to_string(), &[json_type, ("cookie", &cookie)]).await;
            assert!(response.status().as_u16() < 500, "{path} {query:.300}: {} {answer:.300}", response.status());
        }
        let short: String = encoded.chars().take(600).collect();
        for page in [
            "deals?q=",
            "deals?page=",
            "deals?source=",
            "deals?closed_from=",
            "deals?min=",
            "alerts?page=",
            "outcomes?from=",
            "board?q=",
            "unsubscribe/",
        ] {
            let (response, answer) = site.get(&format!("/{page}{short}"), Some(&cookie)).await;
            assert!(response.status().as_u16() < 500, "/{page}{text:.60}: {} {answer:.300}", response.status());
        }
    }
}

#[tokio::test]
async fn nothing_breaks_on_sqlite() {
    nothing_breaks(Site::new().await).await;
}

#[tokio::test]
async fn nothing_breaks_on_postgres() {
    nothing_breaks(Site::over(new_postgres().await, tempfile::tempdir().expect("a temporary folder")).await).await;
}
