//! Which of the given files is which.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::imports::{ImportError, mapping::Mapping};

/// The files of one source, by what they hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Files {
    pub deals: Vec<PathBuf>,
    pub activities: Vec<PathBuf>,
    pub stage_history: Vec<PathBuf>,
    /// In the mapping's order.
    pub lookups: Vec<Vec<PathBuf>>,
}

/// Sorts `paths` (files and folders) into the mapping's files. Of a folder, files that the mapping does not know are passed over.
pub(crate) fn find(mapping: &Mapping, paths: &[PathBuf]) -> Result<Files, ImportError> {
    let mut files = Files { lookups: vec![Vec::new(); mapping.lookups.len()], ..Files::default() };
    let mut seen = Vec::new();
    for path in paths {
        let meta = fs::metadata(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ImportError::NotFound { path: path.clone() },
            _ => ImportError::Read { path: path.clone(), source },
        })?;
        if meta.is_dir() {
            for file in list(path)? {
                seen.push(name_of(&file));
                if let Some(kind) = kind_of(mapping, &name_of(&file)) {
                    kind.push_to(&mut files, file);
                }
            }
        } else {
            let only_deals = mapping.activities.is_none() && mapping.stage_history.is_none();
            // A file named by hand needs no pattern where it can only be one thing.
            let kind = kind_of(mapping, &name_of(path)).or((only_deals && paths.len() == 1).then_some(Kind::Deals));
            let kind = kind.ok_or_else(|| ImportError::UnknownFile { path: path.clone(), patterns: patterns(mapping) })?;
            seen.push(name_of(path));
            kind.push_to(&mut files, path.clone());
        }
    }
    if files.deals.is_empty() {
        return Err(ImportError::NoFile { key: "deals.file", pattern: mapping.deals.file.clone(), files: seen });
    }
    for kind in [&mut files.deals, &mut files.activities, &mut files.stage_history].into_iter().chain(&mut files.lookups) {
        kind.sort();
        kind.dedup();
        let packed =
            kind.iter().find_map(|path| kind.iter().find(|other| *other != path && unpacked(other) == *path).map(|other| (path, other)));
        if let Some((first, second)) = packed {
            return Err(ImportError::Twice { first: first.clone(), second: second.clone() });
        }
    }
    Ok(files)
}

/// A folder's own files by name; rejects of an earlier import are no input.
fn list(dir: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let failed = |source| ImportError::Read { path: dir.into(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() && !name_of(&path).to_lowercase().ends_with(".rejects.csv") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn unpacked(path: &Path) -> PathBuf {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz")) { path.with_extension("") } else { path.into() }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Deals,
    Activities,
    StageHistory,
    /// By its place in the mapping.
    Lookup(usize),
}

impl Kind {
    fn push_to(self, files: &mut Files, path: PathBuf) {
        match self {
            Self::Deals => files.deals.push(path),
            Self::Activities => files.activities.push(path),
            Self::StageHistory => files.stage_history.push(path),
            Self::Lookup(place) => files.lookups.get_mut(place).into_iter().for_each(|paths| paths.push(path.clone())),
        }
    }
}

fn kinds(mapping: &Mapping) -> impl Iterator<Item = (Kind, &str)> {
    let activities = mapping.activities.as_ref().map(|file| (Kind::Activities, file.file.as_str()));
    let stage_history = mapping.stage_history.as_ref().map(|file| (Kind::StageHistory, file.file.as_str()));
    let lookups = mapping.lookups.iter().enumerate().map(|(place, lookup)| (Kind::Lookup(place), lookup.file.as_str()));
    std::iter::once((Kind::Deals, mapping.deals.file.as_str())).chain(activities).chain(stage_history).chain(lookups)
}

fn patterns(mapping: &Mapping) -> Vec<String> {
    kinds(mapping).map(|(_, pattern)| format!("`{pattern}`")).collect()
}

/// Of several patterns that fit, the one that says most about the name.
fn kind_of(mapping: &Mapping, name: &str) -> Option<Kind> {
    let fitting = kinds(mapping).filter(|(_, pattern)| fits(pattern, name));
    fitting.max_by_key(|(_, pattern)| pattern.chars().filter(|c| !matches!(c, '*' | '?')).count()).map(|(kind, _)| kind)
}

/// Whether a file's name, with or without `.gz`, fits a pattern with `*` and `?`; case does not count.
fn fits(pattern: &str, name: &str) -> bool {
    let fold = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    let (pattern, name) = (fold(pattern), name.to_lowercase());
    let bare = name.strip_suffix(".gz").unwrap_or(&name);
    wildcard(&pattern, &fold(bare)) || wildcard(&pattern, &fold(&name))
}

fn wildcard(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on when a guess of how much the last `*` covers fails.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, covered)) = retry else { return false };
                retry = Some((star, covered + 1));
                p = star;
                t = covered + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_names() {
        assert!(fits("deals*.csv", "Deals-2026.csv"));
        assert!(fits("deals.csv", "deals.csv.gz"));
        assert!(fits("*win?loss*", "ibm_sales_win_loss.csv.gz"));
        assert!(fits("a*b*c", "aXbXbc"));
        assert!(!fits("deals.csv", "old-deals.csv"));
        assert!(!fits("deals?.csv", "deals.csv"));
    }
}
