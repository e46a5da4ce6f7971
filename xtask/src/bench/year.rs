//! A year in the life of a workspace, lived by the product's own jobs: what is kept of it by month, and how long pages take in the first
//! month and the last. `app/benches/year` lives it and prints one JSON line.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::{build::Profile, paths::Paths, process};

/// Open deals unless told otherwise.
pub const DEALS: u64 = 10_000;

pub fn measure(paths: &Paths, profile: Profile, deals: u64, days: u64, database: Option<&str>) -> Result<Map<String, Value>> {
    let mut arguments = vec!["bench", "--quiet", "--package", "app", "--features", "ssr", "--bench", "year"];
    if profile == Profile::Dev {
        arguments.extend(["--profile", "dev"]);
    }
    let (deals, days) = (deals.to_string(), days.to_string());
    arguments.extend(["--", "--deals", &deals, "--days", &days]);
    arguments.extend(database.into_iter().flat_map(|url| ["--database", url]));
    let mut command = process::cargo(&paths.root, &arguments);
    command.env("CARGO_TARGET_DIR", &paths.target);
    let line = process::stdout_of(&mut command)?;
    serde_json::from_str(line.trim()).context("the year's figures were not JSON")
}

/// By month the bytes and the rows that grew most, then the pages.
pub fn table(figures: &Value) -> String {
    let months: Vec<&Value> = figures["months"].as_array().into_iter().flatten().collect();
    let mut text = format!("a year of {} open deals, {} days in {} s\n", figures["deals"], figures["days"], figures["seconds"]);
    for month in &months {
        let mut rows: Vec<(&String, i64)> =
            month["rows"].as_object().into_iter().flatten().filter_map(|(table, rows)| Some((table, rows.as_i64()?))).collect();
        rows.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        let rows: Vec<String> = rows.into_iter().take(8).map(|(table, rows)| format!("{table} {rows}")).collect();
        let mib = month["bytes"].as_f64().unwrap_or(f64::NAN) / f64::from(1 << 20);
        text += &format!("day {:>3} {mib:>9.1} MiB   {}\n", month["day"], rows.join(", "));
    }
    let (first, last) = (&figures["pages"]["first_month"], &figures["pages"]["last_month"]);
    for (page, times) in first.as_object().into_iter().flatten() {
        let of = |times: &Value| format!("p50 {:>8} ms, p99 {:>8} ms", times["p50_ms"], times["p99_ms"]);
        text += &format!("{page:<10} first month {}   last month {}\n", of(times), of(&last[page]));
    }
    text
}
