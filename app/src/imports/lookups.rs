//! Lookups: files that tell more about what deals name, such as accounts or products.

use std::{collections::HashMap, path::PathBuf, rc::Rc};

use crate::imports::{
    ImportError, files,
    mapping::{LookupRule, Mapping},
    read::Import,
    rules::{Reading, folded},
    table::Table,
};

/// One lookup's rows by what they are about.
#[derive(Debug)]
pub(crate) struct Lookup {
    /// The file's name, for notes; its pattern where there is no file.
    pub name: String,
    /// The column of the deals file that names a row.
    pub on: String,
    /// The names that its columns have in the mapping.
    pub columns: Vec<String>,
    rows: HashMap<String, Vec<String>>,
    aliases: HashMap<String, String>,
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

/// Reads all lookups; `paths` are the files of each.
pub(crate) fn read(mapping: &Mapping, paths: &[Vec<PathBuf>], import: &mut Import) -> Result<Vec<Rc<Lookup>>, ImportError> {
    mapping.lookups.iter().zip(paths).map(|(rule, paths)| one(mapping, rule, paths, import).map(Rc::new)).collect()
}

fn one(mapping: &Mapping, rule: &LookupRule, paths: &[PathBuf], import: &mut Import) -> Result<Lookup, ImportError> {
    import.note_absent("lookups", &rule.file, paths);
    let mut lookup = Lookup {
        name: paths.first().map_or_else(|| rule.file.clone(), |path| files::name_of(path)),
        on: rule.on().to_string(),
        columns: rule.columns.keys().cloned().collect(),
        rows: HashMap::new(),
        aliases: rule.aliases.iter().map(|(from, to)| (folded(from), folded(to))).collect(),
    };
    let mut reading = Reading::of(&mapping.deals.format, &mapping.format);
    if let Some(delimiter) = rule.delimiter {
        reading.delimiter = delimiter.0;
    }
    for path in paths {
        let table = Table::open(path, reading.clone())?;
        let mut binder = table.binder(&[]);
        let key = binder.column(&rule.key);
        let columns: Vec<_> = rule.columns.values().map(|name| binder.column(name)).collect();
        binder.finish(&[])?;
        let (mut rows, mut repeated) = (table.rows(), 0);
        while let Some(row) = rows.next(&mut import.rejects)? {
            let Some(name) = key.and_then(|place| row.value(place)) else { continue };
            let texts = columns.iter().map(|place| place.map_or("", |place| row.column(place)).to_string()).collect();
            if let Some(first) = lookup.rows.insert(folded(name), texts) {
                lookup.rows.insert(folded(name), first);
                repeated += 1;
            }
        }
        if repeated > 0 {
            import.notes.push(format!("{}: {repeated} more rows about the same {} left out: the first counts", table.name, rule.key));
        }
    }
    Ok(lookup)
}
