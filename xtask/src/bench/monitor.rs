//! `cargo xtask bench monitor`: sweeps over many open deals on Postgres, and how fast an alert reaches open browser tabs.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::{
    cleanup::TempFolder,
    http::Client,
    paths::Paths,
    postgres::{self, Cluster},
    process,
    server::{self, Server},
};

/// Open deals of the two measurements.
const SIZES: [u64; 2] = [10_000, 100_000];
/// Rows of history a deal.
const HISTORY: u64 = 20;
/// Browser tabs that listen.
const LISTENERS: usize = 200;
const EMAIL: &str = "bench@vectoros.example";
/// Alerts that are raised one after the other while all listen.
const ALERTS: usize = 10;

pub fn measure(paths: &Paths, binary: &Path) -> Result<Map<String, Value>> {
    let mut figures = Map::new();
    for deals in SIZES {
        figures.insert(format!("sweep_{deals}"), sweep(paths, binary, deals)?);
    }
    figures.insert("listeners".into(), listeners(paths, binary)?);
    Ok(figures)
}

/// A workspace on a Postgres of its own.
struct Workspace<'a> {
    paths: &'a Paths,
    binary: &'a Path,
    folder: TempFolder,
    cluster: Cluster,
}

impl<'a> Workspace<'a> {
    fn new(paths: &'a Paths, binary: &'a Path) -> Result<Self> {
        let workspace = Self { paths, binary, folder: TempFolder::new("monitor")?, cluster: Cluster::start()? };
        let mut add = workspace.command(&["user", "add", "--email", EMAIL, "--name", "Bench", "--role", "admin"]);
        process::run_quietly(add.env("VECTOROS_USER_PASSWORD", "only-for-this-measurement"))?;
        Ok(workspace)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = server::command(self.paths, self.binary, &self.folder.path, arguments);
        command.env("DATABASE_URL", &self.cluster.url);
        command
    }

    fn fill(&self, deals: u64) -> Result<()> {
        let script = self.paths.root.join("xtask/src/bench/monitor.sql");
        let mut fill = Command::new(postgres::psql()?);
        fill.args(["--quiet", "--set", "ON_ERROR_STOP=1", "--set"]).arg(format!("deals={deals}"));
        process::run_quietly(fill.arg("--file").arg(script).arg(&self.cluster.url))
    }

    fn sql(&self, query: &str) -> Result<String> {
        let mut ask = Command::new(postgres::psql()?);
        Ok(process::stdout_of(ask.args(["--tuples-only", "--no-align", "--command", query]).arg(&self.cluster.url))?.trim().to_owned())
    }
}

fn sweep(paths: &Paths, binary: &Path, deals: u64) -> Result<Value> {
    let workspace = Workspace::new(paths, binary)?;
    eprintln!("filling a workspace with {deals} open deals and {} rows of history", deals * HISTORY);
    workspace.fill(deals)?;
    let (first, peak) = swept(&workspace)?;
    // Counts every row that is written from here on.
    let before = written(&workspace)?;
    let (second, _) = swept(&workspace)?;
    let after = written(&workspace)?;
    if second["raised"] != 0 || second["worsened"] != 0 || second["woken"] != 0 || second["resolved"] != 0 {
        bail!("the second sweep found something to do: {second}");
    }
    Ok(json!({
        "deals": deals,
        "history_rows": deals * HISTORY,
        "raised": first["raised"],
        "seconds": first["milliseconds"].as_f64().unwrap_or(f64::NAN) / 1_000.0,
        "peak_mib": peak,
        "second_seconds": second["milliseconds"].as_f64().unwrap_or(f64::NAN) / 1_000.0,
        // The record of the run, and taking and giving back the lease.
        "second_rows_written": after - before,
    }))
}

/// Rows inserted, changed and removed so far in the product's own tables, but for the lease, which comes and goes.
fn written(workspace: &Workspace) -> Result<i64> {
    // What a session wrote is counted soon after it ends.
    thread::sleep(Duration::from_secs(2));
    let sum = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname <> 'lease'";
    workspace.sql(sum)?.parse().context("a count")
}

/// What `vectoros sweep` says, and the most memory it took, in MiB.
fn swept(workspace: &Workspace) -> Result<(Value, f64)> {
    let mut child = workspace.command(&["sweep", "--json"]).stdout(Stdio::piped()).spawn().context("vectoros sweep")?;
    let output = child.stdout.take().context("its output")?;
    let reader = thread::spawn(move || std::io::read_to_string(output));
    let peak = peak_memory(&mut child)?;
    let answer = reader.join().map_err(|_| anyhow::anyhow!("the reader stopped"))??;
    Ok((serde_json::from_str(&answer).with_context(|| format!("not JSON: {answer}"))?, peak))
}

fn peak_memory(child: &mut Child) -> Result<f64> {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0.0_f64;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1_024.0);
        if let Some(ended) = child.try_wait()? {
            if !ended.success() {
                bail!("`vectoros sweep` ended with {ended}");
            }
            return Ok(peak);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// How long an alert takes from the request that raises it to each of the listeners.
fn listeners(paths: &Paths, binary: &Path) -> Result<Value> {
    let workspace = Workspace::new(paths, binary)?;
    workspace.fill(1_000)?;
    let token = process::stdout_of(&mut workspace.command(&["token", "add", "--email", EMAIL, "--name", "bench"]))?;
    let token = token.split_whitespace().find(|word| word.starts_with("vos_")).context("a token")?.to_owned();
    let deal = workspace.sql("SELECT id FROM deal LIMIT 1")?;
    let server =
        Server::start_on(paths, binary, &workspace.folder.path, workspace.folder.path.join("server.log"), Some(&workspace.cluster.url))?;
    let open = Arc::new(AtomicUsize::new(0));
    let (heard, hearing) = mpsc::channel::<Instant>();
    for _ in 0..LISTENERS {
        let (address, token, open, heard) = (server.address.clone(), token.clone(), open.clone(), heard.clone());
        thread::Builder::new().stack_size(128 * 1024).spawn(move || drop(listen(&address, &token, &open, &heard)))?;
    }
    let start = Instant::now();
    while open.load(Ordering::Relaxed) < LISTENERS {
        if start.elapsed() > Duration::from_secs(30) {
            bail!("only {} of {LISTENERS} listeners are connected", open.load(Ordering::Relaxed));
        }
        thread::sleep(Duration::from_millis(20));
    }
    let mut client = Client::connect(&server.address)?;
    let mut all: Vec<f64> = Vec::new();
    for number in 0..ALERTS {
        let body = json!({ "deal_id": deal, "cause": format!("bench {number}"), "headline": "Look", "priority": "high" }).to_string();
        let raised = Instant::now();
        let answer = client.post_json("/api/v1/alerts", &body, Some(&token))?;
        if answer.status != 201 {
            bail!("raising an alert was answered with {}", answer.status);
        }
        for _ in 0..LISTENERS {
            let at = hearing.recv_timeout(Duration::from_secs(10)).context("not every listener heard the alert")?;
            all.push((at - raised).as_secs_f64() * 1_000.0);
        }
    }
    all.sort_by(f64::total_cmp);
    Ok(json!({ "listeners": LISTENERS, "alerts": ALERTS, "p50_ms": all[all.len() / 2], "slowest_ms": all[all.len() - 1] }))
}

/// Listens until the connection ends; says when each notification came.
fn listen(address: &str, token: &str, open: &AtomicUsize, heard: &mpsc::Sender<Instant>) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /api/v1/notifications/stream HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n")?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if line.starts_with("event: hello") {
            open.fetch_add(1, Ordering::Relaxed);
        } else if line.starts_with("event: notification") && heard.send(Instant::now()).is_err() {
            break;
        }
    }
    Ok(())
}

/// The figures in lines of text, each with its goal.
pub fn table(report: &Value) -> String {
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let mut text = String::from("\nMonitoring on Postgres\n");
    for (deals, goal) in SIZES.into_iter().zip(["under 1 s", "under 10 s, under 1 GiB"]) {
        let of = &report[format!("sweep_{deals}")];
        text.push_str(&format!(
            "{deals:>8} open deals, {} rows of history: {:.2} s, {:.0} MiB, {} alerts ({goal}); again {:.2} s, {} row written (1, the run's record)\n",
            of["history_rows"],
            number(&of["seconds"]),
            number(&of["peak_mib"]),
            of["raised"],
            number(&of["second_seconds"]),
            of["second_rows_written"]
        ));
    }
    let of = &report["listeners"];
    text.push_str(&format!(
        "{} event streams: an alert reaches them within {:.0} ms (median {:.0} ms, {} alerts; under 1 s)\n",
        of["listeners"],
        number(&of["slowest_ms"]),
        number(&of["p50_ms"]),
        of["alerts"]
    ));
    text
}
