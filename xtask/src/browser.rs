//! The browser tests: the demo workspace behind a real server, walked through in Chromium by Playwright.
//!
//! The workspace is played up to a fixed day and the server's clock runs on from there, so that a suite that is green today is green
//! tomorrow. What a test changes is its own: deals from a pool that is imported for the tests, each taken once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    cleanup::TempFolder,
    paths::Paths,
    process,
    server::{self, Server},
};

/// The instant at which the demo ends and the tests begin: 2026-06-15, a Monday, 09:00 UTC; in seconds since 1970.
const BEGINS: i64 = 1_781_514_000;
/// Its day, and the days on which the pool's deals were created and should have closed.
const CREATED: &str = "2026-04-10";
const EXPECTED: &str = "2026-06-01";
const TODAY: &str = "2026-06-15";
const NEXT_MONTH: &str = "2026-07-20";
/// Deals of each kind in the pool for one walk through all tests.
const POOL: usize = 20;

/// How the tests are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// In an order drawn from this seed, one by one.
    pub shuffle: Option<u64>,
    /// So many times, on the same workspace.
    pub repeat: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { shuffle: None, repeat: 1 }
    }
}

impl Options {
    /// Takes `--shuffle`, `--seed N` and `--repeat N` out of a command line.
    pub fn take(arguments: &[String]) -> Result<(Self, Vec<String>)> {
        let mut options = Self::default();
        let mut rest = Vec::new();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut number = || arguments.next().and_then(|text| text.parse().ok()).with_context(|| format!("{argument} wants a number"));
            match argument.as_str() {
                "--shuffle" => options.shuffle = options.shuffle.or_else(|| Some(any_seed())),
                "--seed" => options.shuffle = Some(number()?),
                "--repeat" => options.repeat = number()?.max(1) as usize,
                _ => rest.push(argument.clone()),
            }
        }
        Ok((options, rest))
    }
}

fn any_seed() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.subsec_nanos().into())
}

/// Walks through the site that `binary` serves.
pub fn test(paths: &Paths, binary: &Path, options: Options) -> Result<()> {
    let site = Site::start(paths, binary, options)?;
    let outcome = match options.shuffle {
        None => (0..options.repeat).try_for_each(|_| process::run(&mut site.playwright(&[]))),
        Some(seed) => shuffled(&site, seed, options.repeat),
    };
    outcome.with_context(|| format!("the server's log is {}", site.server.log.display()))
}

/// Takes the pictures of README.md into `folder`.
pub fn pictures(paths: &Paths, binary: &Path, folder: &Path) -> Result<()> {
    let site = Site::start(paths, binary, Options { shuffle: None, repeat: 0 })?;
    let mut pictures = Command::new("node");
    pictures.arg("pictures.mjs").arg(folder).current_dir(&site.tests);
    pictures.env("VECTOROS_BASE_URL", format!("http://{}", site.server.address)).env("VECTOROS_CHROMIUM", &site.chromium);
    process::run(&mut pictures).with_context(|| format!("the server's log is {}", site.server.log.display()))
}

/// Every test by itself, in an order that the seed decides.
fn shuffled(site: &Site, seed: u64, repeat: usize) -> Result<()> {
    eprintln!("the order is drawn from --seed {seed}");
    let listed = process::stdout_of(&mut site.playwright(&["--list", "--reporter=json"]))?;
    let mut tests = tests_in(&serde_json::from_str(&listed)?);
    if tests.is_empty() {
        bail!("Playwright lists no tests");
    }
    let mut random = seed | 1;
    let start = Instant::now();
    for round in 0..repeat {
        shuffle(&mut tests, &mut random);
        for (n, (project, place)) in tests.iter().enumerate() {
            eprintln!("round {}, test {} of {}, {:.0} s: {place} {project}", round + 1, n + 1, tests.len(), start.elapsed().as_secs_f64());
            process::run(&mut site.playwright(&[place, "--project", project]))?;
        }
    }
    Ok(())
}

/// Project and place (file:line) of every test in Playwright's list.
fn tests_in(list: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut suites: Vec<&Value> = list["suites"].as_array().into_iter().flatten().collect();
    while let Some(suite) = suites.pop() {
        suites.extend(suite["suites"].as_array().into_iter().flatten());
        for spec in suite["specs"].as_array().into_iter().flatten() {
            for test in spec["tests"].as_array().into_iter().flatten() {
                if let (Some(file), Some(line), Some(project)) =
                    (spec["file"].as_str(), spec["line"].as_u64(), test["projectName"].as_str())
                {
                    found.push((project.to_owned(), format!("{file}:{line}")));
                }
            }
        }
    }
    found
}

/// Fisher and Yates, drawn by xorshift: any order will do, the same for the same seed.
fn shuffle<T>(items: &mut [T], random: &mut u64) {
    for last in (1..items.len()).rev() {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        items.swap(last, (*random % (last as u64 + 1)) as usize);
    }
}

/// The site under test, and what Playwright needs to know of it.
struct Site {
    server: Server,
    workspace: TempFolder,
    tests: PathBuf,
    chromium: PathBuf,
}

impl Site {
    fn start(paths: &Paths, binary: &Path, options: Options) -> Result<Self> {
        let (chromium, tests) = ready(paths)?;
        let workspace = TempFolder::new("browser")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as i64;
        let shift = (BEGINS - now).to_string();
        let command = |arguments: &[&str]| {
            let mut command = server::command(paths, binary, &workspace.path, arguments);
            command.env("VECTOROS_TEST_CLOCK_SHIFT", &shift);
            command
        };
        process::run(&mut command(&["demo"]))?;
        // Pictures show the demo alone.
        if options.repeat > 0 {
            fs::write(workspace.path.join("deals.csv"), pool(POOL * options.repeat))?;
            let mapping = tests.join("fixtures/deals.toml").display().to_string();
            process::run(&mut command(&["import", "--mapping", &mapping, "deals.csv"]))?;
        }
        let log = paths.target.join("browser-test-server.log");
        let server = Server::start_with(paths, binary, &workspace.path, log, &[("VECTOROS_TEST_CLOCK_SHIFT", &shift)])?;
        Ok(Self { server, workspace, tests, chromium })
    }

    fn playwright(&self, arguments: &[&str]) -> Command {
        let mut playwright = Command::new("node");
        playwright.args(["node_modules/@playwright/test/cli.js", "test"]).args(arguments).current_dir(&self.tests);
        playwright.env("VECTOROS_BASE_URL", format!("http://{}", self.server.address)).env("VECTOROS_CHROMIUM", &self.chromium);
        playwright.env("VECTOROS_TAKEN_DEALS", self.workspace.path.join("taken"));
        playwright
    }
}

/// The pool as a file: fresh deals, and quiet ones that nobody has touched for long and whose close date has passed.
fn pool(each: usize) -> String {
    let mut rows = String::from("id,title,stage,value,created,expected\n");
    for n in 1..=each {
        rows += &format!("own-{n},Own deal {n:04},First,{},{TODAY},{NEXT_MONTH}\n", 1_000 + n);
        rows += &format!("board-{n},Board deal {n:04},First,{},{TODAY},{NEXT_MONTH}\n", 5_000 + n);
        for side in ["a", "b"] {
            rows += &format!("pair-{n}-{side},Pair {n:04} {side},First,{},{TODAY},{NEXT_MONTH}\n", 1_000 + n);
        }
        rows += &format!("quiet-{n},Quiet deal {n:04},First,{},{CREATED},{EXPECTED}\n", 1_000 + n);
    }
    rows
}

/// Chromium, and the folder with Playwright's library in it.
pub fn ready(paths: &Paths) -> Result<(PathBuf, PathBuf)> {
    let chromium = chromium()?;
    let folder = paths.root.join("end2end");
    install_playwright(&folder)?;
    Ok((chromium, folder))
}

fn chromium() -> Result<PathBuf> {
    let installed = || ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].into_iter().find_map(process::find);
    if let Some(path) = installed() {
        return Ok(path);
    }
    if !process::can_apt_install() {
        bail!("the browser tests need Chromium: install the package `chromium`");
    }
    // Without any font Chromium does not draw, and text has no size.
    process::apt_install(&["chromium", "fonts-liberation"])?;
    installed().context("the package `chromium` brought no browser")
}

/// Installs Playwright's library, without the browsers that it would bring along.
fn install_playwright(folder: &Path) -> Result<()> {
    for program in ["node", "npm"] {
        if process::find(program).is_none() {
            bail!("the browser tests need Node.js and npm (`{program}` is missing): install the packages `nodejs` and `npm`");
        }
    }
    let changed = |file: &str| fs::metadata(folder.join(file)).and_then(|about| about.modified());
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_ok_and(|installed| changed("package-lock.json").is_ok_and(|locked| installed >= locked)) {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run_quietly(&mut install)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_are_taken_out_of_the_command_line() {
        let (options, rest) = Options::take(&words("browser --shuffle --repeat 5 --seed 7")).expect("reads");
        assert_eq!((options, rest), (Options { shuffle: Some(7), repeat: 5 }, words("browser")));
        assert_eq!(Options::take(&words("unit")).expect("reads"), (Options::default(), words("unit")));
        assert!(Options::take(&words("browser --repeat often")).is_err());
    }

    #[test]
    fn an_order_is_decided_by_its_seed_and_loses_nothing() {
        let draw = |mut seed: u64| {
            let mut order: Vec<u32> = (0..50).collect();
            shuffle(&mut order, &mut seed);
            order
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(9));
        let mut back = draw(7);
        back.sort_unstable();
        assert_eq!(back, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn every_listed_test_is_found_at_any_depth() {
        let spec = |line: u64| json!({ "file": "a.spec.ts", "line": line, "tests": [{ "projectName": "js" }, { "projectName": "none" }] });
        let list = json!({ "suites": [{ "specs": [spec(3)], "suites": [{ "specs": [spec(9)] }] }] });
        let mut found = tests_in(&list);
        found.sort();
        let at = |project: &str, line: u64| (project.to_owned(), format!("a.spec.ts:{line}"));
        assert_eq!(found, [at("js", 3), at("js", 9), at("none", 3), at("none", 9)]);
    }
}
