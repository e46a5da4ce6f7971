//! Rows that cannot be imported: what is wrong with them, and the file that gives them back.

use std::{
    collections::HashSet,
    fmt, fs,
    path::{Path, PathBuf},
};

use csv::ByteRecord;

use crate::imports::ImportError;

/// One fault of one row. A row may have several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The file's name.
    pub file: String,
    /// The physical line on which the row starts, from 1.
    pub line: u64,
    /// The column, where the fault is in one.
    pub field: Option<String>,
    /// The bad value, shortened.
    pub value: String,
    pub message: String,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        self.fault(f)
    }
}

impl Reject {
    fn fault(&self, f: &mut impl fmt::Write) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        if !self.value.is_empty() {
            write!(f, "{:?}: ", self.value)?;
        }
        f.write_str(&self.message)
    }
}

/// The rejected rows of one file, as they stood in it.
#[derive(Debug, Clone, PartialEq)]
pub struct RejectedRows {
    /// The file they come from.
    pub path: PathBuf,
    pub delimiter: u8,
    pub header: ByteRecord,
    pub rows: Vec<RejectedRow>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RejectedRow {
    pub line: u64,
    pub record: ByteRecord,
    /// All its faults in one line.
    pub error: String,
}

/// The file that a row comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'t> {
    pub path: &'t Path,
    pub delimiter: u8,
    pub header: &'t [String],
}

/// The rejects as they are collected.
#[derive(Debug, Default)]
pub(crate) struct Rejects {
    pub faults: Vec<Reject>,
    pub rows: Vec<RejectedRows>,
}

impl Rejects {
    /// Takes one row with its faults (at least one).
    pub fn push(&mut self, origin: Origin<'_>, line: u64, record: ByteRecord, faults: Vec<Reject>) {
        let mut error = format!("line {line}: ");
        for (place, fault) in faults.iter().enumerate() {
            if place > 0 {
                error.push_str("; ");
            }
            // Writing to a string cannot fail.
            let _ = fault.fault(&mut error);
        }
        let row = RejectedRow { line, record, error };
        match self.rows.iter_mut().find(|file| file.path == origin.path) {
            Some(file) => file.rows.push(row),
            None => self.rows.push(RejectedRows {
                path: origin.path.to_owned(),
                delimiter: origin.delimiter,
                header: origin.header.iter().collect(),
                rows: vec![row],
            }),
        }
        self.faults.extend(faults);
    }

    pub fn row_count(&self) -> usize {
        self.rows.iter().map(|file| file.rows.len()).sum()
    }

    /// Brings everything into the order of the rows: some faults are only found when all files are read.
    pub fn sort(&mut self) {
        self.faults.sort_by(|a, b| a.file.cmp(&b.file).then(a.line.cmp(&b.line)));
        for file in &mut self.rows {
            file.rows.sort_by_key(|row| row.line);
        }
    }
}

/// Writes each file's rejected rows to `<name>.rejects.csv` in `dir`: the original columns and an `error` column. Returns the
/// files written.
pub(crate) fn write(rows: &[RejectedRows], dir: &Path) -> Result<Vec<PathBuf>, ImportError> {
    fs::create_dir_all(dir).map_err(|source| ImportError::Write { path: dir.into(), source })?;
    let mut written = Vec::new();
    let mut names = HashSet::new();
    for file in rows {
        let name = stem(&file.path);
        // Files of one name from different folders.
        let name = (1..).map(|n| if n == 1 { format!("{name}.rejects.csv") } else { format!("{name}-{n}.rejects.csv") });
        let name = name.into_iter().find(|name| names.insert(name.to_lowercase())).unwrap_or_default();
        let path = dir.join(name);
        write_file(file, &path).map_err(|source| ImportError::Csv { path: path.clone(), source })?;
        written.push(path);
    }
    Ok(written)
}

fn write_file(file: &RejectedRows, path: &Path) -> Result<(), csv::Error> {
    let mut writer = csv::WriterBuilder::new().delimiter(file.delimiter).flexible(true).from_path(path)?;
    let mut header = file.header.clone();
    header.push_field(b"error");
    writer.write_byte_record(&header)?;
    for row in &file.rows {
        let mut record = row.record.clone();
        while record.len() < file.header.len() {
            record.push_field(b"");
        }
        record.push_field(row.error.as_bytes());
        writer.write_byte_record(&record)?;
    }
    writer.flush()?;
    Ok(())
}

/// A file's name without `.gz` and `.csv`.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let lower = name.to_ascii_lowercase();
    let end = lower.strip_suffix(".gz").unwrap_or(&lower);
    let end = [".csv", ".tsv", ".txt"].iter().find_map(|ending| end.strip_suffix(ending)).unwrap_or(end);
    name[..end.len()].into()
}
