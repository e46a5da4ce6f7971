//! One CSV file: its header, the columns that lookups add, its rows.

use std::{
    cell::RefCell,
    collections::HashSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use csv::{ByteRecord, StringRecord};
use tempfile::NamedTempFile;

use crate::{
    domain::input,
    imports::{
        ImportError,
        contents::Contents,
        files,
        joined::Joined,
        reading::Reading,
        rejects::{Origin, Reject, Rejects},
        text::{folded, shortened},
    },
};

/// Bytes.
const READ_AT_ONCE: usize = 64 << 10;

/// The columns that feed one field, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field(pub Vec<usize>);

impl Field {
    /// The first of the columns, by its place.
    pub fn place(&self) -> usize {
        self.0.first().copied().unwrap_or_default()
    }
}

/// The rows that a mapping wants: a column's place and the folded values that count.
pub(crate) type Only = Vec<(usize, HashSet<String>)>;

/// A CSV file, read anew by each who goes through its rows.
#[derive(Debug)]
pub(crate) struct Table {
    pub path: PathBuf,
    /// The file's name, for reports.
    pub name: String,
    pub reading: Reading,
    /// The column names, trimmed.
    pub header: Vec<String>,
    /// Columns that other files add; their places come after the header's.
    joined: Vec<Joined>,
    /// A copy of what can be read only once, such as a pipe.
    copy: Option<NamedTempFile>,
}

impl Table {
    /// Opens a file and reads its header.
    pub fn open(path: &Path, reading: Reading) -> Result<Self, ImportError> {
        let copy = copy_of_pipe(path).map_err(|source| ImportError::Read { path: path.into(), source })?;
        let mut table = Self { path: path.into(), name: files::name_of(path), reading, header: Vec::new(), joined: Vec::new(), copy };
        table.header = table
            .header_by(table.reading.delimiter)?
            .ok_or_else(|| ImportError::NoRows { path: path.into(), reason: ": the file is empty".into() })?;
        Ok(table)
    }

    /// The column names of the file's first row, as another delimiter would have it.
    pub fn header_by(&self, delimiter: u8) -> Result<Option<Vec<String>>, ImportError> {
        let mut record = ByteRecord::new();
        let there = read_first(&mut self.reader(delimiter)?, &mut record, &self.path)?;
        Ok(there.then(|| record.iter().map(|field| String::from_utf8_lossy(field).trim().to_string()).collect()))
    }

    fn reader(&self, delimiter: u8) -> Result<csv::Reader<Contents>, ImportError> {
        let contents = Contents::open(&self.path, self.copy.as_ref().map(|copy| copy.path()))?;
        Ok(csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(READ_AT_ONCE)
            .from_reader(contents))
    }

    /// Adds a column that a lookup fills.
    pub fn add(&mut self, joined: Joined) {
        self.joined.push(joined);
    }

    /// The names of all columns, by their places.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.header.iter().map(String::as_str).chain(self.joined.iter().map(|joined| joined.name.as_str()))
    }

    /// What the rejects know of the file.
    pub fn origin(&self) -> Origin<'_> {
        Origin { path: &self.path, delimiter: self.reading.delimiter, header: &self.header }
    }

    /// The places of the columns that name lookups' rows.
    pub fn joined_by(&self) -> impl Iterator<Item = usize> {
        self.joined.iter().map(|joined| joined.on)
    }

    /// The rows, from the first one on.
    pub fn rows(&self) -> Result<Rows<'_>, ImportError> {
        let mut reader = self.reader(self.reading.delimiter)?;
        // The header was read before, so that it is there.
        read_first(&mut reader, &mut ByteRecord::new(), &self.path)?;
        Ok(Rows { table: self, reader, counted: 0, line: 1, number: 0 })
    }
}

fn copy_of_pipe(path: &Path) -> io::Result<Option<NamedTempFile>> {
    if fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut copy = NamedTempFile::new()?;
    io::copy(&mut File::open(path)?, &mut copy)?;
    Ok(Some(copy))
}

/// Reads a file's first record; tells whether there was one.
fn read_first(reader: &mut csv::Reader<Contents>, record: &mut ByteRecord, path: &Path) -> Result<bool, ImportError> {
    reader.read_byte_record(record).map_err(|error| failure(reader, error, path, 1))
}

/// Why the record that begins on `line` could not be read.
fn failure(reader: &csv::Reader<Contents>, error: csv::Error, path: &Path, line: u64) -> ImportError {
    match error.is_io_error() {
        true => reader.get_ref().failure(path, line, io::Error::other(error)),
        false => ImportError::Csv { path: path.into(), source: error },
    }
}

/// Goes through a file's rows; rows that are no rows of this table go to the rejects.
pub(crate) struct Rows<'t> {
    table: &'t Table,
    reader: csv::Reader<Contents>,
    /// Bytes whose line ends are counted in `line`.
    counted: usize,
    line: u64,
    /// Rows so far, unreadable ones too.
    number: u64,
}

impl<'t> Rows<'t> {
    /// The next readable row, or `None` after the last.
    pub fn next(&mut self, rejects: &mut Rejects) -> Result<Option<Row<'t>>, ImportError> {
        loop {
            let mut record = ByteRecord::new();
            let start = self.reader.position().byte() as usize;
            self.reader.get_mut().begin_row(start, self.counted);
            let more = self.reader.read_byte_record(&mut record);
            let line = self.line_of(start);
            if !more.map_err(|error| failure(&self.reader, error, &self.table.path, line))? {
                return Ok(None);
            }
            // A line of nothing but delimiters, as spreadsheets leave them at the end.
            if record.iter().all(|field| field.trim_ascii().is_empty()) {
                continue;
            }
            self.number += 1;
            if let Some((field, value, message)) = self.fault(&record, start) {
                let field = field.and_then(|place| self.table.header.get(place)).filter(|name| !name.is_empty()).cloned();
                let fault = Reject { file: self.table.name.clone(), line, field, value, message };
                rejects.push(self.table.origin(), line, record, vec![fault]);
                continue;
            }
            if let Ok(record) = StringRecord::from_byte_record(record) {
                let record = storable(record);
                return Ok(Some(Row { table: self.table, number: self.number, line, record, faults: RefCell::default() }));
            }
        }
    }

    /// How much of the file has been read, from 0 to 1.
    pub fn done(&self) -> f64 {
        self.reader.get_ref().done()
    }

    /// The line of the record that begins at or after `start`: line ends before it may still be unread.
    fn line_of(&mut self, start: usize) -> u64 {
        let contents = self.reader.get_ref();
        let begin = start + contents.since(start).iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let text = contents.since(self.counted);
        for place in 0..begin - self.counted {
            // `\r\n` counts once, at its `\n`.
            if text[place] == b'\n' || (text[place] == b'\r' && text.get(place + 1) != Some(&b'\n')) {
                self.line += 1;
            }
        }
        self.counted = begin;
        self.line
    }

    /// What makes a record unreadable as a whole: the column if it is in one, the bad value, and why.
    fn fault(&self, record: &ByteRecord, start: usize) -> Option<(Option<usize>, String, String)> {
        let end = self.reader.position().byte() as usize;
        if self.reader.get_ref().ends_at(end) {
            let raw = self.reader.get_ref().since(start);
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

/// The record with blanks for control characters: a vertical tab that a word processor left behind is no reason to lose a deal.
fn storable(record: StringRecord) -> StringRecord {
    if record.iter().all(|field| field.chars().all(input::may_hold)) {
        return record;
    }
    record.iter().map(|field| field.replace(|letter| !input::may_hold(letter), " ")).collect()
}

fn shown(field: &[u8]) -> String {
    shortened(&String::from_utf8_lossy(field))
}

/// One row, with the faults found in it so far.
#[derive(Debug)]
pub(crate) struct Row<'t> {
    pub table: &'t Table,
    /// Its place among the file's rows, from 1.
    pub number: u64,
    /// The physical line on which it starts, from 1.
    pub line: u64,
    record: StringRecord,
    faults: RefCell<Vec<Reject>>,
}

impl Row<'_> {
    /// The row's fields as they stand in the file.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.record.iter()
    }

    /// The text in a column, trimmed.
    pub fn column(&self, place: usize) -> &str {
        match place.checked_sub(self.table.header.len()) {
            None => self.record.get(place).unwrap_or_default().trim(),
            Some(joined) => self.joined(joined).unwrap_or_default(),
        }
    }

    fn joined(&self, place: usize) -> Option<&str> {
        let joined = self.table.joined.get(place)?;
        joined.lookup.text(self.value(joined.on)?, joined.column)
    }

    /// What the row names that a lookup does not have: the lookup's file and the text.
    pub fn unmatched(&self) -> impl Iterator<Item = (&str, &str)> {
        let of_lookup = self.table.joined.iter().filter(|joined| joined.column == 0);
        of_lookup.filter_map(|joined| {
            let text = self.value(joined.on)?;
            joined.lookup.lacks(text).then_some((joined.lookup.name.as_str(), text))
        })
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
        let field = self.table.columns().nth(place).map(str::to_string);
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
            rejects.push(self.table.origin(), self.line, self.record.as_byte_record().clone(), faults);
        }
        rejected
    }
}
