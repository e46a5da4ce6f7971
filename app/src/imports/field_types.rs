//! What custom fields hold where the mapping says `auto`: found from all values of the deals files.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{
    domain::deals::CustomKind,
    imports::{
        ImportError, binder::Binder, gathering::Import, mapping::Deals, reading::Reading, rejects::Rejects, table::Table, text::folded,
        values::FieldType,
    },
};

/// The kinds that were found, by column. Columns that make no field are not in it.
pub(crate) type FoundTypes = BTreeMap<String, CustomKind>;

/// From so many values on, texts that hardly ever come twice are no categories.
const MIN_TO_JUDGE: usize = 20;
/// Texts with more characters than this on average are sentences, not categories.
const LONG: usize = 60;

/// Yes or no; `1` and `0` too, which a column must be declared for.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => boolean_word(text).ok_or_else(|| "not a yes or no (yes, no, true, false, y, n, 1, 0)".into()),
    }
}

fn boolean_word(text: &str) -> Option<bool> {
    match folded(text).as_str() {
        "yes" | "true" | "y" => Some(true),
        "no" | "false" | "n" => Some(false),
        _ => None,
    }
}

/// What the values of one column have been so far.
struct Evidence {
    values: usize,
    characters: usize,
    /// Their hashes: long texts of many rows would be most of a file.
    distinct: HashSet<u64>,
    boolean: bool,
    date: bool,
    numeric: bool,
}

impl Evidence {
    fn new() -> Self {
        Self { values: 0, characters: 0, distinct: HashSet::new(), boolean: true, date: true, numeric: true }
    }

    fn add(&mut self, text: &str, reading: &Reading) {
        self.values += 1;
        self.characters += text.chars().count();
        self.boolean = self.boolean && boolean_word(text).is_some();
        self.date = self.date && reading.dates.looks_like_date(text);
        self.numeric = self.numeric && reading.numbers.float(text).is_ok();
        if !self.boolean && !self.date && !self.numeric {
            let mut hash = DefaultHasher::new();
            folded(text).hash(&mut hash);
            self.distinct.insert(hash.finish());
        }
    }

    /// The kind, or why it makes no field. The first value that is of no other kind makes a column a category, and
    /// `distinct` counts from there on.
    fn verdict(&self) -> Result<CustomKind, String> {
        if self.values == 0 {
            Err("it has no values".into())
        } else if self.boolean {
            Ok(CustomKind::Boolean)
        } else if self.date {
            Ok(CustomKind::Date)
        } else if self.numeric {
            Ok(CustomKind::Numeric)
        } else if self.values >= MIN_TO_JUDGE && self.distinct.len() * 2 > self.values {
            Err(format!("its texts hardly ever come twice ({} in {} rows)", self.distinct.len(), self.values))
        } else if self.characters > self.values * LONG {
            Err("it holds long texts".into())
        } else {
            Ok(CustomKind::Category)
        }
    }
}

/// Finds the kinds of the columns that the mapping calls `auto`, and notes them.
pub(crate) fn find(deals: &Deals, tables: &[Table], import: &mut Import) -> Result<FoundTypes, ImportError> {
    let keys: Vec<&String> = deals.custom.iter().filter(|(_, field_type)| **field_type == FieldType::Auto).map(|(key, _)| key).collect();
    if keys.is_empty() {
        return Ok(FoundTypes::new());
    }
    let mut evidence: BTreeMap<&String, Evidence> = keys.iter().map(|key| (*key, Evidence::new())).collect();
    for table in tables {
        // What is missing or unreadable is told when the rows are read in earnest.
        let mut binder = Binder::new(table, &deals.optional);
        let only = binder.only(&deals.only);
        let places: Vec<_> = keys.iter().filter_map(|key| Some((*key, binder.column(key)?))).collect();
        let mut rows = table.rows()?;
        while let Some(row) = rows.next(&mut Rejects::default())? {
            if !row.is_wanted(&only) {
                continue;
            }
            for (key, place) in &places {
                if let (Some(text), Some(evidence)) = (row.value(*place), evidence.get_mut(key)) {
                    evidence.add(text, &table.reading);
                }
            }
        }
    }
    let mut found = FoundTypes::new();
    for (key, evidence) in evidence {
        match evidence.verdict() {
            Ok(kind) => {
                found.insert(key.clone(), kind);
            }
            Err(reason) => import.notes.push(format!("{key} makes no custom field: {reason}")),
        }
    }
    if !found.is_empty() {
        let list: Vec<_> = found.iter().map(|(key, kind)| format!("{key} ({})", kind.into_str())).collect();
        import.notes.push(format!("custom fields found by type: {}", list.join(", ")));
    }
    Ok(found)
}
