//! Deals and their history on their way through temporary files, so that memory does not grow with what is imported.
//!
//! Deals are written one after the other as they are read. What the other files tell of them comes in any order: it is dealt out to one
//! file for each span of deals. Then, span by span, deals and their entries are read back together. All of it goes to the system's folder
//! for temporary files (`TMPDIR`) and is gone when the import ends, however it ends.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Seek, Write},
};

use csv::ByteRecord;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    domain::imports::{ActivityRecord, ChangeRecord, DealRecord},
    imports::{ImportError, table::Row},
};

/// Deals read back together.
const SPAN: usize = 2_000;
/// Files of entries open at a time, at most; beyond, spans become longer.
const MOST_FILES: usize = 200;

/// A row whose deal may still turn out to be wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Its file, by the place among the deals files.
    pub file: usize,
    pub line: u64,
    fields: Vec<String>,
}

impl Pending {
    pub fn new(file: usize, row: &Row) -> Self {
        Self { file, line: row.line, fields: row.fields().map(str::to_owned).collect() }
    }

    /// The row as it stands in the file.
    pub fn record(&self) -> ByteRecord {
        self.fields.iter().map(String::as_bytes).collect()
    }
}

/// A deal as its own file tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Spilled {
    pub deal: DealRecord,
    /// Its row, where its history may still show that it is wrong.
    pub pending: Option<Pending>,
}

/// Something that another file tells of a deal.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Entry {
    Change(ChangeRecord),
    Activity(ActivityRecord),
}

/// Deals being gathered.
#[derive(Default)]
pub(crate) struct Spill {
    deals: Option<Lines>,
    count: usize,
    span: usize,
    entries: Vec<Option<Lines>>,
}

impl Spill {
    /// How many deals there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Adds a deal; its place is how many there were before. All deals come before the first entry.
    pub fn push(&mut self, spilled: &Spilled) -> Result<(), ImportError> {
        lines(&mut self.deals)?.push(spilled).map_err(failed)?;
        self.count += 1;
        Ok(())
    }

    /// Adds an entry of the deal at `place`. Of one deal's entries the order stays.
    pub fn enter(&mut self, place: usize, entry: &Entry) -> Result<(), ImportError> {
        if self.entries.is_empty() {
            self.span = SPAN.max(self.count.div_ceil(MOST_FILES));
            self.entries.resize_with(self.count.div_ceil(self.span), || None);
        }
        let Some(file) = self.entries.get_mut(place / self.span) else { return Ok(()) };
        lines(file)?.push(&(place, entry)).map_err(failed)
    }

    /// Reads everything back, span by span.
    pub fn into_spans(self) -> Result<Spans, ImportError> {
        let deals = self.deals.map(Lines::read_back).transpose().map_err(failed)?;
        let span = if self.entries.is_empty() { SPAN } else { self.span };
        Ok(Spans { deals, left: self.count, first: 0, span, entries: self.entries.into_iter() })
    }
}

fn lines(file: &mut Option<Lines>) -> Result<&mut Lines, ImportError> {
    match file {
        Some(file) => Ok(file),
        None => Ok(file.insert(Lines::new().map_err(failed)?)),
    }
}

fn failed(source: io::Error) -> ImportError {
    ImportError::Write { path: std::env::temp_dir(), source }
}

/// Deals with all their entries, in the order of their places.
pub(crate) struct Spans {
    deals: Option<Lines>,
    left: usize,
    /// Place of the next deal.
    first: usize,
    span: usize,
    entries: std::vec::IntoIter<Option<Lines>>,
}

impl Spans {
    /// The next deals; `None` after the last.
    pub fn next(&mut self) -> Result<Option<Vec<Spilled>>, ImportError> {
        let Some(deals) = self.deals.as_mut().filter(|_| self.left > 0) else { return Ok(None) };
        let count = self.span.min(self.left);
        let mut spilled: Vec<Spilled> = Vec::with_capacity(count);
        for _ in 0..count {
            spilled.extend(deals.next().map_err(failed)?);
        }
        if let Some(Some(entries)) = self.entries.next() {
            let mut entries = entries.read_back().map_err(failed)?;
            while let Some((place, entry)) = entries.next::<(usize, Entry)>().map_err(failed)? {
                let Some(Spilled { deal, .. }) = place.checked_sub(self.first).and_then(|place| spilled.get_mut(place)) else { continue };
                match entry {
                    Entry::Change(change) => deal.changes.push(change),
                    Entry::Activity(activity) => deal.activities.push(activity),
                }
            }
        }
        self.first += count;
        self.left -= count;
        Ok(Some(spilled))
    }
}

/// A temporary file of values, one a line, which is first written and then read.
struct Lines {
    writer: BufWriter<File>,
    reader: Option<BufReader<File>>,
    line: String,
}

impl Lines {
    fn new() -> io::Result<Self> {
        Ok(Self { writer: BufWriter::new(tempfile::tempfile()?), reader: None, line: String::new() })
    }

    fn push(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.writer, value)?;
        self.writer.write_all(b"\n")
    }

    fn read_back(mut self) -> io::Result<Self> {
        self.writer.flush()?;
        let mut file = self.writer.get_ref().try_clone()?;
        file.rewind()?;
        self.reader = Some(BufReader::new(file));
        Ok(self)
    }

    fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        self.line.clear();
        if reader.read_line(&mut self.line)? == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&self.line)?))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{TimeDelta, TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        deals::{ActivityKind, CustomValue, Outcome},
        imports::FieldChange,
        money::Currency,
        probability::Probability,
    };

    fn deal(place: usize, number: f64, text: &str) -> DealRecord {
        DealRecord {
            external_id: place.to_string(),
            title: text.into(),
            description: String::new(),
            account: None,
            owner: None,
            stage: None,
            value: Some("12345678901234.50".parse().expect("a decimal")),
            currency: Currency::default(),
            probability: Probability::new(number.fract().abs()),
            expected_close: None,
            created_at: None,
            outcome: Outcome::Open,
            closed_at: None,
            loss_reason: None,
            notes: None,
            sequence: None,
            // Texts that look like something else stay texts.
            custom: BTreeMap::from([
                ("number".into(), CustomValue::Number(number)),
                ("date".into(), CustomValue::Text("2026-01-01".into())),
                ("text".into(), CustomValue::Text(text.into())),
            ]),
            changes: Vec::new(),
            activities: Vec::new(),
        }
    }

    fn activity(n: i64) -> ActivityRecord {
        let at = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().expect("an instant") + TimeDelta::nanoseconds(n);
        ActivityRecord { at, kind: ActivityKind::Call, subject: "a\nb".into(), body: None, actor: None, contact: None, key: n.to_string() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn everything_comes_back_as_it_was(
            numbers in prop::collection::vec((-1e9f64..1e9, ".{0,8}"), 1..60),
            entries in prop::collection::vec((any::<prop::sample::Index>(), 0.0..1.0f64), 0..80),
            span in 1usize..9,
        ) {
            let mut spill = Spill::default();
            let mut expected: Vec<DealRecord> = Vec::new();
            for (place, (number, text)) in numbers.iter().enumerate() {
                let deal = deal(place, *number, text);
                spill.push(&Spilled { deal: deal.clone(), pending: None }).expect("is written");
                expected.push(deal);
            }
            // Shorter spans than there would be.
            spill.span = span;
            spill.entries.resize_with(spill.count.div_ceil(span), || None);
            for (n, (of, probability)) in entries.iter().enumerate() {
                let place = of.index(expected.len());
                let activity = activity(n as i64);
                let change = ChangeRecord { at: activity.at, actor: None, change: FieldChange::Probability(Probability::saturating(*probability)) };
                spill.enter(place, &Entry::Activity(activity.clone())).expect("is written");
                spill.enter(place, &Entry::Change(change.clone())).expect("is written");
                expected[place].activities.push(activity);
                expected[place].changes.push(change);
            }
            let mut spans = spill.into_spans().expect("is read");
            let mut found = Vec::new();
            while let Some(some) = spans.next().expect("is read") {
                prop_assert!(some.len() <= span, "no more than a span is in memory");
                found.extend(some.into_iter().map(|spilled| spilled.deal));
            }
            prop_assert_eq!(found, expected);
        }
    }
}
