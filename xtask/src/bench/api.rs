//! One score over HTTP: our server, over the imported IBM deals, against a FastAPI endpoint with a LightGBM model of the same.
//!
//! Ours looks the deal up and answers with interval, reasons and health; theirs gets the features in the request and answers
//! with a probability, or with the contributions too, which is the like of our reasons. Servers run one after the other, on the same machine and under the same connections as the load.

use std::fs::File;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::load::{Load, Measured, Request, press};
use super::model::Learners;
use super::workspace::{EMAIL, Workspace};
use crate::{cleanup::Guard, http::Client, postgres, process, python};

const PATH: &str = "/api/v1/deals/score";
/// Connections that measure latency, and throughput.
const CONNECTIONS: [usize; 2] = [1, 8];
const DURATION: Duration = Duration::from_secs(5);
const WARM_UP: usize = 50;
/// Deals and request bodies that take turns.
const DEALS: usize = 500;
const PATIENCE: Duration = Duration::from_secs(60);

pub fn measure(workspace: &mut Workspace, learners: &mut Learners) -> Result<Map<String, Value>> {
    let mut rows = Vec::new();
    let mut most: Vec<(&str, f64)> = Vec::new();
    let mut add = |server: &'static str, kind: &'static str, load: Load, measured: &Measured| {
        let mut row = measured.json(load);
        row["server"] = json!(server);
        row["kind"] = json!(kind);
        rows.push(row);
        most.push((kind, measured.per_second()));
    };
    for (workers, plain, explained) in [
        (1, "FastAPI + LightGBM, one process", "the same with contributions"),
        (2, "FastAPI + LightGBM, two workers", "the same with contributions"),
    ] {
        let endpoint = FastApi::start(workspace, learners, workers)?;
        let bodies = &endpoint.bodies;
        for (path, server, kind) in [("/score", plain, "fastapi"), ("/explain", explained, "fastapi_explained")] {
            let request = |n: usize| Request { path, body: bodies[n % bodies.len()].clone(), token: None };
            for connections in CONNECTIONS {
                let load = load(connections);
                add(server, kind, load, &press(&endpoint.address, load, request, |body| is_probability(body, "/probability"))?);
            }
        }
    }
    {
        let token = token(workspace)?;
        let (server, mut client) = workspace.serve()?;
        let deals = deals(&mut client)?;
        let request = |n: usize, as_of: Option<String>| {
            let mut body = json!({ "deal_ids": [deals[n % deals.len()]] });
            if let Some(as_of) = as_of {
                body["as_of"] = json!(as_of);
            }
            Request { path: PATH, body: body.to_string(), token: Some(&token) }
        };
        // Each deal once, so that there is something in the cache.
        let mut first = Client::connect(&server.address)?;
        for n in 0..deals.len() {
            let Request { path, body, token } = request(n, None);
            let response = first.post_json(path, &body, token)?;
            if response.status != 200 || !is_probability(&response.body, "/results/0/probability") {
                bail!("{path} answered {}: {}", response.status, String::from_utf8_lossy(&response.body));
            }
        }
        let right = |body: &[u8]| is_probability(body, "/results/0/probability");
        for connections in CONNECTIONS {
            let load = load(connections);
            add("VectorOS, answered from the cache", "cached", load, &press(&server.address, load, |n| request(n, None), right)?);
        }
        for (round, connections) in CONNECTIONS.into_iter().enumerate() {
            let load = load(connections);
            // No instant comes twice.
            let computed = |n: usize| request(n, Some(instant(round * 10_000_000 + n)));
            add("VectorOS, computed", "computed", load, &press(&server.address, load, computed, right)?);
        }
    }
    let goals = goals(&rows, &most);
    Ok(Map::from_iter([("rows".to_owned(), Value::Array(rows)), ("goals".to_owned(), goals)]))
}

fn load(connections: usize) -> Load {
    Load { connections, warm_up: WARM_UP, duration: DURATION }
}

fn goals(rows: &[Value], most: &[(&str, f64)]) -> Value {
    let p50 = |kind: &str| {
        let of_one = rows.iter().find(|row| row["kind"] == kind && row["connections"] == 1);
        of_one.and_then(|row| row["p50_ms"].as_f64()).unwrap_or(f64::NAN)
    };
    let best = |kind: &str| most.iter().filter(|(other, _)| *other == kind).map(|(_, rate)| *rate).fold(f64::NAN, f64::max);
    let mut goals = Vec::new();
    for (kind, what) in [("cached", "from the cache"), ("computed", "computed")] {
        goals
            .push(json!({ "goal": format!("p50 in ms of one connection, {what} (under 5)"), "figure": p50(kind), "met": p50(kind) < 5.0 }));
        for (rival, whose) in [("fastapi", "FastAPI's"), ("fastapi_explained", "FastAPI's with contributions")] {
            let times = best(kind) / best(rival);
            goals.push(json!({
                "goal": format!("most requests a second over {whose} most, {what} (10 or more)"),
                "figure": times,
                "met": times >= 10.0,
            }));
        }
    }
    Value::Array(goals)
}

fn is_probability(body: &[u8], place: &str) -> bool {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    answer.pointer(place).and_then(Value::as_f64).is_some_and(|probability| (0.0..=1.0).contains(&probability))
}

/// The n-th millisecond of 2026 and on.
fn instant(n: usize) -> String {
    let (seconds, millis) = (n / 1000, n % 1000);
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    format!("2026-01-{:02}T{:02}:{:02}:{:02}.{millis:03}Z", day + 1, second / 3600, second / 60 % 60, second % 60)
}

fn token(workspace: &mut Workspace) -> Result<String> {
    // The person the token is for comes with the first server.
    drop(workspace.serve()?);
    let answer = process::stdout_of(&mut workspace.command(&["token", "add", "--email", EMAIL, "--name", "bench"]))?;
    let token = answer.split_whitespace().last().context("`vectoros token add` printed no token")?;
    Ok(token.to_owned())
}

/// Ids of deals, from the links of the list's pages.
fn deals(client: &mut Client) -> Result<Vec<String>> {
    let mut ids: Vec<String> = Vec::new();
    for page in 1.. {
        let list = client.get(&format!("/deals?outcome=all&page={page}"))?;
        let found = linked_deals(&String::from_utf8_lossy(&list.body));
        let before = ids.len();
        for id in found {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        if ids.len() >= DEALS {
            break;
        }
        if ids.len() == before {
            bail!("the deal list has only {before} deals on its first {} pages", page - 1);
        }
    }
    Ok(ids)
}

fn linked_deals(page: &str) -> Vec<String> {
    let links = page.split("href=\"/deals/").skip(1);
    let ids = links.filter_map(|link| link.get(..36)).filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'));
    ids.map(str::to_owned).collect()
}

/// A FastAPI server that answers; dropping it ends it.
struct FastApi {
    address: String,
    bodies: Vec<String>,
    _process: Guard,
}

impl FastApi {
    fn start(workspace: &Workspace, learners: &mut Learners, workers: usize) -> Result<Self> {
        let folder = learners.lightgbm()?;
        let script = python::scripts(workspace.paths).join("serve_lightgbm.py");
        let mut requests = Command::new(&learners.python);
        let bodies = process::stdout_of(requests.arg(&script).arg(&folder).args(["--requests", &DEALS.to_string()]))?;
        let bodies: Vec<String> = bodies.lines().map(str::to_owned).collect();
        let first = bodies.first().context("no request bodies")?.clone();

        let port = postgres::free_port()?;
        let log = workspace.folder.path.join(format!("fastapi-{workers}.log"));
        let output = File::create(&log)?;
        let mut serve = Command::new(&learners.python);
        serve.arg(&script).arg(&folder).arg(port.to_string()).arg(workers.to_string());
        let child = serve.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()?;
        let id = child.id();
        let child = Arc::new(Mutex::new(child));
        let doomed = Arc::clone(&child);
        let process = Guard::new(move || {
            let mut child = doomed.lock().unwrap_or_else(PoisonError::into_inner);
            // A plain kill of the parent would leave the workers behind.
            if !Command::new("kill").arg(id.to_string()).status().is_ok_and(|status| status.success()) {
                drop(child.kill());
            }
            drop(child.wait());
        });
        let server = Self { address: format!("127.0.0.1:{port}"), bodies, _process: process };
        let start = Instant::now();
        loop {
            let answer = Client::connect(&server.address).and_then(|mut client| client.post_json("/score", &first, None));
            if answer.is_ok_and(|response| response.status == 200 && is_probability(&response.body, "/probability")) {
                return Ok(server);
            }
            let ended = child.lock().unwrap_or_else(PoisonError::into_inner).try_wait()?;
            if ended.is_some() || start.elapsed() > PATIENCE {
                bail!("the FastAPI endpoint does not answer:\n{}", std::fs::read_to_string(&log).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_never_repeat() {
        assert_eq!(instant(0), "2026-01-01T00:00:00.000Z");
        assert_eq!(instant(90_061_007), "2026-01-02T01:01:01.007Z");
        assert_ne!(instant(10_000_000), instant(10_000_001));
    }

    #[test]
    fn deals_are_found_in_links() {
        let page = r#"<a href="/deals/01890a5d-ac96-774b-bcce-b302099a8057">A</a><a href="/deals/new">B</a><a href="/deals?page=2">"#;
        assert_eq!(linked_deals(page), ["01890a5d-ac96-774b-bcce-b302099a8057"]);
    }

    #[test]
    fn only_probabilities_are_answers() {
        assert!(is_probability(br#"{"results":[{"probability":0.25}]}"#, "/results/0/probability"));
        assert!(!is_probability(br#"{"results":[],"errors":[{}]}"#, "/results/0/probability"));
        assert!(!is_probability(b"oops", "/probability"));
    }

    #[test]
    fn goals_compare_the_most_of_each() {
        let rows =
            [json!({"kind": "cached", "connections": 1, "p50_ms": 0.4}), json!({"kind": "computed", "connections": 1, "p50_ms": 9.0})];
        let most = [("fastapi", 100.0), ("fastapi", 150.0), ("fastapi_explained", 60.0), ("cached", 3000.0), ("computed", 600.0)];
        let goals = goals(&rows, &most);
        let met: Vec<_> = goals.as_array().expect("goals").iter().map(|goal| goal["met"] == true).collect();
        assert_eq!(met, [true, true, true, false, false, true]);
    }
}
