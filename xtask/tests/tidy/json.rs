//! Stored JSON is read and written in one place, where what cannot be read is an error that names its column.

use std::{fs, path::Path};

/// Files of these layers that read or write JSON by themselves; `store/json.rs` may, and the queue of jobs has its own.
pub fn elsewhere(sources: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for layer in ["store", "services"] {
        walk(&sources.join(layer), &mut |path, text| {
            let place = path.display().to_string();
            if !place.ends_with("store/json.rs")
                && !place.contains("/jobs/")
                && ["serde_json::from_", "serde_json::to_"].iter().any(|word| text.contains(word))
            {
                found.push(place);
            }
        });
    }
    found
}

fn walk(folder: &Path, take: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).expect("a source folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            walk(&entry, take);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            take(&entry, &fs::read_to_string(&entry).expect("a readable source"));
        }
    }
}
