//! Files that use each other, and folders that do.
//!
//! File A uses file B when A names, outside of tests, something that B defines; an import through a door (`pub use`) leads to the file
//! behind it. Neither a `mod` line nor a `pub use` is a use: they open doors. No two files may use each other, be it through others; a
//! `mod.rs` is a file like any other, so what a folder's parts share has a file of its own, or the whole uses none of its parts.
//!
//! What stands side by side in a folder, files and folders as wholes, may not use each other either: so layers show in every folder.

use std::collections::{BTreeMap, BTreeSet};

use crate::house::{House, Target};

/// Which file uses which; or which neighbour.
pub type Uses = BTreeMap<String, BTreeSet<String>>;

/// Every circle in words, of files and of neighbours.
pub fn found(house: &House) -> Vec<String> {
    let uses = uses(house);
    let mut found = described("", &uses);
    for (folder, uses) in neighbours(&uses) {
        found.extend(described(&folder, &uses));
    }
    found
}

fn described(folder: &str, uses: &Uses) -> Vec<String> {
    circles(uses).iter().map(|circle| describe(folder, uses, circle)).collect()
}

/// Which file uses which.
pub fn uses(house: &House) -> Uses {
    let mut uses = Uses::new();
    for (index, module) in house.modules.iter().enumerate().filter(|(_, module)| !module.is_test) {
        for named in module.named.iter().filter(|named| !named.is_test && !named.is_door) {
            for target in house.resolve(index, &named.path) {
                if let Target::Inside { module: other, is_item: true, .. } = target {
                    let other = &house.modules[other];
                    if other.file != module.file && !other.is_test {
                        uses.entry(module.file.clone()).or_default().insert(other.file.clone());
                    }
                }
            }
        }
    }
    uses
}

/// By folder, which of its files and folders use which. Its own `mod.rs` is not among them: it is the folder itself.
pub fn neighbours(uses: &Uses) -> BTreeMap<String, Uses> {
    let mut by_folder: BTreeMap<String, Uses> = BTreeMap::new();
    for (file, others) in uses {
        for (folder, from, to) in others.iter().filter_map(|other| parting(file, other)) {
            by_folder.entry(folder).or_default().entry(from).or_default().insert(to);
        }
    }
    by_folder
}

/// The folder in which the ways to two files part, and the neighbours in it that lead to them.
fn parting(file: &str, other: &str) -> Option<(String, String, String)> {
    let (a, b): (Vec<&str>, Vec<&str>) = (file.split('/').collect(), other.split('/').collect());
    let common = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (from, to) = (a.get(common)?, b.get(common)?);
    let are_parts = *from != "mod.rs" && *to != "mod.rs";
    are_parts.then(|| (a[..common].join("/"), (*from).to_owned(), (*to).to_owned()))
}

/// Groups in which each reaches each other one.
pub fn circles(uses: &Uses) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = uses.keys().map(|file| (file, reach(uses, file))).collect();
    let mut found = BTreeSet::new();
    for (file, beyond) in &reached {
        if beyond.contains(file) {
            let back = |other: &&&String| reached.get(**other).is_some_and(|beyond| beyond.contains(file));
            found.insert(beyond.iter().filter(back).map(|file| (*file).clone()).collect::<BTreeSet<_>>());
        }
    }
    found.into_iter().collect()
}

fn reach<'a>(uses: &'a Uses, from: &'a String) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for next in uses.get(file).into_iter().flatten() {
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}

/// The circle in words: who uses whom inside of it.
fn describe(folder: &str, uses: &Uses, circle: &BTreeSet<String>) -> String {
    let place = if folder.is_empty() { String::new() } else { format!(" in {folder}") };
    let mut lines = vec![format!("{}{place} use each other:", circle.len())];
    for file in circle {
        let inside: Vec<&str> = uses[file].intersection(circle).map(String::as_str).collect();
        lines.push(format!("  {file} -> {}", inside.join(", ")));
    }
    lines.join("\n")
}
