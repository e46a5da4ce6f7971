//! One transaction's worth of records: new deals are added, known ones brought up to date.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use uuid::Uuid;

use super::{
    closed_from::closed_from,
    columns::{Resolved, closed_like, columns, differs},
};
use crate::{
    domain::{
        Instant,
        deals::Outcome,
        ids::{DealId, UserId},
        imports::{DealRecord, SourceRecord},
    },
    services::jobs::Job,
    store::{
        StoreError, alerts,
        deals::history::{self, EventKind, NewEvent},
        entity::{activity, deal},
        imports::{self, Directory, Recorded},
        scoring::{predictions, score_key, scores},
        similarity::embeddings,
        summaries::{self, Kind, UNDATED},
    },
};

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IngestReport {
    pub imported: u64,
    pub updated: u64,
    pub unchanged: u64,
}

/// One transaction's worth of deals.
pub(super) struct Chunk<'a> {
    pub source: &'a SourceRecord,
    pub directory: &'a mut Directory,
    pub now: Instant,
    pub report: &'a mut IngestReport,
}

/// Rows to insert, gathered over a chunk.
#[derive(Default)]
pub(super) struct Rows {
    deals: Vec<deal::ActiveModel>,
    pub events: Vec<NewEvent>,
    pub activities: Vec<activity::ActiveModel>,
    to_embed: Vec<DealId>,
    /// Known deals of which anything is new.
    changed: Vec<DealId>,
    /// Known deals whose outcome or close changed.
    stale: Vec<DealId>,
    /// Known deals that belong to somebody else now.
    moved: Vec<DealId>,
    /// Of these, those that were open before.
    closed: Vec<DealId>,
    /// And those that were closed before: they ended otherwise, or at another time.
    corrected: Vec<DealId>,
    /// When deals closed that are new or told otherwise, before and now.
    closes: BTreeSet<Option<Instant>>,
    /// The first day of whose state something else is told now than before; [`UNDATED`] of all time.
    told_otherwise: Option<NaiveDate>,
}

/// A deal as it arrives, and what is known of it already.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub id: DealId,
    pub record: &'a DealRecord,
    pub account: Option<Uuid>,
    pub owner: Option<UserId>,
    pub known: Option<(&'a deal::Model, &'a Recorded)>,
}

impl Chunk<'_> {
    /// Writes records, with all that follows from them.
    pub async fn write(mut self, tx: &impl ConnectionTrait, records: &[DealRecord]) -> Result<(), StoreError> {
        let existing = imports::existing(tx, &self.source.name, records.iter().map(|record| record.external_id.as_str()).collect()).await?;
        let ids: Vec<DealId> = existing.values().map(|row| DealId(row.id)).collect();
        let recorded = imports::recorded(tx, &ids).await?;
        let nothing = Recorded::default();
        let mut rows = Rows::default();
        for record in records {
            let resolved = self.resolve(tx, record).await?;
            match existing.get(&record.external_id) {
                None => {
                    self.add(tx, record, resolved, &mut rows).await?;
                    self.report.imported += 1;
                }
                Some(row) => {
                    let recorded = recorded.get(&DealId(row.id)).unwrap_or(&nothing);
                    if self.update(tx, record, resolved, row, recorded, &mut rows).await? {
                        self.report.updated += 1;
                    } else {
                        self.report.unchanged += 1;
                    }
                }
            }
        }
        let news = !rows.deals.is_empty() || !rows.changed.is_empty();
        imports::insert_deals(tx, rows.deals).await?;
        history::append(tx, rows.events, self.now).await?;
        imports::insert_activities(tx, rows.activities).await?;
        imports::request_embeddings(tx, &rows.to_embed).await?;
        scores::touch(tx, &rows.changed).await?;
        if news {
            // What other deals came to is part of every score.
            score_key::begin_epoch(tx).await?;
            Job::Embed.put(tx, self.now).await?;
            Job::Score.put(tx, self.now).await?;
            Job::Count.put(tx, self.now).await?;
        }
        summaries::mark_closes(tx, &rows.stale, rows.closes).await?;
        summaries::mark(tx, Kind::Accuracy, rows.told_otherwise).await?;
        predictions::correct(tx, &rows.corrected).await?;
        predictions::record(tx, &rows.closed).await?;
        alerts::resolve_of_deals(tx, &rows.closed, self.now).await?;
        embeddings::mark_stale(tx, &rows.stale).await?;
        embeddings::mark_stale(tx, &rows.moved).await
    }

    async fn resolve(&mut self, tx: &impl ConnectionTrait, record: &DealRecord) -> Result<Resolved, StoreError> {
        let account = match &record.account {
            Some(account) => Some(self.directory.account(tx, account).await?),
            None => None,
        };
        let owner = match &record.owner {
            Some(name) => Some(self.directory.person(tx, name).await?),
            None => None,
        };
        let team = owner.and_then(|owner| owner.team).unwrap_or(self.directory.default_team());
        let stage = record.stage.as_deref().and_then(|name| self.directory.stage(name)).map(|stage| stage.0);
        Ok(Resolved { account, owner: owner.map(|owner| owner.id), team: team.0, stage })
    }

    async fn add(&mut self, tx: &impl ConnectionTrait, record: &DealRecord, resolved: Resolved, rows: &mut Rows) -> Result<(), StoreError> {
        let id = DealId::new();
        let created =
            NewEvent { deal: id, at: record.created_at, actor: None, kind: EventKind::Created, field: None, old: None, new: None };
        rows.events.push(created);
        self.history(tx, &Arrival { id, record, account: resolved.account, owner: resolved.owner, known: None }, rows).await?;
        if self.source.embed {
            rows.to_embed.push(id);
        }
        let mut row = columns(record, &resolved, closed_from(self.directory, record, None))?;
        row.id = Set(id.0);
        row.source = Set(self.source.name.clone());
        row.external_id = Set(record.external_id.clone());
        row.pipeline_id = Set(self.directory.pipeline.0);
        row.recorded_at = Set(self.now);
        row.version = Set(1);
        rows.deals.push(row);
        if record.outcome.is_closed() {
            rows.closes.insert(record.closed_at);
        }
        Ok(())
    }

    /// Brings a known deal up to date; tells whether anything was new.
    async fn update(
        &mut self,
        tx: &impl ConnectionTrait,
        record: &DealRecord,
        resolved: Resolved,
        row: &deal::Model,
        recorded: &Recorded,
        rows: &mut Rows,
    ) -> Result<bool, StoreError> {
        // What people closed here stays closed, whatever an older export says.
        let reopened = record.outcome == Outcome::Open && row.outcome != Outcome::Open;
        let record = if reopened { &closed_like(record, row) } else { record };
        let resolved = if reopened { Resolved { stage: row.stage_id, ..resolved } } else { resolved };
        let (events, activities) = (rows.events.len(), rows.activities.len());
        let arrival =
            Arrival { id: DealId(row.id), record, account: resolved.account, owner: resolved.owner, known: Some((row, recorded)) };
        self.history(tx, &arrival, rows).await?;
        let new_history = rows.events.len() > events || rows.activities.len() > activities;
        let from = if reopened { row.closed_from_stage_id } else { closed_from(self.directory, record, Some((row, recorded))) };
        let mut change = columns(record, &resolved, from)?;
        let differs = differs(row, &change);
        if differs {
            let text_changed = change.title.as_ref() != &row.title
                || change.description.as_ref() != &row.description
                || change.notes.as_ref() != &row.notes;
            if self.source.embed && text_changed {
                rows.to_embed.push(DealId(row.id));
            }
            if change.owner_id.as_ref() != &row.owner_id || change.team_id.as_ref() != &row.team_id {
                rows.moved.push(DealId(row.id));
            }
            if change.outcome.as_ref() != &row.outcome || change.closed_at.as_ref() != &row.closed_at {
                rows.stale.push(DealId(row.id));
                if row.outcome == Outcome::Open {
                    // It no longer ranks among the open ones.
                    (change.health, change.revenue_at_risk) = (Set(None), Set(None));
                    rows.closed.push(DealId(row.id));
                } else {
                    rows.corrected.push(DealId(row.id));
                }
            }
            let closes = [(row.outcome != Outcome::Open, row.closed_at), (record.outcome.is_closed(), record.closed_at)];
            rows.closes.extend(closes.into_iter().filter(|(closed, _)| *closed).map(|(_, at)| at));
            imports::update_deal(tx, DealId(row.id), row.version, change.clone()).await?;
        }
        let first = rows.events.get(events..).unwrap_or_default().iter().filter_map(|event| first_day_told(event, row, recorded)).min();
        let of_all_time = change_of_all_time(row, &change).then_some(UNDATED);
        rows.told_otherwise = rows.told_otherwise.into_iter().chain(first).chain(of_all_time).min();
        if differs || new_history {
            rows.changed.push(DealId(row.id));
        }
        Ok(differs || new_history)
    }
}

/// The first day of which a new event of a known deal tells something else that forecasts are judged by. Where nothing of its kind was
/// known before, what held until then is told by it too. Closes are marked by themselves.
fn first_day_told(event: &NewEvent, row: &deal::Model, recorded: &Recorded) -> Option<NaiveDate> {
    if !matches!(event.kind, EventKind::Stage | EventKind::Value | EventKind::CloseDate) {
        return None;
    }
    let Some(at) = event.at else { return Some(UNDATED) };
    let known_before = recorded.events.iter().any(|(kind, earlier, _)| *kind == event.kind && *earlier < at);
    let from = if known_before { Some(at) } else { row.created_at.filter(|created| *created < at) };
    Some(from.map_or(UNDATED, |from| from.date_naive()))
}

/// Whether a change of a known deal is one of all its time: it has no date of its own.
fn change_of_all_time(row: &deal::Model, change: &deal::ActiveModel) -> bool {
    change.team_id.as_ref() != &row.team_id || change.currency.as_ref() != &row.currency || change.created_at.as_ref() != &row.created_at
}
