//! Writing a source's deals with their history: new ones are added, known ones brought up to date, and a second run of the
//! same data changes nothing.

mod closed_from;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rust_decimal::Decimal;
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use thiserror::Error;
use uuid::Uuid;

use self::closed_from::closed_from;
use crate::{
    domain::{
        Instant,
        deals::{CustomValue, Outcome},
        ids::{DealId, UserId},
        imports::{DealRecord, FieldChange, SourceRecord},
    },
    services::{
        Progress, ServiceError,
        clock::Clock,
        jobs::{Job, Jobs},
    },
    store::{
        Store, StoreError,
        deals::history::{self, EventKind, NewEvent},
        entity::{activity, deal},
        imports::{self, Directory, Recorded},
        json,
        scoring::{predictions, scores},
        similarity::embeddings,
        summaries::{self, Kind, UNDATED},
    },
};

/// Bringing records in.
#[derive(Clone)]
pub struct Imports {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) jobs: Jobs,
}

/// Imports run one after the other: two would both add the account, the person or the field that neither found.
const LEASE: &str = "import";
/// Deals written in one transaction.
const CHUNK: usize = 2_000;
/// Team of people who first appear in imported data.
const DEFAULT_TEAM: &str = "Sales";

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IngestReport {
    pub imported: u64,
    pub updated: u64,
    pub unchanged: u64,
}

#[derive(Debug, Error)]
pub enum IngestError {
    #[error("custom field {key:?} is {existing} in this workspace, but the mapping says {wanted}; change the mapping")]
    FieldKind { key: String, existing: &'static str, wanted: &'static str },
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StoreError> for IngestError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl From<sea_orm::DbErr> for IngestError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Service(error.into())
    }
}

impl Imports {
    /// Writes `deals` of `source`, a few thousand to a transaction. Embedding them is left to the backlog.
    pub async fn ingest(&self, source: &SourceRecord, deals: Vec<DealRecord>, progress: Progress<'_>) -> Result<IngestReport, IngestError> {
        let total = deals.len() as u64;
        let mut deals = deals.into_iter();
        let next = || {
            let some: Vec<DealRecord> = deals.by_ref().take(CHUNK).collect();
            Ok((!some.is_empty()).then_some(some))
        };
        self.ingest_each(source, total, next, progress).await
    }

    /// [`Imports::ingest`] of about `total` deals that `next` gives a few thousand at a time, until there are none.
    pub async fn ingest_each<E: From<IngestError>>(
        &self,
        source: &SourceRecord,
        total: u64,
        mut next: impl FnMut() -> Result<Option<Vec<DealRecord>>, E>,
        progress: Progress<'_>,
    ) -> Result<IngestReport, E> {
        let work = async |store| Ok(Self { store, ..self.clone() }.ingest_now(source, total, &mut next, progress).await);
        let done = self.jobs.with_lease_in_turn(LEASE, work).await.map_err(IngestError::from)?;
        done.unwrap_or_else(|| {
            Err(IngestError::from(ServiceError::Busy("Another import is running; start this one when it has ended.".into())).into())
        })
    }

    async fn ingest_now<E: From<IngestError>>(
        &self,
        source: &SourceRecord,
        total: u64,
        next: &mut impl FnMut() -> Result<Option<Vec<DealRecord>>, E>,
        progress: Progress<'_>,
    ) -> Result<IngestReport, E> {
        let mut writing = self.begin_ingest(source).await?;
        while let Some(deals) = next()? {
            for chunk in deals.chunks(CHUNK) {
                self.ingest_chunk(&mut writing, source, chunk).await?;
                let IngestReport { imported, updated, unchanged } = writing.report;
                progress(imported + updated + unchanged, total, "deals written");
            }
        }
        self.store.analyze().await.map_err(IngestError::from)?;
        self.jobs.wake_jobs();
        Ok(writing.report)
    }

    async fn begin_ingest(&self, source: &SourceRecord) -> Result<Ingest, IngestError> {
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        if let Some((field, existing)) = imports::define_custom_fields(&tx, &source.custom_fields).await? {
            return Err(IngestError::FieldKind { key: field.key, existing: existing.into_str(), wanted: field.kind.into_str() });
        }
        let directory = Directory::load(&tx, &source.pipeline, DEFAULT_TEAM, now).await?;
        tx.commit().await?;
        Ok(Ingest { directory, now, report: IngestReport::default() })
    }

    async fn ingest_chunk(&self, ingest: &mut Ingest, source: &SourceRecord, chunk: &[DealRecord]) -> Result<(), IngestError> {
        let tx = self.store.begin_write().await?;
        let Ingest { directory, now, report } = ingest;
        Chunk { source, directory, now: *now, report }.write(&tx, chunk).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// An import under way.
struct Ingest {
    directory: Directory,
    now: Instant,
    report: IngestReport,
}

/// One transaction's worth of deals.
struct Chunk<'a> {
    source: &'a SourceRecord,
    directory: &'a mut Directory,
    now: Instant,
    report: &'a mut IngestReport,
}

/// Rows to insert, gathered over a chunk.
#[derive(Default)]
struct Rows {
    deals: Vec<deal::ActiveModel>,
    events: Vec<NewEvent>,
    activities: Vec<activity::ActiveModel>,
    to_embed: Vec<DealId>,
    /// Known deals of which anything is new.
    changed: Vec<DealId>,
    /// Known deals whose outcome or close changed.
    stale: Vec<DealId>,
    /// Known deals that were open before.
    closed: Vec<DealId>,
    /// When deals closed that are new or told otherwise, before and now.
    closes: BTreeSet<Option<Instant>>,
}

/// A record with its names looked up.
struct Resolved {
    account: Option<Uuid>,
    owner: Option<UserId>,
    team: Uuid,
    stage: Option<Uuid>,
}

/// A deal as it arrives, and what is known of it already.
#[derive(Clone, Copy)]
struct Arrival<'a> {
    id: DealId,
    record: &'a DealRecord,
    account: Option<Uuid>,
    owner: Option<UserId>,
    known: Option<(&'a deal::Model, &'a Recorded)>,
}

impl Chunk<'_> {
    async fn write(mut self, tx: &impl ConnectionTrait, records: &[DealRecord]) -> Result<(), StoreError> {
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
            scores::begin_epoch(tx).await?;
            Job::Embed.put(tx, self.now).await?;
            Job::Score.put(tx, self.now).await?;
            Job::Count.put(tx, self.now).await?;
        }
        summaries::mark_closes(tx, rows.closes).await?;
        if !rows.changed.is_empty() {
            // What was known of them at any time in the past may have changed.
            summaries::mark(tx, Kind::Accuracy, [UNDATED]).await?;
        }
        predictions::record(tx, &rows.closed).await?;
        embeddings::mark_stale(tx, &rows.stale).await
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
        let before = rows.events.len() + rows.activities.len();
        let arrival =
            Arrival { id: DealId(row.id), record, account: resolved.account, owner: resolved.owner, known: Some((row, recorded)) };
        self.history(tx, &arrival, rows).await?;
        let new_history = rows.events.len() + rows.activities.len() > before;
        let from = if reopened { row.closed_from_stage_id } else { closed_from(self.directory, record, Some((row, recorded))) };
        let change = columns(record, &resolved, from)?;
        let differs = differs(row, &change);
        if differs {
            let text_changed = change.title.as_ref() != &row.title
                || change.description.as_ref() != &row.description
                || change.notes.as_ref() != &row.notes;
            if self.source.embed && text_changed {
                rows.to_embed.push(DealId(row.id));
            }
            if change.outcome.as_ref() != &row.outcome || change.closed_at.as_ref() != &row.closed_at {
                rows.stale.push(DealId(row.id));
                if record.outcome.is_closed() && row.outcome == Outcome::Open {
                    rows.closed.push(DealId(row.id));
                }
            }
            let closes = [(row.outcome != Outcome::Open, row.closed_at), (record.outcome.is_closed(), record.closed_at)];
            rows.closes.extend(closes.into_iter().filter(|(closed, _)| *closed).map(|(_, at)| at));
            imports::update_deal(tx, DealId(row.id), row.version, change).await?;
        }
        if differs || new_history {
            rows.changed.push(DealId(row.id));
        }
        Ok(differs || new_history)
    }

    /// Events and activities that are not recorded yet.
    async fn history(&mut self, tx: &impl ConnectionTrait, arrival: &Arrival<'_>, rows: &mut Rows) -> Result<(), StoreError> {
        let Arrival { id, record, account, known, .. } = *arrival;
        let nothing = Recorded::default();
        let recorded = known.map_or(&nothing, |(_, recorded)| recorded);
        let mut newest = recorded.newest.clone();
        if let Some((row, _)) = known {
            for (kind, value) in state_of(row) {
                newest.entry(kind).or_insert(value);
            }
        }
        let mut seen: HashSet<(EventKind, Instant, Option<String>)> = HashSet::new();
        for change in &record.changes {
            let (kind, new) = self.stored(tx, &change.change).await?;
            let key = (kind, change.at, Some(new.clone()));
            if recorded.events.contains(&key) || !seen.insert(key) {
                continue;
            }
            let actor = self.actor(tx, change.actor.as_deref()).await?;
            let old = newest.insert(kind, Some(new.clone())).flatten();
            rows.events.push(NewEvent { deal: id, at: Some(change.at), actor, kind, field: None, old, new: Some(new) });
        }
        self.close_the_gap(arrival, &newest, rows);
        self.changed_fields(arrival, rows)?;
        for activity in record.activities.iter().filter(|activity| !recorded.activities.contains(&activity.key)) {
            let actor = self.actor(tx, activity.actor.as_deref()).await?;
            let contact = match &activity.contact {
                Some(name) => Some(self.directory.contact(tx, account, name).await?),
                None => None,
            };
            rows.activities.push(activity::ActiveModel {
                id: Set(Uuid::now_v7()),
                deal_id: Set(id.0),
                key: Set(activity.key.clone()),
                at: Set(activity.at),
                kind: Set(activity.kind),
                subject: Set(activity.subject.clone()),
                body: Set(activity.body.clone()),
                actor_id: Set(actor.map(|actor| actor.0)),
                contact_id: Set(contact),
            });
        }
        Ok(())
    }

    /// Where the newest state is not what the history ends with, the difference was learned at the close, or now.
    fn close_the_gap(&self, arrival: &Arrival, newest: &HashMap<EventKind, Option<String>>, rows: &mut Rows) {
        let record = arrival.record;
        // The state an undated deal arrives in holds from the start and needs no event.
        if record.created_at.is_none() && arrival.known.is_none() {
            return;
        }
        let at = record.closed_at.unwrap_or(self.now);
        let stage = record.stage.as_deref().and_then(|name| self.directory.stage(name)).map(|stage| stage.to_string());
        let state = [
            (EventKind::Stage, stage),
            (EventKind::Value, record.value.map(plain)),
            (EventKind::Probability, record.probability.map(|p| p.get().to_string())),
            (EventKind::CloseDate, record.expected_close.map(|date| date.to_string())),
            (EventKind::Owner, arrival.owner.map(|owner| owner.to_string())),
            (EventKind::Outcome, record.outcome.is_closed().then(|| record.outcome.into_str().into())),
        ];
        for (kind, new) in state {
            let old = newest.get(&kind).cloned().flatten();
            // An open deal has no outcome to record, and a closed one is not opened again by an import.
            if old != new && !(kind == EventKind::Outcome && new.is_none()) {
                rows.events.push(NewEvent { deal: arrival.id, at: Some(at), actor: None, kind, field: None, old, new });
            }
        }
    }

    /// Custom fields of a known deal that differ from what is stored: they changed at the close, or now.
    fn changed_fields(&self, arrival: &Arrival, rows: &mut Rows) -> Result<(), StoreError> {
        let Some((row, _)) = arrival.known else { return Ok(()) };
        let before: BTreeMap<String, CustomValue> = json::read("deal.custom", row.custom.clone())?;
        let after = &arrival.record.custom;
        let at = arrival.record.closed_at.unwrap_or(self.now);
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let text = |value: Option<&CustomValue>| value.map(|value| json::write_text("deal_event.new", value)).transpose();
        for key in keys.into_iter().filter(|key| before.get(*key) != after.get(*key)) {
            let (old, new) = (text(before.get(key))?, text(after.get(key))?);
            let (kind, field) = (EventKind::Field, Some(key.clone()));
            rows.events.push(NewEvent { deal: arrival.id, at: Some(at), actor: None, kind, field, old, new });
        }
        Ok(())
    }

    async fn stored(&mut self, tx: &impl ConnectionTrait, change: &FieldChange) -> Result<(EventKind, String), StoreError> {
        Ok(match change {
            FieldChange::Stage(name) => {
                (EventKind::Stage, self.directory.stage(name).map_or_else(|| name.clone(), |stage| stage.to_string()))
            }
            FieldChange::Value(value) => (EventKind::Value, plain(*value)),
            FieldChange::Probability(probability) => (EventKind::Probability, probability.get().to_string()),
            FieldChange::CloseDate(date) => (EventKind::CloseDate, date.to_string()),
            FieldChange::Owner(name) => (EventKind::Owner, self.directory.person(tx, name).await?.id.to_string()),
        })
    }

    async fn actor(&mut self, tx: &impl ConnectionTrait, name: Option<&str>) -> Result<Option<UserId>, StoreError> {
        Ok(match name {
            Some(name) => Some(self.directory.person(tx, name).await?.id),
            None => None,
        })
    }
}

/// The state of a stored deal, as history would tell it.
fn state_of(row: &deal::Model) -> [(EventKind, Option<String>); 6] {
    [
        (EventKind::Stage, row.stage_id.map(|stage| stage.to_string())),
        (EventKind::Value, row.value.map(plain)),
        (EventKind::Probability, row.rep_probability.map(|p| p.to_string())),
        (EventKind::CloseDate, row.expected_close.map(|date| date.to_string())),
        (EventKind::Owner, row.owner_id.map(|owner| owner.to_string())),
        (EventKind::Outcome, Some(row.outcome.into_str().to_owned())),
    ]
}

/// A decimal as history stores it: no trailing zeros, so that equal amounts read equal.
fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

/// The columns that a source decides; identity and scores are left alone.
fn columns(record: &DealRecord, resolved: &Resolved, closed_from: Option<Uuid>) -> Result<deal::ActiveModel, StoreError> {
    Ok(deal::ActiveModel {
        title: Set(record.title.clone()),
        description: Set(record.description.clone()),
        notes: Set(record.notes.clone()),
        account_id: Set(resolved.account),
        owner_id: Set(resolved.owner.map(|owner| owner.0)),
        team_id: Set(Some(resolved.team)),
        stage_id: Set(resolved.stage),
        value: Set(record.value.map(|value| value.round_dp(4))),
        currency: Set(record.currency.code().into()),
        rep_probability: Set(record.probability.map(f64::from)),
        expected_close: Set(record.expected_close),
        created_at: Set(record.created_at),
        closed_at: Set(record.closed_at),
        outcome: Set(record.outcome),
        loss_reason: Set(record.loss_reason.clone()),
        closed_from_stage_id: Set(closed_from),
        sequence: Set(record.sequence),
        custom: Set(json::write("deal.custom", &record.custom)?),
        ..Default::default()
    })
}

fn differs(row: &deal::Model, change: &deal::ActiveModel) -> bool {
    change.title.as_ref() != &row.title
        || change.description.as_ref() != &row.description
        || change.notes.as_ref() != &row.notes
        || change.account_id.as_ref() != &row.account_id
        || change.owner_id.as_ref() != &row.owner_id
        || change.team_id.as_ref() != &row.team_id
        || change.stage_id.as_ref() != &row.stage_id
        || change.value.as_ref() != &row.value
        || change.currency.as_ref() != &row.currency
        || change.rep_probability.as_ref() != &row.rep_probability
        || change.expected_close.as_ref() != &row.expected_close
        || change.created_at.as_ref() != &row.created_at
        || change.closed_at.as_ref() != &row.closed_at
        || change.outcome.as_ref() != &row.outcome
        || change.loss_reason.as_ref() != &row.loss_reason
        || change.closed_from_stage_id.as_ref() != &row.closed_from_stage_id
        || change.sequence.as_ref() != &row.sequence
        || change.custom.as_ref() != &row.custom
}

/// `record` with the outcome that was recorded here.
fn closed_like(record: &DealRecord, row: &deal::Model) -> DealRecord {
    DealRecord {
        outcome: row.outcome,
        closed_at: row.closed_at,
        loss_reason: row.loss_reason.clone(),
        notes: row.notes.clone(),
        value: row.value,
        stage: None,
        ..record.clone()
    }
}
