//! What training and scoring both read: outlines of all deals, histories a batch at a time, the stages, the custom fields, and similar deals as of an instant.

use std::collections::HashMap;

use crate::{
    ai::{
        features::{Neighbour, Outline, StageOrder},
        similarity::{Hit, SimilarQuery},
    },
    domain::{
        Instant,
        deals::{CustomField, DealHistory, Stage, StageKind},
        ids::{DealId, StageId},
    },
    services::{Progress, ServiceError, similarity::Similarity},
    store::{
        Store,
        deals::{
            self,
            history::{self, DealBatch, Depth},
        },
        similarity::embeddings::{self, VectorsOf},
    },
};

/// Similar deals behind the similarity features.
const NEIGHBOURS: usize = 10;
/// Queries sent to the index at a time.
const QUERIES: usize = 2_000;
/// From this many deals on, reading all vectors at once is quicker than naming them.
const READ_ALL_VECTORS: usize = 2_000;

/// The pipelines and custom fields that histories are read with.
pub(super) struct WorkspaceMetadata {
    pub stages: HashMap<StageId, Stage>,
    pub stage_order: StageOrder,
    pub custom: Vec<CustomField>,
}

impl WorkspaceMetadata {
    pub async fn load(store: &Store) -> Result<Self, ServiceError> {
        let db = store.db();
        let rows = deals::stages(db).await?;
        let mut pipelines: HashMap<_, Vec<Stage>> = HashMap::new();
        for (pipeline, stage) in &rows {
            pipelines.entry(*pipeline).or_default().push(stage.clone());
        }
        Ok(Self {
            stage_order: StageOrder::new(pipelines.values().map(Vec::as_slice)),
            stages: rows.into_iter().map(|(_, stage)| (stage.id, stage)).collect(),
            custom: deals::custom_fields(db).await?,
        })
    }

    fn kinds(&self) -> HashMap<StageId, StageKind> {
        self.stages.values().map(|stage| (stage.id, stage.kind)).collect()
    }

    /// What other deals need to know of each deal, in the order of their keys; as of a past instant, what was known then.
    pub async fn outlines(&self, store: &Store, as_of: Option<Instant>, progress: Progress<'_>) -> Result<Vec<Outline>, ServiceError> {
        let (db, kinds) = (store.db(), self.kinds());
        let deals = history::in_key_order(db).await?;
        let mut outlines = Vec::with_capacity(deals.len());
        for batch in DealBatch::of(&deals) {
            progress(outlines.len() as u64, deals.len() as u64, "reading history");
            let read = history::histories(db, &kinds, batch, Depth::Outline).await?;
            outlines.extend(read.iter().map(Outline::of).filter_map(|outline| match as_of {
                Some(at) => outline.as_of(at),
                None => Some(outline),
            }));
        }
        Ok(outlines)
    }

    /// Some deals' histories, in the order of their keys.
    pub async fn histories(&self, store: &Store, batch: DealBatch<'_>) -> Result<Vec<DealHistory>, ServiceError> {
        Ok(history::histories(store.db(), &self.kinds(), batch, Depth::Whole).await?)
    }
}

/// The most similar deals closed before each deal's instant; `None` for deals without a vector, and for those without an instant,
/// of which nobody can say what was closed before.
pub(super) async fn neighbours(
    similarity: &Similarity,
    deals: &[(DealId, Option<Instant>)],
    progress: Progress<'_>,
) -> Result<Vec<Option<Vec<Neighbour>>>, ServiceError> {
    let mut found = vec![None; deals.len()];
    let ids: Vec<DealId> = deals.iter().map(|(deal, _)| *deal).collect();
    let which = if ids.len() < READ_ALL_VECTORS { VectorsOf::Deals(&ids) } else { VectorsOf::Everything };
    let vectors: HashMap<DealId, Vec<f32>> =
        embeddings::vectors(similarity.store.db(), which).await?.into_iter().map(|stored| (stored.deal, stored.vector)).collect();
    if vectors.is_empty() {
        return Ok(found);
    }
    let index = similarity.engine.index(&similarity.store).await?;
    let asked: Vec<(usize, SimilarQuery)> = deals
        .iter()
        .enumerate()
        .filter_map(|(place, (deal, at))| {
            let query =
                SimilarQuery { vector: vectors.get(deal)?.clone(), limit: NEIGHBOURS, closed_before: Some((*at)?), exclude: Some(*deal) };
            Some((place, query))
        })
        .collect();
    for (chunk, some) in asked.chunks(QUERIES).enumerate() {
        progress((chunk * QUERIES) as u64, asked.len() as u64, "similar deals searched");
        let queries: Vec<SimilarQuery> = some.iter().map(|(_, query)| query.clone()).collect();
        let index = index.clone();
        let hits = tokio::task::spawn_blocking(move || index.search_many(&queries)).await??;
        for ((place, _), hits) in some.iter().zip(hits) {
            found[*place] = Some(hits.iter().map(neighbour).collect());
        }
    }
    Ok(found)
}

fn neighbour(hit: &Hit) -> Neighbour {
    Neighbour { won: hit.won, similarity: hit.similarity }
}
