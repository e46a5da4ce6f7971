//! Files that use each other.
//!
//! File A uses file B when A names, outside of tests, something that B defines; an import through a door (`pub use` in a `mod.rs`)
//! leads to the file behind it. Neither a `mod` line nor a `pub use` is a use: they open doors. A module's file and the files of its
//! own folder are one piece, in which parts may use what the whole defines and the whole its parts; any two others may not.

use std::collections::{BTreeMap, BTreeSet};

use crate::house::{House, Target};

/// Circles that stood when the test was made: the folder that holds one, and how many files it has. A number may only get smaller, and
/// no line may be added.
const KNOWN: &[(&str, usize)] = &[];

/// Whether a circle is on the list and has not grown.
pub fn is_known(circle: &BTreeSet<String>) -> bool {
    let mut folders = circle.iter().map(|file| file.rsplit_once('/').map_or("", |(folder, _)| folder));
    let first: Vec<&str> = folders.next().unwrap_or_default().split('/').collect();
    let common = folders
        .fold(first, |common, folder| common.into_iter().zip(folder.split('/')).take_while(|(a, b)| a == b).map(|(a, _)| a).collect());
    KNOWN.iter().any(|(folder, files)| *folder == common.join("/") && circle.len() <= *files)
}

/// Which file uses which.
pub type Uses = BTreeMap<String, BTreeSet<String>>;

pub fn uses(house: &House) -> Uses {
    let mut uses = Uses::new();
    for (index, module) in house.modules.iter().enumerate().filter(|(_, module)| !module.is_test) {
        for named in module.named.iter().filter(|named| !named.is_test && !named.is_door) {
            for target in house.resolve(index, &named.path) {
                if let Target::Inside { module: other, is_item: true, .. } = target {
                    let other = &house.modules[other];
                    if other.file != module.file
                        && !other.is_test
                        && !stands_over(&module.file, &other.file)
                        && !stands_over(&other.file, &module.file)
                    {
                        uses.entry(module.file.clone()).or_default().insert(other.file.clone());
                    }
                }
            }
        }
    }
    uses
}

/// Whether a file is the `mod.rs` of a folder that holds the other.
fn stands_over(file: &str, other: &str) -> bool {
    file.strip_suffix("mod.rs").is_some_and(|folder| other.starts_with(folder))
}

/// Groups of files in which each reaches each other one.
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
pub fn describe(uses: &Uses, circle: &BTreeSet<String>) -> String {
    let mut lines = vec![format!("{} files use each other:", circle.len())];
    for file in circle {
        let inside: Vec<&str> = uses[file].intersection(circle).map(String::as_str).collect();
        lines.push(format!("  {file} -> {}", inside.join(", ")));
    }
    lines.join("\n")
}

/// Circles among the files and folders that stand side by side in one folder. What a folder's `mod.rs` names or defines is the folder's
/// own and counts for no child; but for the folder's neighbours it does.
pub fn neighbours(house: &House) -> BTreeMap<String, (Uses, Vec<BTreeSet<String>>)> {
    let mut by_folder: BTreeMap<String, Uses> = BTreeMap::new();
    for (file, others) in &all_uses(house) {
        for other in others {
            if let Some((folder, from, to)) = siblings(file, other) {
                by_folder.entry(folder).or_default().entry(from).or_default().insert(to);
            }
        }
    }
    let with_circles = |(folder, uses): (String, Uses)| {
        let found = circles(&uses);
        (!found.is_empty()).then_some((folder, (uses, found)))
    };
    by_folder.into_iter().filter_map(with_circles).collect()
}

/// The folder in which two files part, and the neighbours there that hold them. None where one is the other's own folder's `mod.rs`.
fn siblings(file: &str, other: &str) -> Option<(String, String, String)> {
    let (a, b): (Vec<&str>, Vec<&str>) = (file.split('/').collect(), other.split('/').collect());
    let common = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (from, to) = (a.get(common)?, b.get(common)?);
    (*from != "mod.rs" && *to != "mod.rs").then(|| (a[..common].join("/"), (*from).to_owned(), (*to).to_owned()))
}

/// Every use, also between a folder's `mod.rs` and what stands below it.
pub fn all_uses(house: &House) -> Uses {
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
