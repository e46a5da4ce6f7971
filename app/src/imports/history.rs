//! Rows of the activities and the stage history files: what happened to deals already read.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use crate::{
    domain::{
        Instant,
        deals::ActivityKind,
        imports::{ActivityRecord, ChangeRecord, FieldChange},
        probability::Probability,
    },
    imports::{
        ImportError,
        binder::Binder,
        gathering::{Import, Known},
        mapping::{Activities, Mapping, StageHistory},
        meanings::{self, Meanings, StageMeaning, stage_meaning},
        spill::Entry,
        table::{Field, Only, Row, Table},
    },
};

/// The deal that a row speaks of; a deal that is not there is a fault of the row, one left out on purpose is not.
fn deal_of(row: &Row, field: &Field, import: &Import) -> Option<Known> {
    row.require(field, |id| match import.known.get(id) {
        Some(Known::Rejected) => Err("the row of this deal was rejected".into()),
        Some(known) => Ok(*known),
        None => Err("no deal has this id".into()),
    })
}

/// Goes through a file's rows and gives their deals what `read` makes of them. `entries` makes a row's entries, and tells whether it was
/// taken as a whole.
fn each_row<T>(
    table: &Table,
    (deal, only): (&Field, &Only),
    import: &mut Import,
    progress: &mut dyn FnMut(f64),
    mut read: impl FnMut(&Row, Option<Known>) -> Option<T>,
    entries: impl Fn(T) -> (Vec<Entry>, bool),
) -> Result<(), ImportError> {
    let (mut rows, mut count, mut left_out) = (table.rows()?, 0usize, 0);
    while let Some(row) = rows.next(&mut import.rejects)? {
        if count.is_multiple_of(1024) {
            progress(rows.done());
        }
        count += 1;
        if !row.is_wanted(only) {
            left_out += 1;
            continue;
        }
        let deal = deal_of(&row, deal, import);
        let entry = read(&row, deal);
        if row.is_rejected(&mut import.rejects) {
            continue;
        }
        let taken = match (deal, entry) {
            (Some(Known::Deal(deal)), Some(entry)) => {
                let (entries, taken) = entries(entry);
                entries.iter().try_for_each(|entry| import.deals.enter(deal, entry))?;
                taken
            }
            _ => false,
        };
        left_out += usize::from(!taken);
    }
    import.note_empty(table, count);
    import.note_left_out(table, left_out);
    Ok(())
}

fn instant(row: &Row, field: &Field) -> Option<Instant> {
    row.require(field, |text| row.table.reading.dates.instant(text)).map(|when| when.at)
}

struct ActivityFields {
    deal: Field,
    at: Field,
    id: Option<Field>,
    kind: Option<Field>,
    subject: Option<Field>,
    body: Option<Field>,
    actor: Option<Field>,
    contact: Option<Field>,
    only: Only,
}

/// Reads the rows of activities files, one file after the other.
pub(crate) struct ActivityReader<'m> {
    activities: &'m Activities,
    kinds: Meanings<ActivityKind>,
    /// How often an activity without an id of its own has come up for a deal.
    seen: HashMap<(usize, [u8; 16]), u32>,
    ids: HashSet<(usize, String)>,
}

impl<'m> ActivityReader<'m> {
    pub fn new(mapping: &Mapping, activities: &'m Activities) -> Result<Self, String> {
        Ok(Self { activities, kinds: meanings::kinds(mapping)?, seen: HashMap::new(), ids: HashSet::new() })
    }

    pub fn read(&mut self, table: &Table, import: &mut Import, progress: &mut dyn FnMut(f64)) -> Result<(), ImportError> {
        let mut binder = Binder::new(table, &self.activities.optional);
        let columns = &self.activities.columns;
        let fields = ActivityFields {
            deal: binder.field(&columns.deal),
            at: binder.field(&columns.at),
            id: binder.needed(&columns.id),
            kind: if self.activities.default_kind.is_some() { binder.optional(&columns.kind) } else { binder.needed(&columns.kind) },
            subject: binder.optional(&columns.subject),
            body: binder.optional(&columns.body),
            actor: binder.optional(&columns.actor),
            contact: binder.optional(&columns.contact),
            only: binder.only(&self.activities.only),
        };
        import.note_unused(table, binder.finish(&self.activities.ignored)?);
        let entries = |activity| (vec![Entry::Activity(activity)], true);
        each_row(table, (&fields.deal, &fields.only), import, progress, |row, deal| self.activity(row, &fields, deal), entries)
    }

    fn activity(&mut self, row: &Row, fields: &ActivityFields, deal: Option<Known>) -> Option<ActivityRecord> {
        let at = instant(row, &fields.at);
        let value = fields.kind.as_ref().and_then(|field| row.text(field)).unwrap_or_default();
        let kind = self.kinds.get(value).copied().or(self.activities.default_kind);
        if let (None, Some(field)) = (kind, &fields.kind) {
            row.fault(field, format!("not a kind of activity of the mapping (known: {}); add it to activities.kinds", self.kinds.known()));
        }
        let (at, kind, Some(Known::Deal(deal))) = (at?, kind?, deal) else { return None };
        let mut activity = ActivityRecord {
            at,
            kind,
            subject: row.string(&fields.subject).unwrap_or_default(),
            body: row.string(&fields.body),
            actor: row.string(&fields.actor),
            contact: row.string(&fields.contact),
            key: String::new(),
        };
        activity.key = match &fields.id {
            Some(field) => self.own_id(row, field, deal)?,
            None => self.made_key(&activity, value, deal),
        };
        if activity.subject.is_empty() {
            activity.subject = subject(value, kind);
        }
        Some(activity)
    }

    fn own_id(&mut self, row: &Row, field: &Field, deal: usize) -> Option<String> {
        let id = row.require(field, |text| Ok(text.to_string()))?;
        if !self.ids.insert((deal, id.clone())) {
            row.fault(field, "an earlier activity of the deal has this id already");
        }
        Some(id)
    }

    /// A hash of what the source tells of the activity, and which one of several like it in the file it is: the same file
    /// gives the same keys again, and rows that are alike stay apart.
    fn made_key(&mut self, activity: &ActivityRecord, kind: &str, deal: usize) -> String {
        let mut hash = Sha256::new();
        hash.update(activity.at.timestamp_micros().to_le_bytes());
        let texts =
            [Some(kind), Some(activity.subject.as_str()), activity.body.as_deref(), activity.actor.as_deref(), activity.contact.as_deref()];
        for text in texts.map(Option::unwrap_or_default) {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        let times = self.seen.entry((deal, short)).and_modify(|times| *times += 1).or_insert(1);
        let key = hex::encode(short);
        if *times == 1 { key } else { format!("{key}#{times}") }
    }
}

/// A subject where the source has none: its kind in words.
fn subject(value: &str, kind: ActivityKind) -> String {
    let words = value.replace('_', " ");
    let mut letters = words.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => kind.label().into(),
    }
}

struct StageFields {
    deal: Field,
    at: Field,
    stage: Field,
    actor: Option<Field>,
    value: Option<Field>,
    probability: Option<Field>,
    expected_close: Option<Field>,
    only: Only,
}

/// Reads the rows of one stage history file.
pub(crate) fn read_stages(
    mapping: &Mapping,
    history: &StageHistory,
    stages: &Meanings<StageMeaning>,
    table: &Table,
    import: &mut Import,
    progress: &mut dyn FnMut(f64),
) -> Result<(), ImportError> {
    let mut binder = Binder::new(table, &history.optional);
    let columns = &history.columns;
    let fields = StageFields {
        deal: binder.field(&columns.deal),
        at: binder.field(&columns.at),
        stage: binder.field(&columns.stage),
        actor: binder.optional(&columns.actor),
        value: binder.optional(&columns.value),
        probability: binder.optional(&columns.probability),
        expected_close: binder.optional(&columns.expected_close),
        only: binder.only(&history.only),
    };
    import.note_unused(table, binder.finish(&history.ignored)?);
    let read = |row: &Row, _| {
        let at = instant(row, &fields.at);
        let stage = row.require(&fields.stage, |text| stage_meaning(stages, text));
        let snapshot = Snapshot::read(row, &fields, mapping);
        Some((at?, stage?, snapshot, row.string(&fields.actor)))
    };
    let entries = |(at, stage, snapshot, actor): (Instant, StageMeaning, Snapshot, Option<String>)| {
        let stage = match stage {
            StageMeaning::Stage(place) => mapping.pipeline.stages.get(place).map(|stage| FieldChange::Stage(stage.name.clone())),
            StageMeaning::Ignored => None,
        };
        let is_stage = stage.is_some();
        let changes = stage.into_iter().chain(snapshot.changes());
        (changes.map(|change| Entry::Change(ChangeRecord { at, actor: actor.clone(), change })).collect(), is_stage)
    };
    each_row(table, (&fields.deal, &fields.only), import, progress, read, entries)
}

/// The other fields that a source writes along with a stage entry.
struct Snapshot {
    value: Option<Decimal>,
    probability: Option<Probability>,
    expected_close: Option<chrono::NaiveDate>,
}

impl Snapshot {
    fn read(row: &Row, fields: &StageFields, mapping: &Mapping) -> Self {
        let reading = &row.table.reading;
        let top = mapping.deals.probability_scale.top();
        Self {
            value: fields.value.as_ref().and_then(|field| row.parse(field, |text| reading.numbers.money(text))),
            probability: fields.probability.as_ref().and_then(|field| row.parse(field, |text| reading.numbers.probability(text, top))),
            expected_close: fields.expected_close.as_ref().and_then(|field| row.parse(field, |text| reading.dates.date(text))),
        }
    }

    fn changes(self) -> impl Iterator<Item = FieldChange> {
        let value = self.value.map(FieldChange::Value);
        let probability = self.probability.map(FieldChange::Probability);
        let expected_close = self.expected_close.map(FieldChange::CloseDate);
        value.into_iter().chain(probability).chain(expected_close)
    }
}
