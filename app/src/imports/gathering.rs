//! What is being gathered while the files are read.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
};

use crate::{
    domain::deals::CustomField,
    imports::{
        rejects::Rejects,
        spill::Spill,
        table::Table,
        text::{plural, shortened},
    },
};

/// What became of an id of the deals file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// A deal, by its place among the imported ones.
    Deal(usize),
    Rejected,
    /// Not one of the rows that the mapping wants.
    LeftOut,
}

/// What is being gathered while the files are read.
#[derive(Default)]
pub(crate) struct Import {
    pub deals: Spill,
    pub known: HashMap<String, Known>,
    pub custom_fields: Vec<CustomField>,
    pub rejects: Rejects,
    pub notes: Vec<String>,
    /// By lookup file, what deals name that it does not have.
    pub unmatched: BTreeMap<String, BTreeSet<String>>,
}

impl Import {
    pub fn note_unused(&mut self, table: &Table, columns: Vec<String>) {
        if !columns.is_empty() {
            let (word, file) = (plural(columns.len(), "column"), &table.name);
            self.notes
                .push(format!("{file}: nothing reads the {word} {}; list them as `ignored` to be rid of this note", columns.join(", ")));
        }
    }

    pub fn note_left_out(&mut self, table: &Table, rows: usize) {
        if rows > 0 {
            self.notes.push(format!("{}: {rows} {} left out as the mapping says", table.name, plural(rows, "row")));
        }
    }

    pub fn note_empty(&mut self, table: &Table, rows: usize) {
        if rows == 0 {
            self.notes.push(format!("{}: no rows", table.name));
        }
    }

    pub fn note_unmatched(&mut self) {
        for (file, texts) in std::mem::take(&mut self.unmatched) {
            let shown: Vec<_> = texts.iter().take(5).map(|text| format!("{:?}", shortened(text))).collect();
            let more = if texts.len() > shown.len() { ", …" } else { "" };
            self.notes.push(format!(
                "{file} has no row for {} {} of the deals ({}{more}); `aliases` in the lookup can name the right one",
                texts.len(),
                plural(texts.len(), "value"),
                shown.join(", ")
            ));
        }
    }

    pub fn note_absent(&mut self, key: &str, pattern: &str, files: &[PathBuf]) {
        if files.is_empty() {
            self.notes.push(format!("no file matches `{pattern}` ({key}.file in the mapping), so there is none of it"));
        }
    }
}
