//! `cargo xtask chaos`: what goes wrong around a running server, provoked, and what became of what it had acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::build::{self, Profile};
use crate::cleanup::{Guard, TempFolder};
use crate::http::Client;
use crate::paths::Paths;
use crate::process;
use crate::server::{self, Server};

const EMAIL: &str = "chaos@vectoros.example";
/// Deals that are written to.
const DEALS: usize = 40;
/// Clients that write at the same time.
const CLIENTS: usize = 3;
/// Room on the disk beyond the empty workspace, in MiB.
const ROOM: u32 = 120;
/// How long the disk is full, and how long writing goes on before and after.
const FULL: Duration = Duration::from_secs(6);
const BEFORE: Duration = Duration::from_secs(2);
const AFTER: Duration = Duration::from_secs(6);
/// A server that is told to stop has so long.
const STOP_WITHIN: Duration = Duration::from_secs(30);

pub fn run(paths: &Paths, arguments: &[String]) -> Result<()> {
    let (profile, arguments) = Profile::take(arguments);
    let json = arguments.iter().any(|argument| argument == "--json");
    match arguments.iter().map(String::as_str).filter(|argument| *argument != "--json").collect::<Vec<_>>()[..] {
        ["disk-full"] => {
            if !process::is_root() {
                bail!("a disk of its own can only be mounted by root: run `cargo xtask chaos disk-full` as root");
            }
            build::server(paths, profile)?;
            let outcome = disk_full(paths, &build::server_binary(paths, profile))?;
            if json {
                println!("{}", outcome.json());
            } else {
                println!("{}", outcome.words());
            }
            if outcome.lost > 0 || outcome.refused_after_room > 0 {
                bail!("acknowledged writes were lost, or writes refused although there was room again");
            }
            Ok(())
        }
        _ => bail!("say what is to go wrong: disk-full"),
    }
}

/// What became of the writes.
struct Outcome {
    acknowledged: usize,
    /// Acknowledged, and gone after a restart.
    lost: usize,
    /// Refused after there was room again.
    refused_after_room: usize,
    /// Answers by phase and status.
    answers: BTreeMap<String, usize>,
}

impl Outcome {
    fn json(&self) -> Value {
        json!({ "acknowledged": self.acknowledged, "lost": self.lost, "refused_after_room": self.refused_after_room, "answers": self.answers })
    }

    fn words(&self) -> String {
        let Self { acknowledged, lost, refused_after_room, answers } = self;
        let answers: Vec<String> = answers.iter().map(|(what, number)| format!("{what}: {number}")).collect();
        format!(
            "{acknowledged} writes acknowledged, {lost} of them lost; {refused_after_room} refused after there was room ({})",
            answers.join(", ")
        )
    }
}

/// Fills the disk under a running server while clients write, frees it, stops the server, and counts acknowledged writes that are gone.
fn disk_full(paths: &Paths, binary: &Path) -> Result<Outcome> {
    let folder = TempFolder::new("chaos")?;
    let data = folder.path.join("data");
    let _disk = mount(&data, ROOM)?;
    let token = workspace(paths, binary, &folder.path)?;
    let server = Server::start(paths, binary, &folder.path, folder.path.join("before.log"))?;
    let deals = rows(&data, "SELECT lower(hex(id)) FROM deal")?;
    if deals.is_empty() {
        bail!("the workspace has no deals");
    }
    let writers = Writers { address: server.address.clone(), token, deals, next: AtomicUsize::new(0), kept: Mutex::default() };
    writers.write("before", BEFORE);
    let filler = fill(&data)?;
    writers.write("full", FULL);
    fs::remove_file(filler)?;
    writers.write("after", AFTER);
    server.terminate(STOP_WITHIN)?;
    // A start brings the database to rest as the next one would find it.
    let again = Server::start(paths, binary, &folder.path, folder.path.join("after.log"))?;
    again.terminate(STOP_WITHIN)?;
    let there: BTreeSet<String> = rows(&data, "SELECT subject FROM activity")?.into_iter().collect();
    let kept = writers.kept.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(Outcome {
        acknowledged: kept.acknowledged.len(),
        lost: kept.acknowledged.difference(&there).count(),
        refused_after_room: kept.answers.iter().filter(|(what, _)| what.starts_with("after") && *what != "after 201").map(|(_, n)| n).sum(),
        answers: kept.answers,
    })
}

/// What the writers were answered.
#[derive(Default)]
struct Kept {
    acknowledged: BTreeSet<String>,
    answers: BTreeMap<String, usize>,
}

struct Writers {
    address: String,
    token: String,
    deals: Vec<String>,
    next: AtomicUsize,
    kept: Mutex<Kept>,
}

impl Writers {
    fn write(&self, phase: &str, time: Duration) {
        let end = Instant::now() + time;
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    while Instant::now() < end {
                        self.write_one(phase);
                        thread::sleep(Duration::from_millis(50));
                    }
                });
            }
        });
    }

    fn write_one(&self, phase: &str) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("{phase} {number}");
        let path = format!("/api/v1/deals/{}/activities", self.deals[number % self.deals.len()]);
        let body = json!({ "kind": "call", "subject": name }).to_string();
        let answer = Client::connect(&self.address).and_then(|mut client| client.post_json(&path, &body, Some(&self.token)));
        let status = answer.map_or(0, |answer| answer.status);
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *kept.answers.entry(format!("{phase} {status}")).or_default() += 1;
        if status == 201 {
            kept.acknowledged.insert(name);
        }
    }
}

/// A disk of its own, in memory, until the guard is dropped.
fn mount(at: &Path, mebibytes: u32) -> Result<Guard> {
    fs::create_dir_all(at)?;
    process::run_quietly(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"]).arg(at))?;
    let at = at.to_owned();
    Ok(Guard::new(move || drop(Command::new("umount").arg("--lazy").arg(at).status())))
}

/// Takes all the room there is.
fn fill(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("filler");
    let mut filler = File::create(&path)?;
    while filler.write_all(&[0; 65_536]).is_ok() {}
    Ok(path)
}

/// A workspace with some open deals and an admin; answers the admin's token.
fn workspace(paths: &Paths, binary: &Path, folder: &Path) -> Result<String> {
    let source = folder.join("source");
    fs::create_dir_all(&source)?;
    fs::write(source.join("mapping.toml"), include_str!("chaos.toml"))?;
    let rows = (0..DEALS).fold(String::from("id,name,stage,created\n"), |csv, n| csv + &format!("{n},Deal {n},Open,2026-01-05\n"));
    fs::write(source.join("deals.csv"), rows)?;
    let command = |arguments: &[&str]| server::command(paths, binary, folder, arguments);
    process::run_quietly(&mut command(&["import", "--mapping", "source/mapping.toml", "source/deals.csv"]))?;
    let mut add = command(&["user", "add", "--email", EMAIL, "--name", "Chaos", "--role", "admin"]);
    process::run_quietly(add.env("VECTOROS_USER_PASSWORD", "only-for-this-trouble"))?;
    let said = process::stdout_of(&mut command(&["token", "add", "--email", EMAIL, "--name", "chaos"]))?;
    said.split_whitespace().find(|word| word.starts_with("vos_")).map(str::to_owned).context("`vectoros token add` printed no token")
}

/// The first column of what a query finds in the workspace's database, read without the server.
fn rows(data: &Path, query: &str) -> Result<Vec<String>> {
    let script = "import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(row[0])";
    let mut python = Command::new("python3");
    python.args(["-c", script]).arg(data.join("vectoros.sqlite")).arg(query);
    Ok(process::stdout_of(&mut python)?.lines().map(str::to_owned).collect())
}
