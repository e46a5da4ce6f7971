//! From a mapping and paths to records.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    domain::{
        deals::CustomField,
        imports::{DealRecord, PipelineRecord, SourceRecord, StageRecord},
    },
    imports::{
        ImportError,
        deals::DealReader,
        field_types, files,
        gathering::Import,
        history::{ActivityReader, read_stages},
        lookups,
        mapping::Mapping,
        meanings,
        reading::Reading,
        rejects::{self, Reject, RejectedRows, Rejects},
        settle::Settled,
        spill::Spans,
        table::Table,
    },
};

/// A source's files, read.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportBatch {
    pub source: SourceRecord,
    /// In the order of the file.
    pub deals: Vec<DealRecord>,
    /// Every fault of every rejected row, by file and line. A row with several faults is there several times.
    pub rejects: Vec<Reject>,
    /// The rejected rows themselves, by file.
    pub rejected_rows: Vec<RejectedRows>,
    /// What a user should know though nothing is wrong, such as columns that nothing reads.
    pub notes: Vec<String>,
}

/// A source's files, read and checked row by row; the deals follow a few thousand at a time. Memory holds an entry for each id, the lookups
/// and the rejected rows, but neither the files nor the deals nor their history.
pub struct ImportStream {
    pub source: SourceRecord,
    mapping: Mapping,
    /// The deals files.
    tables: Vec<Table>,
    deals: Spans,
    settled: Settled,
    count: usize,
    rejects: Rejects,
    notes: Vec<String>,
}

impl ImportStream {
    /// How many deals there are, counting those that turn out to be wrong.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The next deals, in the order of the file; `None` after the last.
    pub fn next_deals(&mut self) -> Result<Option<Vec<DealRecord>>, ImportError> {
        let Some(deals) = self.deals.next()? else { return Ok(None) };
        Ok(Some(self.settled.settle(&self.mapping, &self.tables, deals, &mut self.rejects)))
    }

    /// All that is to be said when the last deals have been taken; the batch's own deals are those that were left.
    pub fn finish(mut self) -> Result<ImportBatch, ImportError> {
        let mut deals = Vec::new();
        while let Some(some) = self.next_deals()? {
            deals.extend(some);
        }
        self.notes.extend(self.settled.notes());
        self.rejects.sort();
        Ok(ImportBatch { source: self.source, deals, rejects: self.rejects.faults, rejected_rows: self.rejects.rows, notes: self.notes })
    }
}

impl ImportBatch {
    /// How many rows were rejected.
    pub fn rejected_count(&self) -> usize {
        self.rejected_rows.iter().map(|file| file.rows.len()).sum()
    }

    /// Writes each file's rejected rows to `<name>.rejects.csv` in `dir`: the original columns and an `error` column. Returns
    /// the files written.
    pub fn write_rejects(&self, dir: &Path) -> Result<Vec<PathBuf>, ImportError> {
        rejects::write(&self.rejected_rows, dir)
    }
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a> {
    /// The file being read.
    pub file: &'a str,
    /// Bytes on disk that are done, of `total`.
    pub done: u64,
    pub total: u64,
}

/// [`open`], with all deals at once.
pub fn read(mapping: &Mapping, paths: &[PathBuf], progress: &mut dyn FnMut(Progress<'_>)) -> Result<ImportBatch, ImportError> {
    open(mapping, paths, progress)?.finish()
}

/// Reads the files that `mapping` speaks of among `paths` (files and folders).
///
/// Bad rows end up in the rejects; an error means that nothing could be read.
pub fn open(mapping: &Mapping, paths: &[PathBuf], progress: &mut dyn FnMut(Progress<'_>)) -> Result<ImportStream, ImportError> {
    // A mapping is checked when it is made, so that these cannot fail.
    let broken = |message| ImportError::Mapping { path: PathBuf::from(&mapping.name), message };
    let stages = meanings::stages(&mapping.pipeline).map_err(broken)?;

    let files = files::find(mapping, paths)?;
    let mut meter = Meter::new(&files, progress);
    let mut import = Import::default();

    let lookups = lookups::read(mapping, &files.lookups, &mut import)?;
    let mut tables = Vec::new();
    for path in &files.deals {
        let mut table = Table::open(path, Reading::of(&mapping.deals.format, &mapping.format))?;
        lookups.iter().try_for_each(|lookup| lookups::join(&mut table, lookup))?;
        tables.push(table);
    }
    let found = field_types::find(&mapping.deals, &tables, &mut import)?;
    let mut deals = DealReader::new(mapping, &stages, found).map_err(broken)?;
    let mut rows = 0;
    for (file, (path, table)) in files.deals.iter().zip(&tables).enumerate() {
        rows += meter.file(path, &table.name, |progress| deals.read(table, file, &mut import, progress))?;
    }
    if rows == 0 {
        let path = files.deals.into_iter().next().unwrap_or_default();
        return Err(ImportError::NoRows { path, reason: " below the header".into() });
    }
    import.notes.extend(deals.notes());
    drop(deals);
    import.note_unmatched();

    if let Some(history) = &mapping.stage_history {
        import.note_absent("stage_history", &history.file, &files.stage_history);
        for path in &files.stage_history {
            let table = Table::open(path, Reading::of(&history.format, &mapping.format))?;
            meter.file(path, &table.name, |progress| read_stages(mapping, history, &stages, &table, &mut import, progress))?;
        }
    }
    if let Some(activities) = &mapping.activities {
        import.note_absent("activities", &activities.file, &files.activities);
        let mut reader = ActivityReader::new(mapping, activities).map_err(broken)?;
        for path in &files.activities {
            let table = Table::open(path, Reading::of(&activities.format, &mapping.format))?;
            meter.file(path, &table.name, |progress| reader.read(&table, &mut import, progress))?;
        }
    }
    Ok(ImportStream {
        source: source(mapping, import.custom_fields),
        mapping: mapping.clone(),
        tables,
        settled: Settled::default(),
        count: import.deals.len(),
        deals: import.deals.into_spans()?,
        rejects: import.rejects,
        notes: import.notes,
    })
}

fn source(mapping: &Mapping, custom_fields: Vec<CustomField>) -> SourceRecord {
    let stages = mapping.pipeline.stages.iter();
    let stages =
        stages.map(|stage| StageRecord { name: stage.name.clone(), kind: stage.kind, default_probability: stage.default_probability });
    SourceRecord {
        name: mapping.name.clone(),
        pipeline: PipelineRecord { name: mapping.pipeline.name.clone().unwrap_or_else(|| mapping.name.clone()), stages: stages.collect() },
        custom_fields,
        embed: mapping.embed,
    }
}

/// Turns each file's own progress into that of all files.
struct Meter<'p> {
    progress: &'p mut dyn FnMut(Progress<'_>),
    done: u64,
    total: u64,
}

impl<'p> Meter<'p> {
    fn new(files: &files::Files, progress: &'p mut dyn FnMut(Progress<'_>)) -> Self {
        let all = files.deals.iter().chain(&files.activities).chain(&files.stage_history);
        Self { progress, done: 0, total: all.map(|path| size(path)).sum() }
    }

    fn file<T>(&mut self, path: &Path, name: &str, work: impl FnOnce(&mut dyn FnMut(f64)) -> T) -> T {
        let (size, before, total) = (size(path), self.done, self.total);
        let result = work(&mut |done| (self.progress)(Progress { file: name, done: before + (size as f64 * done) as u64, total }));
        self.done += size;
        (self.progress)(Progress { file: name, done: self.done, total });
        result
    }
}

/// Only for the progress: a file that cannot be looked at gives its error when it is read.
fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |meta| meta.len())
}
