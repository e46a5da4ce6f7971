//! Rows of the deals file.

use std::{collections::HashMap, rc::Rc};

use crate::{
    domain::{
        Instant,
        deals::{CustomKind, CustomValue, Outcome},
        imports::{AccountRecord, ChangeRecord, DealRecord, FieldChange},
        money::Currency,
    },
    imports::{
        ImportError,
        binder::Binder,
        deal_fields::{Fields, Piece, Title},
        field_types::{self, FoundTypes},
        gathering::{Import, Known},
        mapping::Mapping,
        meanings::{self, Meanings, StageMeaning, outcome_of, stage_meaning},
        rejects::Rejects,
        spill::{Pending, Spilled},
        table::{Field, Row, Table},
        text::plural,
        values::{DuplicateIds, KnownField},
    },
};

/// Reads the rows of deals files, one file after the other.
pub(crate) struct DealReader<'m> {
    mapping: &'m Mapping,
    stages: &'m Meanings<StageMeaning>,
    outcomes: Meanings<Outcome>,
    found: FoundTypes,
    /// Rows of the files before this one.
    rows_before: u64,
    /// How often an id has come up.
    seen: HashMap<String, u32>,
    /// On which line of which file a good row has an id.
    taken: HashMap<String, (Rc<str>, u64)>,
    /// The file being read.
    file: Rc<str>,
    numbered: usize,
    open_with_close: usize,
}

impl<'m> DealReader<'m> {
    pub fn new(mapping: &'m Mapping, stages: &'m Meanings<StageMeaning>, found: FoundTypes) -> Result<Self, String> {
        Ok(Self {
            mapping,
            stages,
            outcomes: meanings::outcomes(mapping)?,
            found,
            rows_before: 0,
            seen: HashMap::new(),
            taken: HashMap::new(),
            file: Rc::from(""),
            numbered: 0,
            open_with_close: 0,
        })
    }

    /// Reads one file, the `file`th of the deals files. Returns how many rows it has.
    pub fn read(&mut self, table: &Table, file: usize, import: &mut Import, progress: &mut dyn FnMut(f64)) -> Result<usize, ImportError> {
        let mut binder = Binder::new(table, &self.mapping.deals.optional);
        let fields = Fields::bind(&mut binder, &self.mapping.deals, &self.found);
        import.note_unused(table, binder.finish(&self.mapping.deals.ignored)?);
        for (_, field) in &fields.custom {
            // A file may lack optional columns that another has.
            if !import.custom_fields.contains(field) {
                import.custom_fields.push(field.clone());
            }
        }
        self.file = table.name.as_str().into();
        let before = import.rejects.row_count();
        let (mut good, mut bad, mut left_out) = (0, 0, 0);
        let mut rows = table.rows()?;
        while let Some(row) = rows.next(&mut import.rejects)? {
            if (good + bad + left_out) % 1024 == 0 {
                progress(rows.done());
            }
            let id = fields.id.as_ref().and_then(|field| row.text(field)).unwrap_or_default().to_string();
            if !row.is_wanted(&fields.only) {
                left_out += 1;
                import.known.entry(id).or_insert(Known::LeftOut);
                continue;
            }
            for (lookup, text) in row.unmatched() {
                import.unmatched.entry(lookup.into()).or_default().insert(text.into());
            }
            match self.deal(&row, &fields, &mut import.rejects) {
                Some(deal) => {
                    good += 1;
                    let needs_history = deal.created_at.is_some()
                        && deal.closed_at.is_none()
                        && (fields.outcome.is_none() && fields.stage.is_none() || deal.outcome.is_closed());
                    import.known.insert(deal.external_id.clone(), Known::Deal(import.deals.len()));
                    import.deals.push(&Spilled { deal, pending: needs_history.then(|| Pending::new(file, &row)) })?;
                }
                None => {
                    bad += 1;
                    import.known.entry(id).or_insert(Known::Rejected);
                }
            }
        }
        import.note_left_out(table, left_out);
        // Rows that were unreadable as a whole count as well.
        let rejected = import.rejects.row_count() - before;
        if rejected > 0 && fields.id.is_none() {
            import.notes.push(format!(
                "{}: its rows have no ids; mend rejected ones in the file itself, so that they keep their place",
                table.name
            ));
        }
        self.rows_before += (good + left_out + rejected) as u64;
        Ok(good + left_out + rejected)
    }

    /// What was special about the files, for the notes.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.numbered > 0 {
            let (n, rows) = (self.numbered, plural(self.numbered, "row"));
            notes.push(format!("{n} {rows} with a repeated id became deals of their own: id#2, id#3 … by their order in the file"));
        }
        if self.open_with_close > 0 {
            let (n, deals) = (self.open_with_close, plural(self.open_with_close, "deal"));
            notes.push(format!("left out the closing date of {n} open {deals}"));
        }
        notes
    }

    /// The row as a deal; `None` when it went to the rejects.
    fn deal(&mut self, row: &Row, fields: &Fields, rejects: &mut Rejects) -> Option<DealRecord> {
        let external_id = self.external_id(row, fields);
        let deal = external_id.and_then(|id| self.record(row, fields, id));
        if row.is_rejected(rejects) {
            return None;
        }
        if let Some(deal) = &deal {
            self.taken.insert(deal.external_id.clone(), (Rc::clone(&self.file), row.line));
        }
        deal
    }

    fn external_id(&mut self, row: &Row, fields: &Fields) -> Option<String> {
        let Some(field) = &fields.id else { return Some((self.rows_before + row.number).to_string()) };
        let id = row.require(field, |text| Ok(text.to_string()))?;
        match self.mapping.deals.duplicate_ids {
            DuplicateIds::Reject => {
                if let Some((file, line)) = self.taken.get(&id) {
                    let place = if **file == *row.table.name { format!("line {line}") } else { format!("{file}, line {line}") };
                    row.fault(field, format!("{place} has this id already"));
                }
                Some(id)
            }
            DuplicateIds::Number => {
                // Bad rows count too: when one is mended, the others keep their numbers.
                let times = self.seen.entry(id.clone()).and_modify(|times| *times += 1).or_insert(1);
                if *times == 1 && !self.taken.contains_key(&id) {
                    return Some(id);
                }
                self.numbered += 1;
                let free = ((*times).max(2)..).map(|n| format!("{id}#{n}")).find(|numbered| !self.taken.contains_key(numbered));
                free.or(Some(id))
            }
        }
    }

    fn record(&mut self, row: &Row, fields: &Fields, external_id: String) -> Option<DealRecord> {
        let deals = &self.mapping.deals;
        let reading = &row.table.reading;
        let stage = fields.stage.as_ref().and_then(|field| self.stage(row, field));
        let outcome = self.outcome(row, fields, stage);
        let may_lack_date = deals.undated_open && outcome == Some(Outcome::Open);
        let created = fields.created_at.as_ref().and_then(|field| {
            let read = |text: &str| reading.dates.instant(text);
            if may_lack_date { row.parse(field, read) } else { row.require(field, read) }
        });
        let created_at = created.map(|when| when.at);
        let closed_at = self.closed_at(row, fields, created_at, outcome);
        let value = fields.value.as_ref().and_then(|field| row.parse(field, |text| reading.numbers.money(text)));
        let currency = self.currency(row, fields);
        let top = deals.probability_scale.top();
        let probability = fields.probability.as_ref().and_then(|field| row.parse(field, |text| reading.numbers.probability(text, top)));
        // One column for both: of a closed deal it tells the close.
        let told_by_close = deals.columns.expected_close == deals.columns.closed_at && outcome.is_some_and(Outcome::is_closed);
        let expected_close = fields.expected_close.as_ref().filter(|_| !told_by_close);
        let expected_close = expected_close.and_then(|field| row.parse(field, |text| reading.dates.date(text)));
        let sequence = fields.sequence.as_ref().and_then(|field| row.require(field, |text| reading.numbers.integer(text)));
        let custom = fields.custom.iter().filter_map(|(place, field)| Some((field.key.clone(), custom_value(row, *place, field.kind)?)));

        let mut deal = DealRecord {
            title: title(row, fields, &external_id),
            external_id,
            description: row.string(&fields.description).unwrap_or_default(),
            account: row.string(&fields.account).map(|name| AccountRecord { name, industry: row.string(&fields.industry) }),
            owner: row.string(&fields.owner),
            stage: stage.and_then(|place| self.mapping.pipeline.stages.get(place)).map(|stage| stage.name.clone()),
            value,
            currency,
            probability,
            expected_close,
            created_at,
            outcome: outcome.unwrap_or(Outcome::Open),
            closed_at,
            loss_reason: row.string(&fields.loss_reason),
            notes: row.string(&fields.notes),
            sequence,
            custom: custom.collect(),
            changes: Vec::new(),
            activities: Vec::new(),
        };
        deal.changes = created_at.map(|at| known_at_creation(&deal, at, &deals.known_at_creation)).unwrap_or_default();
        Some(deal)
    }

    /// The stage's place in the pipeline.
    fn stage(&self, row: &Row, field: &Field) -> Option<usize> {
        match row.parse(field, |text| stage_meaning(self.stages, text))? {
            StageMeaning::Stage(place) => Some(place),
            StageMeaning::Ignored => None,
        }
    }

    /// From the outcome column, else from the stage. `None` when neither tells it (yet) or the row is at fault.
    fn outcome(&self, row: &Row, fields: &Fields, stage: Option<usize>) -> Option<Outcome> {
        let of_stage = stage.and_then(|place| self.mapping.pipeline.stages.get(place)).map(|stage| outcome_of(stage.kind));
        let Some(field) = &fields.outcome else { return of_stage };
        let text = row.text(field).unwrap_or_else(|| row.column(field.place()));
        let Some(outcome) = self.outcomes.get(text).copied() else {
            let what = if text.is_empty() { "an empty outcome" } else { "not an outcome of the mapping" };
            row.fault(field, format!("{what} (known: {})", self.outcomes.known()));
            return None;
        };
        if let (Some(of_stage), Some(stage)) = (of_stage, &fields.stage)
            && of_stage.is_closed()
            && of_stage != outcome
        {
            row.fault(stage, format!("the stage says {}, the outcome says {}", of_stage.into_str(), outcome.into_str()));
        }
        Some(outcome)
    }

    fn closed_at(&mut self, row: &Row, fields: &Fields, created_at: Option<Instant>, outcome: Option<Outcome>) -> Option<Instant> {
        let field = fields.closed_at.as_ref()?;
        if outcome == Some(Outcome::Open) {
            let shared = self.mapping.deals.columns.expected_close == self.mapping.deals.columns.closed_at;
            self.open_with_close += usize::from(!shared && row.text(field).is_some());
            return None;
        }
        let dates = &row.table.reading.dates;
        let closed = row.parse(field, |text| dates.instant(text))?;
        let created = created_at?;
        // A deal closed on the day it was made, of which only the day is told.
        let closed_at = if closed.day == Some(dates.day_of(created)) { closed.at.max(created) } else { closed.at };
        if closed_at < created {
            row.fault(field, "closed before it was created");
        }
        Some(closed_at)
    }

    fn currency(&self, row: &Row, fields: &Fields) -> Currency {
        let read = |text: &str| Currency::new(text).ok_or_else(|| "not a currency code such as EUR".to_string());
        let told = fields.currency.as_ref().and_then(|field| row.parse(field, read));
        let Some(constant) = &self.mapping.deals.currency else {
            if let (Some(field), Some(value)) = (&fields.currency, &fields.value)
                && row.text(field).is_none()
                && row.text(value).is_some()
            {
                row.fault(field, "an amount without a currency");
            }
            return told.unwrap_or_default();
        };
        told.unwrap_or_else(|| constant.clone())
    }
}

fn title(row: &Row, fields: &Fields, id: &str) -> String {
    let title = match &fields.title {
        Title::Column(field) => row.text(field).unwrap_or_default().to_string(),
        Title::Template(pieces) => {
            let text = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Column(place) => row.value(*place).unwrap_or("unknown"),
            });
            text.collect()
        }
        Title::None => String::new(),
    };
    if title.is_empty() { format!("Deal {id}") } else { title }
}

fn custom_value(row: &Row, place: usize, kind: CustomKind) -> Option<CustomValue> {
    let reading = &row.table.reading;
    row.parse_column(place, |text| match kind {
        CustomKind::Numeric => reading.numbers.float(text).map(CustomValue::Number),
        CustomKind::Date => reading.dates.date(text).map(CustomValue::Date),
        CustomKind::Boolean => field_types::boolean(text).map(CustomValue::Bool),
        CustomKind::Category => Ok(CustomValue::Text(text.to_string())),
    })
}

fn known_at_creation(deal: &DealRecord, at: Instant, fields: &[KnownField]) -> Vec<ChangeRecord> {
    let changes = fields.iter().filter_map(|field| match field {
        KnownField::Stage => deal.stage.clone().map(FieldChange::Stage),
        KnownField::Value => deal.value.map(FieldChange::Value),
        KnownField::Probability => deal.probability.map(FieldChange::Probability),
        KnownField::ExpectedClose => deal.expected_close.map(FieldChange::CloseDate),
        KnownField::Owner => deal.owner.clone().map(FieldChange::Owner),
    });
    changes.map(|change| ChangeRecord { at, actor: None, change }).collect()
}
