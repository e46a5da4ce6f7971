//! Finding the columns that a mapping names in a file's header.

use std::collections::{BTreeMap, HashSet};

use crate::imports::{
    ImportError,
    table::{Field, Only, Table},
    text::folded,
    values::Columns,
};

/// Delimiters to try when the mapping's does not fit.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Looks up the mapping's columns in a header and keeps what is not there.
pub(crate) struct Binder<'t> {
    table: &'t Table,
    optional: HashSet<String>,
    /// The columns that the header must have.
    asked: Vec<String>,
    used: HashSet<usize>,
    missing: Vec<String>,
    repeated: Option<String>,
}

impl<'t> Binder<'t> {
    /// For a table of which the `optional` columns may be missing. What it joins lookups by counts as used.
    pub fn new(table: &'t Table, optional: &[String]) -> Self {
        let optional = optional.iter().map(|name| folded(name)).collect();
        let used = table.joined_by().collect();
        Self { table, optional, asked: Vec::new(), used, missing: Vec::new(), repeated: None }
    }

    /// A field that needs a column, be they all optional.
    pub fn field(&mut self, columns: &Columns) -> Field {
        let places: Vec<_> = columns.0.iter().filter_map(|name| self.column(name)).collect();
        if places.is_empty() {
            columns.0.iter().for_each(|name| self.miss(name));
        }
        Field(places)
    }

    /// Like [`Self::field`], if the mapping has it.
    pub fn needed(&mut self, columns: &Option<Columns>) -> Option<Field> {
        columns.as_ref().map(|columns| self.field(columns))
    }

    /// A field that is not there when all its columns are optional and missing.
    pub fn optional(&mut self, columns: &Option<Columns>) -> Option<Field> {
        let places: Vec<_> = columns.as_ref()?.0.iter().filter_map(|name| self.column(name)).collect();
        (!places.is_empty()).then_some(Field(places))
    }

    pub fn only(&mut self, only: &BTreeMap<String, Vec<String>>) -> Only {
        let wanted = only.iter().filter_map(|(name, values)| {
            let column = self.column(name);
            if column.is_none() {
                self.miss(name);
            }
            Some((column?, values.iter().map(|value| folded(value)).collect()))
        });
        wanted.collect()
    }

    /// The place of a column; a missing one is kept for [`Self::finish`].
    pub fn column(&mut self, name: &str) -> Option<usize> {
        let wanted = folded(name);
        let mut places = self.table.columns().enumerate().filter(|(_, column)| folded(column) == wanted).map(|(place, _)| place);
        let place = places.next();
        if places.next().is_some() {
            self.repeated = Some(name.into());
        }
        let is_joined = place.is_some_and(|place| place >= self.table.header.len());
        if !is_joined && !self.optional.contains(&wanted) && !self.asked.contains(&wanted) {
            self.asked.push(wanted);
            if place.is_none() {
                self.miss(name);
            }
        }
        self.used.extend(place);
        place
    }

    fn miss(&mut self, name: &str) {
        if !self.missing.iter().any(|missing| missing == name) {
            self.missing.push(name.into());
        }
    }

    /// The columns that nothing uses, or what is wrong with the header.
    pub fn finish(self, ignored: &[String]) -> Result<Vec<String>, ImportError> {
        let Table { path, reading, header: found, .. } = self.table;
        if !self.missing.is_empty() {
            let fits = |delimiter: &u8| {
                let names: Vec<_> =
                    self.table.header_by(*delimiter).ok().flatten().unwrap_or_default().iter().map(|name| folded(name)).collect();
                self.asked.iter().all(|name| names.contains(name)) && self.missing.iter().all(|name| names.contains(&folded(name)))
            };
            let suggestion = DELIMITERS.into_iter().find(fits).map(char::from);
            return Err(ImportError::Columns {
                path: path.clone(),
                delimiter: reading.delimiter.into(),
                missing: self.missing,
                found: found.clone(),
                suggestion,
            });
        }
        if let Some(column) = self.repeated {
            return Err(ImportError::RepeatedColumn { path: path.clone(), column });
        }
        let ignored: HashSet<_> = ignored.iter().map(|name| folded(name)).collect();
        let unused = found.iter().enumerate().filter(|(place, name)| !self.used.contains(place) && !ignored.contains(&folded(name)));
        Ok(unused.filter(|(_, name)| !name.is_empty()).map(|(_, name)| name.clone()).collect())
    }
}
