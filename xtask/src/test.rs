//! `cargo xtask test`: everything that must hold before a change is published.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{
    browser,
    build::{self, Profile},
    client, deny,
    paths::Paths,
    postgres::Cluster,
    process, python, setup,
    wasm_std::{self, TARGET},
};

type Part = fn(&Paths, browser::Options) -> Result<()>;

/// The parts, cheap ones first.
const PARTS: [(&str, Part); 8] = [
    ("fmt", fmt),
    ("tree", tree),
    ("deny", deny),
    ("clippy", clippy),
    ("docs", docs),
    ("client", client),
    ("unit", unit),
    ("browser", browser),
];

/// Crates that belong to the server: none may reach the browser.
const SERVER_ONLY: [&str; 10] = ["lettre", "tokio", "axum", "hyper", "sea-orm", "sea-query", "sqlx", "ort", "fastembed", "smartcore"];

/// What is checked and tested on this machine, in groups that are built apart: cargo switches on, for everything in one
/// build, each feature that any package of it asks for. With xtask among them the server's dependencies would be built
/// once for the tests and once more for the server. The frontend is in neither: it exists for the browser only, and
/// would switch on the client's features in the server.
const GROUPS: [&[&str]; 2] = [&["--workspace", "--exclude", "frontend", "--exclude", "xtask"], &["--package", "xtask"]];

pub fn run(paths: &Paths, arguments: &[String]) -> Result<()> {
    let (walk, chosen) = browser::Options::take(arguments)?;
    if let Some(unknown) = chosen.iter().find(|part| !PARTS.iter().any(|(name, _)| name == part)) {
        bail!("there is no part `{unknown}`; the parts are {}", PARTS.map(|(name, _)| name).join(", "));
    }
    setup::compiler_prerequisites()?;
    let mut times = Vec::new();
    let mut outcome = Ok(());
    for (name, part) in PARTS {
        if !chosen.is_empty() && !chosen.iter().any(|wanted| wanted == name) {
            continue;
        }
        eprintln!("\n── {name}");
        let start = Instant::now();
        outcome = part(paths, walk).with_context(|| format!("test {name}"));
        times.push((name, start.elapsed()));
        if outcome.is_err() {
            break;
        }
    }
    eprintln!("\n{}", summary(&times, outcome.is_ok()));
    outcome
}

fn summary(times: &[(&str, Duration)], passed: bool) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (place, (name, time)) in times.iter().enumerate() {
        let failed = !passed && place + 1 == times.len();
        lines.push(format!("{name:<8} {:>7.1} s  {}", time.as_secs_f64(), if failed { "FAILED" } else { "ok" }));
    }
    let total: Duration = times.iter().map(|(_, time)| *time).sum();
    lines.push(format!("{:<8} {:>7.1} s", "total", total.as_secs_f64()));
    lines.join("\n")
}

fn fmt(paths: &Paths, _: browser::Options) -> Result<()> {
    process::run(&mut process::cargo(&paths.root, &["fmt", "--all", "--", "--check"]))
}

/// Nothing of the server's may be in the client's dependency tree.
fn tree(paths: &Paths, _: browser::Options) -> Result<()> {
    let arguments = ["tree", "--package", "frontend", "--target", TARGET, "--edges", "normal", "--prefix", "none"];
    let tree = process::stdout_of(&mut process::cargo(&paths.root, &arguments))?;
    match intruder(&tree) {
        Some(name) => bail!("{name} is in the browser client; `cargo tree -p frontend --target {TARGET} -i {name}` shows by which way"),
        None => Ok(()),
    }
}

/// A server's crate in the lines (name, version …) of a dependency tree.
fn intruder(tree: &str) -> Option<&str> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.into_iter().find(|name| SERVER_ONLY.iter().any(|crate_name| name == crate_name || name.starts_with(&format!("{crate_name}-"))))
}

/// Licences, bans and sources as `deny.toml` has them, and no dependency that nobody uses.
fn deny(paths: &Paths, _: browser::Options) -> Result<()> {
    deny::check(paths)
}

fn clippy(paths: &Paths, _: browser::Options) -> Result<()> {
    for group in GROUPS {
        process::run(cargo(paths, &["clippy"], group).args(["--all-targets", "--", "--deny", "warnings"]))?;
    }
    Ok(())
}

/// Every link in the documentation, also of what is private, leads somewhere.
fn docs(paths: &Paths, _: browser::Options) -> Result<()> {
    for group in GROUPS {
        let mut docs = cargo(paths, &["doc"], group);
        process::run(
            docs.args(["--no-deps", "--document-private-items"])
                .env("RUSTDOCFLAGS", "--deny warnings --allow rustdoc::private_intra_doc_links"),
        )?;
    }
    Ok(())
}

/// The client compiles, without warnings, from the sources that the server shares with it.
fn client(paths: &Paths, _: browser::Options) -> Result<()> {
    let environment = wasm_std::ensure(paths)?;
    let warnings = client::build(paths, Profile::Dev, &environment)?;
    if warnings > 0 {
        bail!("the client's build gave {warnings} warnings");
    }
    build::public_files(paths)
}

/// All tests of the workspace: those of the store on both databases, and those that want the embedding model, which
/// `cargo test` by itself leaves out.
fn unit(paths: &Paths, _: browser::Options) -> Result<()> {
    setup::models(paths)?;
    let postgres = Cluster::start()?;
    let mail_server = python::mail_server(paths)?;
    let (command, ignored): (&[&str], &[&str]) = match process::find("cargo-nextest") {
        Some(_) => (&["nextest", "run", "--no-fail-fast"], &["--run-ignored", "all"]),
        None => (&["test", "--no-fail-fast"], &["--", "--include-ignored"]),
    };
    for group in GROUPS {
        let mut tests = cargo(paths, command, group);
        // A snapshot that differs fails, and nothing is written.
        tests.env("INSTA_UPDATE", "no");
        tests.env("VECTOROS_TEST_POSTGRES_URL", &postgres.url).env("VECTOROS_TEST_MODEL_DIR", paths.models());
        tests.env("VECTOROS_TEST_SMTP_PYTHON", &mail_server);
        process::run(tests.args(ignored))?;
    }
    Ok(())
}

fn browser(paths: &Paths, walk: browser::Options) -> Result<()> {
    setup::models(paths)?;
    client(paths, walk)?;
    build::server(paths, Profile::Dev)?;
    browser::test(paths, &build::server_binary(paths, Profile::Dev), walk)
}

fn cargo(paths: &Paths, command: &[&str], packages: &[&str]) -> Command {
    let mut cargo = process::cargo(&paths.root, command);
    cargo.args(packages).env("CARGO_TARGET_DIR", &paths.target);
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_crate_is_found_in_the_tree() {
        assert_eq!(intruder("app v0.1.0 (/x/app)\nleptos v0.8.23\nsea-orm-macros v2.0.0 (proc-macro)\n"), Some("sea-orm-macros"));
        assert_eq!(intruder("frontend v0.1.0\nserver_fn v0.8.9\nportable v1.0.0\n"), None);
    }

    #[test]
    fn the_summary_names_what_failed() {
        let text = summary(&[("fmt", Duration::from_millis(1500)), ("unit", Duration::from_secs(100))], false);
        assert_eq!(text, "fmt          1.5 s  ok\nunit       100.0 s  FAILED\ntotal      101.5 s");
    }
}
