//! House rules as tests: which layer may know which.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// All Rust sources below `app/src/<folder>`, with their path.
fn sources(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).expect("a source folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                walk(&entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                found.push((entry.display().to_string(), fs::read_to_string(&entry).expect("a readable source")));
            }
        }
    }
    let mut found = Vec::new();
    walk(&crate_folder().join("src").join(folder), &mut found);
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

fn assert_free_of(folder: &str, words: &[&str]) {
    for (path, text) in sources(folder) {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in words {
                assert!(!line.contains(word), "{path}:{}: {folder} must not use {word}", number + 1);
            }
        }
    }
}

#[test]
fn the_ai_module_knows_no_database_no_web_and_no_clock() {
    assert_free_of("ai", &["sea_orm", "crate::store", "crate::services", "leptos", "axum", "tokio", "Utc::now", "SystemTime::now"]);
}

#[test]
fn the_domain_knows_no_input_and_output() {
    assert_free_of("domain", &["sea_orm", "crate::store", "crate::services", "crate::ai", "tokio", "std::fs", "Utc::now"]);
}

#[test]
fn the_store_knows_no_service_and_no_page() {
    assert_free_of("store", &["crate::services", "crate::api", "crate::pages", "leptos", "axum::"]);
}

#[test]
fn pages_reach_data_only_through_server_functions() {
    for folder in ["pages", "components", "islands"] {
        assert_free_of(folder, &["crate::store", "crate::services", "crate::ai", "sea_orm"]);
    }
}

#[test]
fn the_simulator_and_the_import_only_make_records() {
    for folder in ["demo", "imports"] {
        assert_free_of(folder, &["crate::store", "crate::services", "sea_orm", "leptos", "Utc::now"]);
    }
}

/// This crate's folder, asked for at run time: a target folder that two clones share keeps the tests of one of them.
fn crate_folder() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder"))
}
