//! What stops an import as a whole. A fault of a single row never does: it becomes a [`crate::imports::Reject`].

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::imports::text::{plural, shortened};

#[derive(Debug, Error)]
pub enum ImportError {
    #[error("{}: {message}", path.display())]
    Mapping { path: PathBuf, message: String },
    #[error("{}: no such file or folder", path.display())]
    NotFound { path: PathBuf },
    #[error("{}: cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}: the gzip data cannot be unpacked ({source}); the file may be cut off or damaged", path.display())]
    Gzip { path: PathBuf, source: io::Error },
    #[error("{}: cannot be written: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// No given file is the deals file.
    #[error("no file matches `{pattern}` ({key} in the mapping); {}", looked_at(files))]
    NoFile { key: &'static str, pattern: String, files: Vec<String> },
    /// A file was named that the mapping does not speak of.
    #[error("{}: the mapping reads no file of this name; it knows {}", path.display(), patterns.join(", "))]
    UnknownFile { path: PathBuf, patterns: Vec<String> },
    #[error("{} and {} are the same file, packed and unpacked: give one of them", first.display(), second.display())]
    Twice { first: PathBuf, second: PathBuf },
    /// The whole file is in another encoding or format than UTF-8 text.
    #[error("{}: this is {found}, not UTF-8 text; {advice}", path.display())]
    NotText { path: PathBuf, found: &'static str, advice: &'static str },
    #[error("{}", columns(.path, *.delimiter, .missing, .found, *.suggestion))]
    Columns {
        path: PathBuf,
        delimiter: char,
        /// Columns that the mapping names and the header lacks.
        missing: Vec<String>,
        found: Vec<String>,
        /// A delimiter with which every column would be there.
        suggestion: Option<char>,
    },
    #[error("{}: the header has the column {column:?} more than once, so it is not clear which one is meant", path.display())]
    RepeatedColumn { path: PathBuf, column: String },
    /// A lookup's column is called like one that is there already.
    #[error("{}: there is a column {column:?} already; give the one from {lookup} another name in `lookups`", path.display())]
    LookupColumn { path: PathBuf, lookup: String, column: String },
    #[error("{}: no rows{reason}", path.display())]
    NoRows { path: PathBuf, reason: String },
    #[error("{}: the row that begins on line {line} is longer than {limit_mib} MiB; is there a quotation mark that nothing closes?", path.display())]
    LongRow { path: PathBuf, line: u64, limit_mib: usize },
    #[error("{}: {source}", path.display())]
    Csv { path: PathBuf, source: csv::Error },
}

fn looked_at(files: &[String]) -> String {
    if files.is_empty() { "there are no files to choose from".into() } else { format!("looked at {}", files.join(", ")) }
}

fn columns(path: &std::path::Path, delimiter: char, missing: &[String], found: &[String], suggestion: Option<char>) -> String {
    let quoted = |names: &[String]| names.iter().map(|name| format!("{:?}", shortened(name))).collect::<Vec<_>>().join(", ");
    let header =
        format!("with the delimiter {delimiter:?} the header has {} {}: {}", found.len(), plural(found.len(), "column"), quoted(found));
    match suggestion {
        // Then it is the delimiter that is wrong, not the columns.
        Some(right) => format!("{}: {header}; with `delimiter = {:?}` no column would be missing", path.display(), right.to_string()),
        None => format!("{}: missing {} {}; {header}", path.display(), plural(missing.len(), "column"), quoted(missing)),
    }
}
