//! Columns that another file adds to each row.

use std::{collections::HashMap, rc::Rc};

use crate::imports::text::folded;

/// One lookup's rows by what they are about.
#[derive(Debug)]
pub(crate) struct Lookup {
    /// The file's name, for notes; its pattern where there is no file.
    pub name: String,
    /// The column of the deals file that names a row.
    pub on: String,
    /// The names that its columns have in the mapping.
    pub columns: Vec<String>,
    pub rows: HashMap<String, Vec<String>>,
    /// What the deals file spells otherwise: its folded text to the text here.
    pub aliases: HashMap<String, String>,
}

impl Lookup {
    /// The text in a column (by its place) of the row about `key`.
    pub fn text(&self, key: &str, column: usize) -> Option<&str> {
        self.row(key)?.get(column).map(String::as_str)
    }

    /// Whether a file was given, and has no row about `key`.
    pub fn lacks(&self, key: &str) -> bool {
        !self.rows.is_empty() && self.row(key).is_none()
    }

    fn row(&self, key: &str) -> Option<&Vec<String>> {
        let key = folded(key);
        self.rows.get(self.aliases.get(&key).unwrap_or(&key))
    }
}

/// A column that a lookup adds to each row.
#[derive(Debug)]
pub(crate) struct Joined {
    pub name: String,
    /// The place of the column that names the lookup's row.
    pub on: usize,
    pub lookup: Rc<Lookup>,
    /// The place among the lookup's columns.
    pub column: usize,
}
