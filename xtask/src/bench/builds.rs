//! `cargo xtask bench build`: how long building, checking after an edit, and testing take, and how many crates there are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::{cleanup::Guard, paths::Paths, process};

/// What can be measured, in this order; the cold ones take long.
const FIGURES: [&str; 6] = ["crates", "check_after_page_edit_s", "check_after_ai_edit_s", "run_cold_s", "test_cold_s", "test_warm_s"];

/// A file of a page, and one of the AI module, that are touched.
const PAGE: &str = "app/src/pages/missing.rs";
const AI: &str = "app/src/ai/metrics.rs";

/// Measures what is chosen, or everything: `bench build [FIGURE…] [--json]`.
pub fn run(paths: &Paths, arguments: &[String]) -> Result<()> {
    let (flags, chosen): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.starts_with("--"));
    if let Some(unknown) = flags.iter().find(|flag| **flag != "--json") {
        bail!("unexpected option `{unknown}`");
    }
    if let Some(unknown) = chosen.iter().find(|figure| !FIGURES.contains(&figure.as_str())) {
        bail!("there is no figure `{unknown}`; there are {}", FIGURES.join(", "));
    }
    let wanted = |figure: &str| chosen.is_empty() || chosen.iter().any(|name| *name == figure);
    let mut report = Map::new();
    let mut scratch = None;
    for figure in FIGURES.into_iter().filter(|figure| wanted(figure)) {
        eprintln!("── {figure}");
        let value = match figure {
            "crates" => json!(crates(&fs::read_to_string(paths.root.join("Cargo.lock"))?)),
            "check_after_page_edit_s" => json!(check_after_edit(paths, PAGE)?),
            "check_after_ai_edit_s" => json!(check_after_edit(paths, AI)?),
            "run_cold_s" => {
                let cold = Scratch::new()?;
                json!(seconds(|| cold.xtask(paths, &["setup"]).and_then(|()| cold.xtask(paths, &["build"])))?)
            }
            // A warm test follows a cold one on the same folders; by itself it makes them warm first.
            "test_cold_s" => {
                let cold = scratch.insert(Scratch::new()?);
                json!(seconds(|| cold.xtask(paths, &["test"]))?)
            }
            _ => {
                let warm = match scratch.take() {
                    Some(warm) => warm,
                    None => {
                        let cold = Scratch::new()?;
                        cold.xtask(paths, &["test"])?;
                        cold
                    }
                };
                json!(seconds(|| warm.xtask(paths, &["test"]))?)
            }
        };
        report.insert(figure.to_owned(), value);
    }
    if arguments.iter().any(|argument| argument == "--json") {
        println!("{}", Value::Object(report));
    } else {
        report.iter().for_each(|(figure, value)| println!("{figure:<24} {value}"));
    }
    Ok(())
}

/// How many packages a lock file holds.
fn crates(lock: &str) -> usize {
    lock.lines().filter(|line| *line == "[[package]]").count()
}

/// Seconds, to a tenth, that a piece of work takes.
fn seconds(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok((start.elapsed().as_secs_f64() * 10.0).round() / 10.0)
}

/// `cargo check` of the product after a line was added to a file. The file is as it was afterwards, however this ends.
fn check_after_edit(paths: &Paths, file: &str) -> Result<f64> {
    let check = || process::run(process::cargo(&paths.root, &["check", "--package", "server"]).env("CARGO_TARGET_DIR", &paths.target));
    check()?;
    let file = paths.root.join(file);
    let before = fs::read(&file).with_context(|| format!("no file {}", file.display()))?;
    let edited = [before.as_slice(), b"\n// Measured.\n"].concat();
    let _restored = restore(&file, before);
    fs::write(&file, edited)?;
    seconds(check)
}

fn restore(file: &Path, content: Vec<u8>) -> Guard {
    let file = file.to_path_buf();
    Guard::new(move || {
        if let Err(error) = fs::write(&file, content) {
            eprintln!("{} could not be restored: {error}", file.display());
        }
    })
}

/// A target folder and a cache of their own, as a new clone on a new machine has them; cargo's registry is shared.
struct Scratch {
    folder: PathBuf,
    _removed: Guard,
}

impl Scratch {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("vectoros-bench-build-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let removed = folder.clone();
        let _removed = Guard::new(move || {
            let _ = fs::remove_dir_all(removed);
        });
        Ok(Self { folder, _removed })
    }

    fn xtask(&self, paths: &Paths, arguments: &[&str]) -> Result<()> {
        let mut command: Command = process::cargo(&paths.root, &["run", "--quiet", "--package", "xtask", "--"]);
        command.args(arguments).env("CARGO_TARGET_DIR", self.folder.join("target")).env("VECTOROS_CACHE_DIR", self.folder.join("cache"));
        // Standard output is for the figures.
        process::run_by_line(&mut command, |line| eprintln!("{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_a_lock_file_are_counted() {
        assert_eq!(crates("version = 4\n\n[[package]]\nname = \"a\"\n\n[[package]]\nname = \"b\"\n"), 2);
    }

    #[test]
    fn a_touched_file_is_restored() {
        let file = std::env::temp_dir().join(format!("vectoros-restore-{}", std::process::id()));
        fs::write(&file, "edited").unwrap();
        drop(restore(&file, b"before".to_vec()));
        assert_eq!(fs::read(&file).unwrap(), b"before");
        fs::remove_file(&file).unwrap();
    }
}
