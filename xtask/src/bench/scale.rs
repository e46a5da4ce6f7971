//! How time and memory grow with the number of deals: a made-up team's files are imported, and then trained on, scored and replayed, each
//! by a process of its own whose memory is watched.
//!
//! Two figures of memory are told. `peak_mib` is the kernel's own high-water mark (VmHWM), which counts pages of the database file that
//! SQLite maps, up to 1 GiB of them; the kernel takes those back when it needs them. `anonymous_mib` is the largest seen of what it cannot
//! take back (RssAnon), looked at every 20 ms.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Read, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::{cleanup::TempFolder, paths::Paths, process, server};

/// Deals unless told otherwise.
pub const DEALS: u64 = 200_000;
/// How often a process is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// One deal in so many is open.
const OPEN: u64 = 10;
/// The first day, and the days on which deals are created, in days since 1970.
const FIRST_DAY: u64 = 19_000;
const DAYS: u64 = 1_400;

const MAPPING: &str = r#"name = "scale"
embed = false

[format]
dates = ["rfc3339"]
time_zone = "UTC"

[pipeline]
name = "Sales"

[[pipeline.stages]]
name = "Lead"
kind = "open"

[[pipeline.stages]]
name = "Offer"
kind = "open"

[[pipeline.stages]]
name = "Talks"
kind = "open"

[[pipeline.stages]]
name = "Won"
kind = "won"

[[pipeline.stages]]
name = "Lost"
kind = "lost"

[deals]
file = "deals.csv"
currency = "EUR"
known_at_creation = ["value"]

[deals.columns]
id = "id"
title = "title"
account = "account"
owner = "owner"
value = "amount"
created_at = "created"
closed_at = "closed"
outcome = "outcome"

[deals.custom]
seats = "numeric"
region = "category"

[deals.outcomes]
won = ["won"]
lost = ["lost"]
open = ["open"]

[stage_history]
file = "stage_history.csv"

[stage_history.columns]
deal = "deal"
stage = "stage"
at = "at"

[activities]
file = "activities.csv"

[activities.columns]
deal = "deal"
kind = "kind"
at = "at"

[activities.kinds]
call = ["call"]
email = ["email"]
meeting = ["meeting"]
"#;

pub fn measure(paths: &Paths, binary: &Path, deals: u64) -> Result<Map<String, Value>> {
    let folder = TempFolder::new("scale")?;
    let files = folder.path.join("files");
    fs::create_dir_all(&files)?;
    write_files(&files, deals)?;
    let mapping = folder.path.join("scale.toml");
    fs::write(&mapping, MAPPING)?;
    let steps: [(&str, Vec<PathBuf>); 5] = [
        ("import", vec!["import".into(), "--json".into(), "--mapping".into(), mapping.clone(), files.clone()]),
        ("import again", vec!["import".into(), "--json".into(), "--mapping".into(), mapping, files]),
        ("train", vec!["train".into(), "--json".into()]),
        ("score", vec!["score".into(), "--json".into()]),
        ("backtest", vec!["backtest".into(), "--json".into()]),
    ];
    let mut figures = Map::from_iter([("deals".to_owned(), json!(deals))]);
    for (name, arguments) in steps {
        let mut command = server::command(paths, binary, &folder.path, &[]);
        command.args(arguments);
        let watched = watch(&mut command).with_context(|| format!("{name} failed"))?;
        eprintln!("{}", line(name, &watched));
        figures.insert(name.to_owned(), watched);
    }
    Ok(figures)
}

/// Runs a command to its end and tells its time, its memory, and what it answered of deals.
fn watch(command: &mut Command) -> Result<Value> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut output = child.stdout.take().context("it has an output")?;
    let answer = std::thread::spawn(move || {
        let mut answer = String::new();
        output.read_to_string(&mut answer).map(|_| answer)
    });
    let status_file = format!("/proc/{}/status", child.id());
    let (mut peak, mut anonymous) = (0, 0);
    let status = loop {
        let now = fs::read_to_string(&status_file).unwrap_or_default();
        peak = peak.max(kib(&now, "VmHWM:"));
        anonymous = anonymous.max(kib(&now, "RssAnon:"));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    let seconds = (start.elapsed().as_secs_f64() * 10.0).round() / 10.0;
    if !status.success() {
        bail!("`{}` ended with {status}", process::line_of(command));
    }
    let answer = answer.join().map_err(|_| anyhow::anyhow!("its output could not be read"))??;
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    let mut figures = json!({ "seconds": seconds, "peak_mib": peak / 1024, "anonymous_mib": anonymous / 1024 });
    for key in ["imported", "unchanged", "rejected", "deals", "closed_deals", "computed"] {
        if let Some(value) = answer.get(key).filter(|value| value.is_number()) {
            figures[key] = value.clone();
        }
    }
    Ok(figures)
}

/// A line of `/proc/…/status`, in KiB.
fn kib(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn line(name: &str, watched: &Value) -> String {
    let mut line = format!(
        "{name:<14} {:>8} s   peak {:>6} MiB   of it anonymous {:>6} MiB",
        watched["seconds"], watched["peak_mib"], watched["anonymous_mib"]
    );
    for key in ["deals", "closed_deals"] {
        if !watched[key].is_null() {
            // Writing to a string cannot fail.
            let _ = write!(line, "   {key} {}", watched[key]);
        }
    }
    line
}

pub fn table(figures: &Value) -> String {
    let steps = figures.as_object().into_iter().flatten().filter(|(_, step)| step.is_object());
    steps.map(|(name, watched)| line(name, watched) + "\n").collect()
}

/// Chance, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        // Knuth's linear congruential generator; the high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Deals of a few months each with stages and activities; more seats and more meetings make a deal more likely to be won. The entries of
/// a deal lie far apart in their files.
fn write_files(folder: &Path, deals: u64) -> Result<()> {
    let file = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    let (mut all, mut stages, mut activities) = (file("deals.csv")?, file("stage_history.csv")?, file("activities.csv")?);
    writeln!(all, "id,title,account,owner,amount,created,closed,outcome,seats,region")?;
    writeln!(stages, "deal,stage,at")?;
    writeln!(activities, "deal,kind,at")?;
    for pass in 0..3 {
        for id in 0..deals {
            let mut dice = Dice(id.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 7);
            let created = FIRST_DAY * 24 + dice.below(DAYS * 24);
            let life = 24 + dice.below(120 * 24);
            let open = dice.below(OPEN) == 0;
            let (seats, meetings) = (1 + dice.below(80), dice.below(4));
            let won = dice.below(100) < 5 + seats / 2 + meetings * 12;
            let outcome = if open { "open" } else { ["lost", "won"][usize::from(won)] };
            match pass {
                0 => {
                    let closed = if open { String::new() } else { at(created + life) };
                    let (account, owner, amount) = (dice.below(deals / 20 + 1), dice.below(60), 500 + dice.below(90_000));
                    let region = ["North", "East", "South", "West"][dice.below(4) as usize];
                    let created = at(created);
                    writeln!(all, "{id},Deal {id},Account {account},Rep {owner},{amount},{created},{closed},{outcome},{seats},{region}")?;
                }
                1 => {
                    for (stage, part) in [("Lead", 0), ("Offer", 3), ("Talks", 6)] {
                        writeln!(stages, "{id},{stage},{}", at(created + life * part / 10))?;
                    }
                    if !open {
                        writeln!(stages, "{id},{},{}", ["Lost", "Won"][usize::from(won)], at(created + life))?;
                    }
                }
                _ => {
                    for n in 0..3 + meetings {
                        let kind = if n < meetings { "meeting" } else { ["call", "email"][dice.below(2) as usize] };
                        writeln!(activities, "{id},{kind},{}", at(created + dice.below(life)))?;
                    }
                }
            }
        }
    }
    [all, stages, activities].iter_mut().try_for_each(BufWriter::flush)?;
    Ok(())
}

/// An instant in hours since 1970.
fn at(hours: u64) -> String {
    let (day, hour) = (hours / 24, hours % 24);
    // Howard Hinnant's civil_from_days.
    let z = day + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (date, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_become_instants() {
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(19_000 * 24 + 13), "2022-01-08T13:00:00Z");
        assert_eq!(at(19_782 * 24), "2024-02-29T00:00:00Z");
    }

    #[test]
    fn memory_is_read_from_the_kernels_lines() {
        let status = "Name:\tvectoros\nVmHWM:\t  123456 kB\nRssAnon:\t   2048 kB\n";
        assert_eq!((kib(status, "VmHWM:"), kib(status, "RssAnon:"), kib(status, "VmSwap:")), (123_456, 2_048, 0));
    }
}
