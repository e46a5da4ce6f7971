//! Lookups: files that tell more about what deals name, such as accounts or products.

use std::{collections::HashMap, path::PathBuf, rc::Rc};

use crate::imports::{
    ImportError,
    binder::Binder,
    files,
    gathering::Import,
    joined::{Joined, Lookup},
    mapping::{LookupRule, Mapping},
    reading::Reading,
    table::Table,
    text::folded,
};

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
        let mut binder = Binder::new(&table, &[]);
        let key = binder.column(&rule.key);
        let columns: Vec<_> = rule.columns.values().map(|name| binder.column(name)).collect();
        binder.finish(&[])?;
        let (mut rows, mut repeated) = (table.rows()?, 0);
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

/// Adds a lookup's columns to a table's.
pub(crate) fn join(table: &mut Table, lookup: &Rc<Lookup>) -> Result<(), ImportError> {
    let mut binder = Binder::new(table, &[]);
    let on = binder.column(&lookup.on);
    binder.finish(&[])?;
    for (column, name) in lookup.columns.iter().enumerate() {
        if table.columns().any(|known| folded(known) == folded(name)) {
            return Err(ImportError::LookupColumn { path: table.path.clone(), lookup: lookup.name.clone(), column: name.clone() });
        }
        if let Some(on) = on {
            table.add(Joined { name: name.clone(), on, lookup: Rc::clone(lookup), column });
        }
    }
    Ok(())
}
