//! The index of similar deals, with 10,000 and 100,000 deals: how long a new process takes until it can search, its memory, and the
//! times of searches for what was closed before a day. `app/benches/vectors` measures one size in a process of its own.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::{paths::Paths, process};

const SIZES: [&str; 2] = ["10000", "100000"];

pub fn measure(paths: &Paths) -> Result<Map<String, Value>> {
    SIZES.into_iter().map(|deals| Ok((deals.to_owned(), with(paths, deals)?))).collect()
}

fn with(paths: &Paths, deals: &str) -> Result<Value> {
    let arguments = ["bench", "--quiet", "--package", "app", "--features", "ssr", "--bench", "vectors", "--", "--deals", deals];
    let mut command = process::cargo(&paths.root, &arguments);
    command.env("CARGO_TARGET_DIR", &paths.target);
    serde_json::from_str(&process::stdout_of(&mut command)?).context("the figures were not JSON")
}

/// The figures in lines of text.
pub fn table(report: &Value) -> String {
    let line = |deals: &&str| {
        let figures = &report[*deals];
        let number = |key: &str| figures[key].as_f64().unwrap_or(f64::NAN);
        format!(
            "  {deals:>7} deals: ready after {:.2} s, {:.0} MiB ({} bytes a deal); a search {:.2} ms (p50), {:.2} ms (p99)\n",
            number("start_s"),
            number("memory_mib"),
            figures["bytes_per_deal"],
            number("p50_ms"),
            number("p99_ms")
        )
    };
    format!("\nThe index of similar deals\n{}", SIZES.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_lines() {
        let figures = serde_json::json!({ "start_s": 0.5, "memory_mib": 16.0, "bytes_per_deal": 1600, "p50_ms": 1.25, "p99_ms": 2.5 });
        let report = serde_json::json!({ "10000": figures, "100000": figures });
        let line = "  10000 deals: ready after 0.50 s, 16 MiB (1600 bytes a deal); a search 1.25 ms (p50), 2.50 ms (p99)\n";
        assert!(table(&report).contains(line), "{}", table(&report));
    }
}
