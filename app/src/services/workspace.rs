//! What training and scoring both read: every deal's history, the stages, the custom fields, and similar deals as of an instant.

use std::collections::HashMap;

use crate::{
    ai::{
        features::{Neighbour, StageOrder},
        similarity::Hit,
    },
    domain::{
        Instant,
        deals::{CustomField, DealHistory, Stage, StageKind},
        ids::{DealId, StageId},
    },
    services::{
        Progress, ServiceError,
        similarity::{Similarity, index::Asking},
    },
    store::{
        Store,
        deals::{self, history},
    },
};

/// Similar deals behind the similarity features.
const NEIGHBOURS: usize = 10;
/// Queries sent to the index at a time.
const QUERIES: usize = 2_000;

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

    /// All deals' histories, in the order of their keys.
    pub async fn histories(&self, store: &Store) -> Result<Vec<DealHistory>, ServiceError> {
        Ok(history::histories(store.db(), &self.kinds()).await?)
    }

    /// Some deals' histories.
    pub async fn histories_of(&self, store: &Store, deals: &[DealId]) -> Result<Vec<DealHistory>, ServiceError> {
        Ok(history::histories_of(store.db(), &self.kinds(), deals).await?)
    }
}

/// The most similar deals closed before each deal's instant; `None` for deals without a vector, and for those without an instant,
/// of which nobody can say what was closed before.
pub(super) async fn neighbours(
    similarity: &Similarity,
    deals: &[(DealId, Option<Instant>)],
    progress: Progress<'_>,
) -> Result<Vec<Option<Vec<Neighbour>>>, ServiceError> {
    let asking: Vec<Asking> = deals.iter().filter_map(|(deal, at)| Some((*deal, Some((*at)?)))).collect();
    let mut hits = Vec::with_capacity(asking.len());
    for some in asking.chunks(QUERIES) {
        progress(hits.len() as u64, asking.len() as u64, "similar deals searched");
        hits.extend(similarity.nearest_to_each(some.to_vec(), NEIGHBOURS).await?);
    }
    let mut hits = hits.into_iter();
    let of = |at: &Option<Instant>| at.and_then(|_| hits.next().flatten()).map(|hits| hits.iter().map(neighbour).collect());
    Ok(deals.iter().map(|(_, at)| at).map(of).collect())
}

fn neighbour(hit: &Hit) -> Neighbour {
    Neighbour { won: hit.won, similarity: hit.similarity }
}
