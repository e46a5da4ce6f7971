//! House rules as tests: which layer may know which, and no files that use each other.
//!
//! They stand with the tooling because they read the sources of the whole workspace and need nothing of the product built.

mod circles;
mod house;
mod json;
mod paths;
mod planted;
mod walls;

use std::path::PathBuf;

use house::House;

/// Asked for at run time: a target folder that two clones share keeps the tests of one of them.
fn root() -> PathBuf {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder"));
    folder.parent().expect("the repository").to_path_buf()
}

#[test]
fn every_layer_uses_only_what_the_table_allows() {
    let found = walls::violations(&House::read(&root().join("app/src")));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_server_enters_at_the_doors() {
    let found = walls::past_the_doors(&House::read(&root().join("server/src")));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_files_and_no_folders_use_each_other() {
    let found = circles::found(&House::read(&root().join("app/src")));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_files_of_the_server_use_each_other() {
    let found = circles::found(&House::read(&root().join("server/src")));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn stored_json_is_read_and_written_in_one_place() {
    let found = json::elsewhere(&root().join("app/src"));
    assert!(found.is_empty(), "JSON stands in store/json.rs only: {}", found.join(", "));
}
