//! Reading whole files: the shipped mappings on rows of our own, and every kind of bad input.

mod bad_files;
mod bad_rows;
mod field_types;
mod gaps;
mod mappings;
mod real_shapes;

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::DateTime;
use tempfile::TempDir;

use crate::{
    domain::Instant,
    imports::{ImportBatch, ImportError, Mapping, read},
};

/// A small mapping of a dated list, for inline rows.
const LIST: &str = r#"
name = "list"
[deals]
file = "deals*.csv"
currency = "EUR"
[deals.columns]
id = "Id"
title = "Name"
value = "Amount"
created_at = "Created"
closed_at = "Closed"
outcome = "Result"
[deals.outcomes]
won = ["Won"]
lost = ["Lost"]
open = ["Open", ""]
"#;
const HEADER: &str = "Id,Name,Amount,Created,Closed,Result\n";

fn mapping(text: &str) -> Mapping {
    Mapping::parse(text).expect("a good mapping")
}

/// A mapping file of the repository.
fn shipped(name: &str) -> Mapping {
    Mapping::load(&crate_folder().join("../examples/mappings").join(name)).expect("a good mapping")
}

fn fixture(name: &str) -> PathBuf {
    crate_folder().join("tests/fixtures/import").join(name)
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = TempDir::new().expect("a folder");
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).expect("a file");
    }
    dir
}

fn read_path(mapping: &Mapping, path: &Path) -> Result<ImportBatch, ImportError> {
    read(mapping, &[path.into()], &mut |_| {})
}

/// Reads `deals.csv` of these bytes.
fn read_deals(mapping: &Mapping, bytes: impl AsRef<[u8]>) -> Result<ImportBatch, ImportError> {
    read_path(mapping, folder(&[("deals.csv", bytes.as_ref())]).path())
}

fn list(rows: &str) -> ImportBatch {
    read_deals(&mapping(LIST), format!("{HEADER}{rows}")).expect("a batch")
}

fn faults(batch: &ImportBatch) -> Vec<String> {
    batch.rejects.iter().map(ToString::to_string).collect()
}

fn ids(batch: &ImportBatch) -> Vec<&str> {
    batch.deals.iter().map(|deal| deal.external_id.as_str()).collect()
}

fn at(text: &str) -> Instant {
    DateTime::parse_from_rfc3339(text).expect("an instant").to_utc()
}

/// This crate's folder, asked for at run time: a target folder that two clones share keeps the tests of one of them.
fn crate_folder() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder"))
}
