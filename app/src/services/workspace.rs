//! What training and scoring both read: outlines of all deals, histories a batch at a time, the stages, the custom fields.

use std::collections::HashMap;

use crate::{
    ai::features::{Outline, StageOrder},
    domain::{
        Instant,
        deals::{CustomField, DealHistory, Stage, StageKind},
        ids::StageId,
    },
    services::{Progress, ServiceError},
    store::{
        Store,
        deals::{
            self,
            history::{self, DealBatch, Depth},
        },
    },
};

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
