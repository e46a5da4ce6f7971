//! One CSV file: its header, its columns as the mapping names them, its rows.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

use csv::{ByteRecord, StringRecord};

use super::{
    ImportError, files,
    mapping::Columns,
    rejects::{Reject, Rejects, shortened},
    rules::{Reading, folded},
};

/// Delimiters to try when the mapping's does not fit.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A CSV file in memory.
#[derive(Debug)]
pub(super) struct Table {
    pub path: PathBuf,
    /// The file's name, for reports.
    pub name: String,
    pub reading: Reading,
    /// The column names, trimmed.
    pub header: Vec<String>,
    data: Vec<u8>,
}

impl Table {
    /// Opens a file and reads its header.
    pub fn open(path: &Path, reading: Reading) -> Result<Self, ImportError> {
        let data = files::load(path)?;
        let header = header(&data, reading.delimiter)
            .ok_or_else(|| ImportError::NoRows { path: path.into(), reason: ": the file is empty".into() })?;
        Ok(Self { path: path.into(), name: files::name_of(path), reading, header, data })
    }

    /// Starts to look up the mapping's columns.
    pub fn binder(&self) -> Binder<'_> {
        Binder { table: self, asked: Vec::new(), used: HashSet::new(), missing: Vec::new(), repeated: None }
    }

    pub fn rows(&self) -> Rows<'_> {
        let mut reader = csv_reader(&self.data, self.reading.delimiter);
        let mut record = ByteRecord::new();
        // The header was read before, so that it is there.
        let _ = reader.read_byte_record(&mut record);
        Rows { table: self, reader, counted: 0, line: 1 }
    }
}

fn csv_reader(data: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(data)
}

fn header(data: &[u8], delimiter: u8) -> Option<Vec<String>> {
    let mut record = ByteRecord::new();
    let there = csv_reader(data, delimiter).read_byte_record(&mut record).unwrap_or(false);
    there.then(|| record.iter().map(|field| String::from_utf8_lossy(field).trim().to_string()).collect())
}

/// The columns that feed one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field(Vec<usize>);

impl Field {
    /// The first of the columns, by its place.
    pub fn place(&self) -> usize {
        self.0.first().copied().unwrap_or_default()
    }
}

/// The rows that a mapping wants: a column's place and the folded values that count.
pub(super) type Only = Vec<(usize, HashSet<String>)>;

/// Looks up the mapping's columns in a header and keeps what is not there.
pub(super) struct Binder<'t> {
    table: &'t Table,
    asked: Vec<String>,
    used: HashSet<usize>,
    missing: Vec<String>,
    repeated: Option<String>,
}

impl Binder<'_> {
    pub fn field(&mut self, columns: &Columns) -> Field {
        Field(columns.0.iter().filter_map(|name| self.column(name)).collect())
    }

    pub fn optional(&mut self, columns: &Option<Columns>) -> Option<Field> {
        columns.as_ref().map(|columns| self.field(columns))
    }

    pub fn only(&mut self, only: &BTreeMap<String, Vec<String>>) -> Only {
        let wanted = only.iter().filter_map(|(name, values)| {
            let values = values.iter().map(|value| folded(value)).collect();
            self.column(name).map(|column| (column, values))
        });
        wanted.collect()
    }

    /// The place of a column; a missing one is kept for [`Self::finish`].
    pub fn column(&mut self, name: &str) -> Option<usize> {
        let wanted = folded(name);
        let mut places = self.table.header.iter().enumerate().filter(|(_, column)| folded(column) == wanted).map(|(place, _)| place);
        let place = places.next();
        if places.next().is_some() {
            self.repeated = Some(name.into());
        }
        if !self.asked.contains(&wanted) {
            self.asked.push(wanted);
            if place.is_none() {
                self.missing.push(name.into());
            }
        }
        self.used.extend(place);
        place
    }

    /// The columns that nothing uses, or what is wrong with the header.
    pub fn finish(self, ignored: &[String]) -> Result<Vec<String>, ImportError> {
        let Table { path, reading, header: found, data, .. } = self.table;
        if !self.missing.is_empty() {
            let fits = |delimiter: &u8| {
                let names: Vec<_> = header(data, *delimiter).unwrap_or_default().iter().map(|name| folded(name)).collect();
                self.asked.iter().all(|name| names.contains(name))
            };
            return Err(ImportError::Columns {
                path: path.clone(),
                delimiter: reading.delimiter.into(),
                missing: self.missing,
                found: found.clone(),
                suggestion: DELIMITERS.into_iter().find(fits).map(char::from),
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

/// Goes through a file's rows; rows that are no rows of this table go to the rejects.
pub(super) struct Rows<'t> {
    table: &'t Table,
    reader: csv::Reader<&'t [u8]>,
    /// Bytes whose line ends are counted in `line`.
    counted: usize,
    line: u64,
}

impl<'t> Rows<'t> {
    /// The next readable row, or `None` after the last.
    pub fn next(&mut self, rejects: &mut Rejects) -> Result<Option<Row<'t>>, ImportError> {
        loop {
            let mut record = ByteRecord::new();
            let start = self.reader.position().byte() as usize;
            let more = self.reader.read_byte_record(&mut record);
            if !more.map_err(|source| ImportError::Csv { path: self.table.path.clone(), source })? {
                return Ok(None);
            }
            // A line of nothing but delimiters, as spreadsheets leave them at the end.
            if record.iter().all(|field| field.trim_ascii().is_empty()) {
                continue;
            }
            let line = self.line_of(start);
            if let Some((field, value, message)) = self.fault(&record, start) {
                let field = field.and_then(|place| self.table.header.get(place)).filter(|name| !name.is_empty()).cloned();
                let fault = Reject { file: self.table.name.clone(), line, field, value, message };
                rejects.push(self.table, line, record, vec![fault]);
                continue;
            }
            if let Ok(record) = StringRecord::from_byte_record(record) {
                return Ok(Some(Row { table: self.table, line, record, faults: RefCell::default() }));
            }
        }
    }

    /// How much of the file has been read, from 0 to 1.
    pub fn done(&self) -> f64 {
        self.reader.position().byte() as f64 / self.table.data.len().max(1) as f64
    }

    /// The line of the record that begins at or after `start`: line ends before it may still be unread.
    fn line_of(&mut self, start: usize) -> u64 {
        let data = &self.table.data;
        let begin = start + data[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        for place in self.counted..begin {
            // `\r\n` counts once, at its `\n`.
            if data[place] == b'\n' || (data[place] == b'\r' && data.get(place + 1) != Some(&b'\n')) {
                self.line += 1;
            }
        }
        self.counted = begin;
        self.line
    }

    /// What makes a record unreadable as a whole: the column if it is in one, the bad value, and why.
    fn fault(&self, record: &ByteRecord, start: usize) -> Option<(Option<usize>, String, String)> {
        let end = self.reader.position().byte() as usize;
        if end >= self.table.data.len() {
            let raw = &self.table.data[start..];
            let breaks = raw.trim_ascii().iter().filter(|byte| **byte == b'\n').count();
            if breaks > 0 && raw.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
                let message =
                    format!("a quotation mark opens a field here and none closes it, so {breaks} more lines were taken as part of it");
                return Some((None, shown(record.get(0).unwrap_or_default()), message));
            }
        }
        let (fields, columns) = (record.len(), self.table.header.len());
        if fields < columns || record.iter().skip(columns).any(|extra| !extra.trim_ascii().is_empty()) {
            return Some((None, shown(record.get(0).unwrap_or_default()), format!("the row has {fields} fields, the header {columns}")));
        }
        for (place, field) in record.iter().enumerate() {
            let what = match std::str::from_utf8(field) {
                Err(_) => "not UTF-8 text; save the file as UTF-8",
                Ok(text) if text.contains('\0') => "the text has a NUL character",
                Ok(_) => continue,
            };
            return Some((Some(place), shown(field), what.into()));
        }
        None
    }
}

fn shown(field: &[u8]) -> String {
    shortened(&String::from_utf8_lossy(field))
}

/// One row, with the faults found in it so far.
#[derive(Debug)]
pub(super) struct Row<'t> {
    pub table: &'t Table,
    /// The physical line on which it starts, from 1.
    pub line: u64,
    record: StringRecord,
    faults: RefCell<Vec<Reject>>,
}

impl Row<'_> {
    /// The row as it stands in the file.
    pub fn record(&self) -> &ByteRecord {
        self.record.as_byte_record()
    }

    /// The text in a column, trimmed.
    pub fn column(&self, place: usize) -> &str {
        self.record.get(place).unwrap_or_default().trim()
    }

    /// The value in a column, unless it is missing.
    pub fn value(&self, place: usize) -> Option<&str> {
        let text = self.column(place);
        let missing = text.is_empty() || (!self.table.reading.missing.is_empty() && self.table.reading.missing.contains(&folded(text)));
        (!missing).then_some(text)
    }

    /// A field's value, unless it is missing.
    pub fn text(&self, field: &Field) -> Option<&str> {
        self.find(field).map(|(_, text)| text)
    }

    /// An owned optional field.
    pub fn string(&self, field: &Option<Field>) -> Option<String> {
        field.as_ref().and_then(|field| self.text(field)).map(str::to_string)
    }

    fn find(&self, field: &Field) -> Option<(usize, &str)> {
        field.0.iter().find_map(|place| self.value(*place).map(|text| (*place, text)))
    }

    /// A field's value, read by `parse`, whose error becomes a fault.
    pub fn parse<T>(&self, field: &Field, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let (place, text) = self.find(field)?;
        self.parse_at(place, text, parse)
    }

    /// Like [`Self::parse`] for a single column.
    pub fn parse_column<T>(&self, place: usize, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        self.parse_at(place, self.value(place)?, parse)
    }

    fn parse_at<T>(&self, place: usize, text: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        parse(text).map_err(|message| self.fault_at(place, text, message)).ok()
    }

    /// Like [`Self::parse`], for a field that must have a value.
    pub fn require<T>(&self, field: &Field, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if self.find(field).is_none() {
            self.fault(field, "has no value");
        }
        self.parse(field, parse)
    }

    /// Notes a fault of a field.
    pub fn fault(&self, field: &Field, message: impl Into<String>) {
        let (place, text) = self.find(field).unwrap_or_else(|| (field.place(), self.column(field.place())));
        self.fault_at(place, text, message.into());
    }

    fn fault_at(&self, place: usize, text: &str, message: String) {
        let field = self.table.header.get(place).cloned();
        let fault = Reject { file: self.table.name.clone(), line: self.line, field, value: shortened(text), message };
        self.faults.borrow_mut().push(fault);
    }

    pub fn is_wanted(&self, only: &Only) -> bool {
        only.iter().all(|(place, values)| values.contains(&folded(self.column(*place))))
    }

    /// Hands the row to the rejects if it has faults; says whether it had.
    pub fn is_rejected(&self, rejects: &mut Rejects) -> bool {
        let faults = self.faults.take();
        let rejected = !faults.is_empty();
        if rejected {
            rejects.push(self.table, self.line, self.record.as_byte_record().clone(), faults);
        }
        rejected
    }
}
