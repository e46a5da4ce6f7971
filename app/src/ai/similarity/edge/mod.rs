//! The embedded Qdrant engine (crate qdrant-edge), on disk.
//!
//! How version 0.7.2 behaves, and what is done about it here:
//! - Its log is not replayed on load, so only what was flushed survives: every write ends with a flush.
//! - `flush` panics where a lock is busy: all writing goes through one mutex. Searches only read and need none.
//! - It panics on much of what can go wrong on disk: each call is guarded, and a panic becomes an error.
//! - Its log is never cut: it grows with every write. Do not upsert what has not changed; rebuild now and then.
//! - It has no checksums: damage from outside can also show as missing hits or as a failing search. Rebuilding mends it.

#[cfg(test)]
mod tests;

use std::{
    any::Any,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use qdrant_edge::{
    Condition, CreateIndex, DEFAULT_VECTOR_NAME, Distance, EdgeConfig, EdgeShard, EdgeVectorParams, FieldCondition, FieldIndexOperations,
    Filter, JsonPath, NamedQuery, OperationError, OperationResult, PayloadFieldSchema, PayloadSchemaType, PointId, PointInsertOperations,
    PointOperations, PointStruct, QueryEnum, QueryRequest, Range, ScoredPoint, ScoringQuery, ScrollRequest, SearchParams, UpdateOperation,
    VectorInternal, WalOptions, WithPayloadInterface, WithVector, external::ordered_float::OrderedFloat,
};
use serde_json::json;

use super::{Hit, IndexError, SimilarQuery, VectorIndex, VectorPoint, best, check_vector, similarity, whole_micros};
use crate::domain::{Instant, ids::DealId};

/// An index on disk. One process at a time owns its folder.
pub struct EdgeIndex {
    /// Some until it is dropped.
    shard: Option<EdgeShard>,
    dimensions: usize,
    folder: PathBuf,
    writing: Mutex<()>,
    /// Held as long as the index is open.
    _owner: File,
}

/// The engine's own folder in ours.
const DATA: &str = "data";

/// Microseconds since 1970; only closed deals have it.
const CLOSED_AT: &str = "closed_at";
const WON: &str = "won";

/// Points of one record of the engine's log.
const UPSERT_BATCH: usize = 1_000;
const PAGE: usize = 10_000;
/// How much of its log the engine reserves on disk at a time; its default of 32 MB is more than all of a small index.
const LOG_SEGMENT_BYTES: usize = 4 << 20;

/// Up to so many deals search is exact, a few milliseconds at most, and so the same on every machine. Above, it goes
/// through the graph (HNSW) that `optimize` builds, if it did, and may miss a hit.
const EXACT_UP_TO: usize = 20_000;
/// How many hits more than wanted a search takes from the engine, to see whether the last wanted one has ties.
const TIE_RESERVE: usize = 8;

impl EdgeIndex {
    /// Opens the index in `folder`, or makes a new one there, for vectors of `dimensions` numbers.
    pub fn open(folder: &Path, dimensions: usize) -> Result<Self, IndexError> {
        let owner = own(folder)?;
        let shard = guarded(|| load_or_create(&folder.join(DATA), dimensions))
            .map_err(|reason| IndexError::Corrupt { path: folder.to_owned(), reason })?;
        let held = shard.config().vectors.get(DEFAULT_VECTOR_NAME).map_or(0, |vectors| vectors.size);
        let index = Self { shard: Some(shard), dimensions, folder: folder.to_owned(), writing: Mutex::default(), _owner: owner };
        if held == dimensions { Ok(index) } else { Err(IndexError::Dimensions { expected: held, got: dimensions }) }
    }

    /// Deletes the index in `folder`, sound or damaged, so that it can be built anew.
    pub fn clear(folder: &Path) -> Result<(), IndexError> {
        let _owner = own(folder)?;
        match fs::remove_dir_all(folder.join(DATA)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unreachable(folder, error)),
            _ => Ok(()),
        }
    }

    /// Runs the engine; its errors and panics become ours.
    fn engine<T>(&self, run: impl FnOnce(&EdgeShard) -> OperationResult<T>) -> Result<T, IndexError> {
        let shard = self.shard.as_ref().expect("the shard is there until drop");
        guarded(|| run(shard)).map_err(|reason| IndexError::Engine { reason })
    }

    fn write_lock(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The `limit` nearest deals that the filter lets through, in the engine's order.
    fn nearest(&self, query: &SimilarQuery, limit: usize) -> Result<Vec<ScoredPoint>, IndexError> {
        let vector = VectorInternal::Dense(query.vector.clone());
        // Without the graph search is exact anyway. `info` counts a deal twice that is being moved, which does not matter.
        let exact = self.engine(|shard| Ok(shard.info().points_count))? <= EXACT_UP_TO;
        let request = QueryRequest {
            prefetches: vec![],
            query: Some(ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery { query: vector, using: None }))),
            filter: Some(closed_before(query.closed_before)?),
            score_threshold: None,
            limit,
            offset: 0,
            params: Some(SearchParams { exact, ..SearchParams::default() }),
            with_vector: WithVector::Bool(false),
            with_payload: WithPayloadInterface::Bool(true),
        };
        self.engine(|shard| shard.query(request))
    }
}

impl VectorIndex for EdgeIndex {
    fn upsert(&self, points: &[VectorPoint]) -> Result<(), IndexError> {
        points.iter().try_for_each(|point| check_vector(&point.vector, self.dimensions))?;
        if points.is_empty() {
            return Ok(());
        }
        let _writing = self.write_lock();
        for batch in points.chunks(UPSERT_BATCH) {
            let batch = batch.iter().map(|point| stored(point).into()).collect();
            let upsert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(batch));
            self.engine(|shard| shard.update(UpdateOperation::PointOperation(upsert)))?;
        }
        self.engine(flush)
    }

    fn remove(&self, deals: &[DealId]) -> Result<(), IndexError> {
        if deals.is_empty() {
            return Ok(());
        }
        let _writing = self.write_lock();
        let delete = PointOperations::DeletePoints { ids: deals.iter().map(|deal| PointId::Uuid(deal.0)).collect() };
        self.engine(|shard| shard.update(UpdateOperation::PointOperation(delete)))?;
        self.engine(flush)
    }

    fn search(&self, query: &SimilarQuery) -> Result<Vec<Hit>, IndexError> {
        check_vector(&query.vector, self.dimensions)?;
        if query.limit == 0 {
            return Ok(vec![]);
        }
        // Which of several equally similar deals the engine takes last is chance: look on until a less similar one.
        let mut wanted = query.limit.saturating_add(TIE_RESERVE);
        loop {
            let points = self.nearest(query, wanted)?;
            let exhausted = points.len() < wanted;
            let hits: Vec<Hit> = points.iter().filter_map(found).filter(|hit| Some(hit.deal) != query.exclude).collect();
            let last = hits.iter().map(|hit| hit.similarity).fold(1.0, f32::min);
            let better_than_last = hits.iter().filter(|hit| hit.similarity > last).count();
            if exhausted || better_than_last >= query.limit {
                return Ok(best(hits, query.limit));
            }
            wanted = wanted.saturating_mul(4);
        }
    }

    fn ids(&self) -> Result<Vec<DealId>, IndexError> {
        let mut ids = Vec::new();
        let mut offset = None;
        loop {
            let request = ScrollRequest {
                offset,
                limit: Some(PAGE),
                with_payload: Some(WithPayloadInterface::Bool(false)),
                ..ScrollRequest::default()
            };
            let (page, next) = self.engine(|shard| shard.scroll(request))?;
            ids.extend(page.iter().filter_map(|record| deal(record.id)));
            match next {
                Some(_) => offset = next,
                None => break,
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }

    fn flush(&self) -> Result<(), IndexError> {
        let _writing = self.write_lock();
        self.engine(flush)
    }

    fn optimize(&self) -> Result<bool, IndexError> {
        let _writing = self.write_lock();
        let worked = self.engine(EdgeShard::optimize)?;
        self.engine(flush)?;
        Ok(worked)
    }
}

impl Drop for EdgeIndex {
    fn drop(&mut self) {
        // The engine flushes when it is dropped, and panics if it cannot; nothing acknowledged is lost by that.
        let shard = self.shard.take();
        if catch_unwind(AssertUnwindSafe(|| drop(shard))).is_err() {
            tracing::warn!(folder = %self.folder.display(), "the vector index could not be closed cleanly");
        }
    }
}

/// Becomes the folder's only owner. A lock of our own, as the engine reports a taken one only in the words of an error.
fn own(folder: &Path) -> Result<File, IndexError> {
    fs::create_dir_all(folder).map_err(|error| unreachable(folder, error))?;
    let owner = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(|error| unreachable(folder, error))?;
    match owner.try_lock() {
        Ok(()) => Ok(owner),
        Err(TryLockError::WouldBlock) => Err(IndexError::InUse { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(unreachable(folder, error)),
    }
}

fn unreachable(folder: &Path, source: io::Error) -> IndexError {
    IndexError::Io { path: folder.to_owned(), source }
}

fn load_or_create(data: &Path, dimensions: usize) -> OperationResult<EdgeShard> {
    fs::create_dir_all(data).map_err(|error| OperationError::service_error(error.to_string()))?;
    let begun = fs::read_dir(data.join("segments")).is_ok_and(|mut segments| segments.next().is_some());
    let shard = if begun { EdgeShard::load(data, None)? } else { EdgeShard::new(data, config(dimensions))? };
    let field_name = closed_at_path()?;
    // The index on closing times makes filtering fast; without it filtering is right, too, only slower.
    if !shard.info().payload_schema.contains_key(&field_name) {
        let field_schema = Some(PayloadFieldSchema::FieldType(PayloadSchemaType::Integer));
        let create = FieldIndexOperations::CreateIndex(CreateIndex { field_name, field_schema });
        shard.update(UpdateOperation::FieldIndexOperation(create))?;
        shard.flush();
    }
    Ok(shard)
}

fn config(dimensions: usize) -> EdgeConfig {
    let log = WalOptions { segment_capacity: LOG_SEGMENT_BYTES, ..WalOptions::default() };
    EdgeConfig::builder()
        .vector(DEFAULT_VECTOR_NAME, EdgeVectorParams::builder(dimensions, Distance::Cosine).build())
        .on_disk_payload(false)
        .wal_options(log)
        .build()
}

fn flush(shard: &EdgeShard) -> OperationResult<()> {
    shard.flush();
    Ok(())
}

fn stored(point: &VectorPoint) -> PointStruct {
    let payload = match point.closed() {
        Some((closed_at, won)) => json!({ CLOSED_AT: closed_at.timestamp_micros(), WON: won }),
        None => json!({}),
    };
    PointStruct::new(PointId::Uuid(point.deal.0), point.vector.clone(), payload)
}

fn found(point: &ScoredPoint) -> Option<Hit> {
    let payload = &point.payload.as_ref()?.0;
    Some(Hit {
        deal: deal(point.id)?,
        similarity: similarity(point.score),
        won: payload.get(WON)?.as_bool()?,
        closed_at: Instant::from_timestamp_micros(payload.get(CLOSED_AT)?.as_i64()?)?,
    })
}

fn deal(id: PointId) -> Option<DealId> {
    match id {
        PointId::Uuid(uuid) => Some(DealId(uuid)),
        PointId::NumId(_) => None,
    }
}

/// Lets closed deals through, those closed before the instant if there is one. Open deals have no closing time and
/// are in no range. The engine compares as f64, in which microseconds are exact up to the year 2255.
fn closed_before(instant: Option<Instant>) -> Result<Filter, IndexError> {
    let lt = instant.map(|instant| OrderedFloat(whole_micros(instant).timestamp_micros() as f64));
    let gte = Some(OrderedFloat(i64::MIN as f64));
    let key = closed_at_path().map_err(|error| IndexError::Engine { reason: error.to_string() })?;
    let range = FieldCondition::new_range(key, Range { lt, gte, gt: None, lte: None });
    Ok(Filter::new_must(Condition::Field(range)))
}

fn closed_at_path() -> OperationResult<JsonPath> {
    CLOSED_AT.parse().map_err(|()| OperationError::service_error("closed_at is not taken as a field's name"))
}

/// Runs the engine; errors and panics become reasons.
fn guarded<T>(run: impl FnOnce() -> OperationResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(format!("the engine panicked: {}", panic_message(panic.as_ref()))),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
