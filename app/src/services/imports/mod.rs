//! Writing a source's deals with their history: new ones are added, known ones brought up to date, and a second run of the
//! same data changes nothing.

mod chunk;
mod closed_from;
mod columns;
mod history;

use thiserror::Error;

use self::chunk::Chunk;
pub use self::chunk::IngestReport;
use crate::{
    domain::{
        Instant,
        imports::{DealRecord, SourceRecord},
    },
    services::{Progress, ServiceError, clock::Clock, jobs::Jobs},
    store::{
        Store, StoreError,
        imports::{self, Directory},
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
