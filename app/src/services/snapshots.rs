//! What training and scoring both read: every deal's history, the stages, the custom fields, and similar deals as of an instant.

use std::collections::HashMap;

use super::{Progress, ServiceError, Services};
use crate::{
    ai::{
        features::{Neighbour, Snapshot, StageOrder},
        similarity::{Hit, SimilarQuery},
    },
    domain::{CustomField, DealHistory, DealId, Stage, StageId, StageKind},
    store::{
        deals,
        embeddings::{self, VectorsOf},
        history,
    },
};

/// Similar deals behind the similarity features.
const NEIGHBOURS: usize = 10;
/// Queries sent to the index at a time.
const QUERIES: usize = 2_000;

/// All that the features are computed from.
pub(super) struct Workspace {
    pub histories: Vec<DealHistory>,
    pub stages: HashMap<StageId, Stage>,
    pub stage_order: StageOrder,
    pub custom: Vec<CustomField>,
}

impl Workspace {
    pub async fn load(services: &Services) -> Result<Self, ServiceError> {
        let db = services.store.db();
        let rows = deals::stages(db).await?;
        let kinds: HashMap<StageId, StageKind> = rows.iter().map(|(_, stage)| (stage.id, stage.kind)).collect();
        let mut pipelines: HashMap<_, Vec<Stage>> = HashMap::new();
        for (pipeline, stage) in &rows {
            pipelines.entry(*pipeline).or_default().push(stage.clone());
        }
        Ok(Self {
            histories: history::histories(db, &kinds).await?,
            stage_order: StageOrder::new(pipelines.values().map(Vec::as_slice)),
            stages: rows.into_iter().map(|(_, stage)| (stage.id, stage)).collect(),
            custom: deals::custom_fields(db).await?,
        })
    }

    /// The most similar deals closed before each snapshot; `None` for deals without a vector, and for snapshots without a
    /// date, of which nobody can say what was closed before.
    pub async fn neighbours(
        &self,
        services: &Services,
        snapshots: &[Snapshot],
        progress: Progress<'_>,
    ) -> Result<Vec<Option<Vec<Neighbour>>>, ServiceError> {
        let vectors: HashMap<DealId, Vec<f32>> = embeddings::vectors(services.store.db(), VectorsOf::Everything)
            .await?
            .into_iter()
            .map(|stored| (stored.deal, stored.vector))
            .collect();
        let mut found = vec![None; snapshots.len()];
        if vectors.is_empty() {
            return Ok(found);
        }
        let index = services.engine.index(&services.store).await?;
        let asked: Vec<(usize, SimilarQuery)> = snapshots
            .iter()
            .enumerate()
            .filter_map(|(place, snapshot)| {
                let deal = self.histories.get(snapshot.deal)?.id;
                let query = SimilarQuery {
                    vector: vectors.get(&deal)?.clone(),
                    limit: NEIGHBOURS,
                    closed_before: Some(snapshot.at?),
                    exclude: Some(deal),
                };
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
}

fn neighbour(hit: &Hit) -> Neighbour {
    Neighbour { won: hit.won, similarity: hit.similarity }
}
