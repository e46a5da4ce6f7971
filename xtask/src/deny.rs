//! `cargo xtask test deny`: every crate that is built may be taken by `deny.toml`, and every dependency is used.
//!
//! Known faults are looked up where a copy of the RustSec database is on the disk, and it is said where there is none.
//! The rules are checked from `cargo metadata` rather than by cargo-deny, which would have to be compiled wherever this runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{advisories, paths::Paths, process, wasm_std::TARGET};

pub fn check(paths: &Paths) -> Result<()> {
    let host = process::stdout_of(std::process::Command::new("rustc").arg("-vV").current_dir(&paths.root))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not name its host")?;
    let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", host, "--filter-platform", TARGET];
    let metadata: Value = serde_json::from_str(&process::stdout_of(&mut process::cargo(&paths.root, &arguments))?)?;
    let rules = Rules::read(&fs::read_to_string(paths.root.join("deny.toml"))?)?;
    let packages = built(&metadata)?;
    let mut found = rules.judge(&packages);
    match advisories::database() {
        Some(database) => {
            let crates = packages.iter().filter(|package| package.source.is_some());
            let crates = crates.map(|package| (package.name.as_str(), package.version.as_str()));
            found.extend(advisories::of(&database, crates, &rules.ignored)?);
            println!("advisories: those in {}", database.display());
        }
        None => println!("advisories: NOT checked, as there is no copy of the RustSec database; VECTOROS_ADVISORY_DB may name one"),
    }
    found.extend(unused(&metadata)?);
    if found.is_empty() {
        return Ok(());
    }
    bail!("{}", found.join("\n"))
}

/// A crate as far as the rules look at it.
struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    /// None: a crate of this workspace.
    source: Option<String>,
}

/// What is built for one of the platforms.
fn built(metadata: &Value) -> Result<Vec<Package>> {
    let nodes = metadata["resolve"]["nodes"].as_array().context("cargo names no resolved crates")?;
    let ids: BTreeSet<&str> = nodes.iter().filter_map(|node| node["id"].as_str()).collect();
    let packages = metadata["packages"].as_array().context("cargo names no crates")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let of = |package: &Value| Package {
        name: text(&package["name"]).unwrap_or_default(),
        version: text(&package["version"]).unwrap_or_default(),
        licence: text(&package["license"]),
        source: text(&package["source"]),
    };
    Ok(packages.iter().filter(|package| package["id"].as_str().is_some_and(|id| ids.contains(id))).map(of).collect())
}

/// What `deny.toml` says.
struct Rules {
    licences: BTreeSet<String>,
    clarified: BTreeMap<String, String>,
    denied: BTreeSet<String>,
    single: BTreeSet<String>,
    sources: BTreeSet<String>,
    /// Advisories that are no fault here.
    ignored: Vec<String>,
}

impl Rules {
    fn read(text: &str) -> Result<Self> {
        let file: toml::Table = text.parse().context("deny.toml")?;
        let list = |table: &str, key: &str| -> Vec<toml::Value> {
            file.get(table).and_then(|table| table.get(key)).and_then(toml::Value::as_array).cloned().unwrap_or_default()
        };
        let word = |value: &toml::Value, key: &str| value.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let words = |values: Vec<toml::Value>| values.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect();
        let (single, denied): (Vec<_>, Vec<_>) = list("bans", "deny")
            .into_iter()
            .partition(|ban| ban.get("deny-multiple-versions").and_then(toml::Value::as_bool) == Some(true));
        Ok(Self {
            licences: words(list("licenses", "allow")),
            clarified: list("licenses", "clarify").iter().map(|entry| (word(entry, "crate"), word(entry, "expression"))).collect(),
            denied: denied.iter().map(|ban| word(ban, "crate")).collect(),
            single: single.iter().map(|ban| word(ban, "crate")).collect(),
            sources: words(list("sources", "allow-registry")),
            ignored: list("advisories", "ignore").iter().map(|entry| word(entry, "id")).collect(),
        })
    }

    fn judge(&self, packages: &[Package]) -> Vec<String> {
        let mut found = Vec::new();
        let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for package in packages {
            let Package { name, version, .. } = package;
            versions.entry(name).or_default().insert(version);
            let licence = self.clarified.get(name).or(package.licence.as_ref());
            match licence {
                None => found.push(format!("{name} {version} names no licence")),
                Some(licence) if !allows(licence, &self.licences) => found.push(format!("{name} {version} is under {licence}")),
                Some(_) => {}
            }
            if self.denied.contains(name) {
                found.push(format!("{name} {version} is banned; `cargo tree -i {name}` shows who wants it"));
            }
            if let Some(source) = &package.source
                && !self.sources.contains(source.trim_start_matches("registry+"))
            {
                found.push(format!("{name} {version} comes from {source}"));
            }
        }
        for name in &self.single {
            if let Some(several) = versions.get(name.as_str()).filter(|versions| versions.len() > 1) {
                found.push(format!("{name} is there in {} versions: {several:?}", several.len()));
            }
        }
        found
    }
}

/// Whether an SPDX expression can be met with these licences. `/` is the old way to write OR; AND binds closer than OR.
fn allows(expression: &str, licences: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words, licences)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, licences: &BTreeSet<String>) -> bool {
    let mut met = all(words, licences);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, licences);
    }
    met
}

fn all(words: &mut Words<'_>, licences: &BTreeSet<String>) -> bool {
    let mut met = one(words, licences);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, licences);
    }
    met
}

fn one(words: &mut Words<'_>, licences: &BTreeSet<String>) -> bool {
    let Some(word) = words.next() else { return false };
    if word == "(" {
        let met = any(words, licences);
        words.next();
        return met;
    }
    let exception = words.next_if_eq(&"WITH").and_then(|_| words.next());
    exception.map_or_else(|| licences.contains(word), |exception| licences.contains(&format!("{word} WITH {exception}")))
}

/// Dependencies of this workspace's crates that none of their sources names.
fn unused(metadata: &Value) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let packages = metadata["packages"].as_array().context("cargo names no crates")?;
    for package in packages.iter().filter(|package| package["source"].is_null()) {
        let manifest = package["manifest_path"].as_str().context("a crate without a manifest")?;
        let mut sources = String::new();
        read_sources(Path::new(manifest).parent().context("a manifest without a folder")?, &mut sources)?;
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = dependency["rename"].as_str().or(dependency["name"].as_str()).unwrap_or_default();
            if !names(&sources, &name.replace('-', "_")) {
                let owner = package["name"].as_str().unwrap_or_default();
                found.push(format!("{owner} depends on {name} and does not use it"));
            }
        }
    }
    Ok(found)
}

fn read_sources(folder: &Path, text: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            read_sources(&path, text)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for line in fs::read_to_string(&path)?.lines().filter(|line| !line.trim_start().starts_with("//")) {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    Ok(())
}

/// Whether the word stands in the text by itself.
fn names(text: &str, word: &str) -> bool {
    let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(place, _)| {
        !text[..place].chars().next_back().is_some_and(part_of_word) && !text[place + word.len()..].chars().next().is_some_and(part_of_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
[licenses]
allow = ["MIT", "Apache-2.0 WITH LLVM-exception", "Zlib"]
[[licenses.clarify]]
crate = "in-a-file"
expression = "MIT"
[bans]
deny = [{ crate = "openssl-sys" }, { crate = "axum", deny-multiple-versions = true }]
[sources]
allow-registry = ["https://crates.example/index"]
"#;

    fn package(name: &str, version: &str, licence: Option<&str>) -> Package {
        let source = Some("registry+https://crates.example/index".into());
        Package { name: name.into(), version: version.into(), licence: licence.map(str::to_owned), source }
    }

    #[test]
    fn expressions_of_licences_are_met_or_not() {
        let licences = Rules::read(RULES).unwrap().licences;
        for met in
            ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND Zlib", "Apache-2.0 WITH LLVM-exception", "GPL-3.0 AND X OR MIT"]
        {
            assert!(allows(met, &licences), "{met}");
        }
        for unmet in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Zlib) AND GPL-3.0", "Apache-2.0", "MIT WITH Something"] {
            assert!(!allows(unmet, &licences), "{unmet}");
        }
    }

    #[test]
    fn every_rule_refuses_what_it_is_about() {
        let rules = Rules::read(RULES).unwrap();
        let fine = [package("in-a-file", "1.0.0", None), package("axum", "0.8.0", Some("MIT"))];
        assert_eq!(rules.judge(&fine), Vec::<String>::new());
        assert_eq!(rules.judge(&[package("bare", "1.0.0", None)]), ["bare 1.0.0 names no licence"]);
        assert_eq!(rules.judge(&[package("viral", "1.0.0", Some("GPL-3.0"))]), ["viral 1.0.0 is under GPL-3.0"]);
        assert_eq!(rules.judge(&[package("openssl-sys", "1.0.0", Some("MIT"))]).len(), 1);
        assert_eq!(rules.judge(&[package("axum", "0.7.0", Some("MIT")), package("axum", "0.8.0", Some("MIT"))]).len(), 1);
        let elsewhere = Package { source: Some("git+https://else.example".into()), ..package("fork", "1.0.0", Some("MIT")) };
        assert_eq!(rules.judge(&[elsewhere]), ["fork 1.0.0 comes from git+https://else.example"]);
    }

    #[test]
    fn a_crate_is_named_as_a_word_only() {
        assert!(names("use csv::Reader;", "csv") && names("#[cfg(x)] csv", "csv"));
        assert!(!names("use csv_core::Reader; let my_csv = 1;", "csv"));
    }
}
