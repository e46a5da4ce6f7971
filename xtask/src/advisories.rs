//! Known faults of the crates that are built, from the RustSec database where a copy of it is on the disk.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use semver::{Version, VersionReq};

/// The copy of the database: `VECTOROS_ADVISORY_DB`, or where cargo-audit and cargo-deny keep theirs.
pub fn database() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("VECTOROS_ADVISORY_DB") {
        return Some(PathBuf::from(named));
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")))?;
    let fetched = fs::read_dir(home.join("advisory-dbs")).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    std::iter::once(home.join("advisory-db")).chain(fetched).find(|folder| folder.join("crates").is_dir())
}

/// What is wrong with the named crates at their versions; `ignored` are ids that `deny.toml` gives a reason for.
pub fn of<'a>(database: &Path, crates: impl Iterator<Item = (&'a str, &'a str)>, ignored: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (name, version) in crates {
        let version = Version::parse(version).with_context(|| format!("{name} {version}"))?;
        let Ok(folder) = fs::read_dir(database.join("crates").join(name)) else { continue };
        for entry in folder {
            let path = entry?.path();
            let text = fs::read_to_string(&path)?;
            let advisory = Advisory::read(&text).with_context(|| path.display().to_string())?;
            if advisory.is_about(&version) && !ignored.contains(&advisory.id) {
                found.push(format!("{name} {version}: {} ({})", advisory.title, advisory.id));
            }
        }
    }
    Ok(found)
}

struct Advisory {
    id: String,
    title: String,
    /// It was taken back, or only tells something, such as that nobody maintains the crate.
    no_fault: bool,
    sound: Vec<VersionReq>,
}

impl Advisory {
    /// Reads a file of the database: TOML between fences, then Markdown whose heading is the title.
    fn read(text: &str) -> Result<Self> {
        let (_, rest) = text.split_once("```toml").context("no table")?;
        let (table, words) = rest.split_once("```").context("a table without an end")?;
        let table: toml::Table = table.parse()?;
        let advisory = table.get("advisory").context("no advisory")?;
        let mut sound = Vec::new();
        for list in ["patched", "unaffected"] {
            let requirements = table.get("versions").and_then(|versions| versions.get(list)).and_then(toml::Value::as_array);
            for requirement in requirements.into_iter().flatten().filter_map(toml::Value::as_str) {
                sound.push(VersionReq::parse(requirement)?);
            }
        }
        Ok(Self {
            id: advisory.get("id").and_then(toml::Value::as_str).context("no id")?.to_owned(),
            title: words.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().to_owned(),
            no_fault: advisory.get("withdrawn").is_some() || advisory.get("informational").is_some(),
            sound,
        })
    }

    fn is_about(&self, version: &Version) -> bool {
        !self.no_fault && !self.sound.iter().any(|requirement| requirement.matches(version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(more: &str, versions: &str) -> String {
        format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"leaky\"\n{more}\n[versions]\n{versions}\n```\n\n# It leaks\n\nText.\n"
        )
    }

    #[test]
    fn a_version_is_at_fault_unless_patched_or_never_affected() {
        let folder = std::env::temp_dir().join(format!("vectoros-advisories-{}", std::process::id()));
        let file = folder.join("crates/leaky/RUSTSEC-2026-0001.md");
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        let judge = |text: String, version: &str, ignored: &[String]| {
            fs::write(&file, text).expect("written");
            of(&folder, [("leaky", version), ("sound", "1.0.0")].into_iter(), ignored).expect("judges")
        };
        let versions = "patched = [\">= 1.2.3\"]\nunaffected = [\"< 1.0.0\"]";
        let fault = ["leaky 1.1.0: It leaks (RUSTSEC-2026-0001)"];
        assert_eq!(judge(advisory("", versions), "1.1.0", &[]), fault);
        assert_eq!(judge(advisory("", "patched = []"), "1.1.0", &[]), fault);
        for (more, version) in
            [("", "1.2.3"), ("", "0.9.0"), ("withdrawn = \"2026-02-01\"", "1.1.0"), ("informational = \"unmaintained\"", "1.1.0")]
        {
            assert!(judge(advisory(more, versions), version, &[]).is_empty(), "{more} {version}");
        }
        assert!(judge(advisory("", versions), "1.1.0", &["RUSTSEC-2026-0001".into()]).is_empty());
        fs::remove_dir_all(&folder).expect("removed");
    }
}
