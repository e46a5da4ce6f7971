//! The board: a pipeline's open deals by stage.

use crate::{
    domain::{
        deals::{DealQuery, DealSort, Stage, StageKind},
        error::AppError,
        ids::PipelineId,
        money::sum_in_one_currency,
        people::{Action, Viewer},
    },
    services::deals::Deals,
    store::{Scope, deals},
    views::deals::{BoardColumn, BoardView},
};

impl Deals {
    /// A pipeline's open stages, each with the largest of its deals that the viewer may see. Without a pipeline, or with one that is
    /// none, the first.
    pub async fn board(&self, viewer: &Viewer, pipeline: Option<PipelineId>) -> Result<BoardView, AppError> {
        let db = self.store.db();
        let pipelines = deals::pipeline_choices(db).await?;
        let known = pipelines.iter().find(|choice| Some(choice.id) == pipeline).or(pipelines.first()).map(|choice| choice.id);
        let stages = deals::stages(db).await?;
        let open = stages.into_iter().filter(|(of, stage)| known.is_some_and(|id| id.0 == *of) && stage.kind == StageKind::Open);
        let mut columns = Vec::new();
        for (_, stage) in open {
            columns.push(self.column(viewer, stage).await?);
        }
        Ok(BoardView { pipelines, pipeline: known, columns })
    }

    async fn column(&self, viewer: &Viewer, stage: Stage) -> Result<BoardColumn, AppError> {
        let (db, scope) = (self.store.db(), Scope::of(viewer));
        let query = DealQuery { stage: Some(stage.id), sort: DealSort::Value, ..DealQuery::opening() };
        let totals = deals::totals(db, &scope, &query).await?;
        let mut rows = deals::list(db, &scope, &query).await?;
        mark_closable(viewer, &mut rows);
        Ok(BoardColumn {
            stage: stage.id,
            name: stage.name,
            deals: totals.iter().map(|total| total.deals.unsigned_abs()).sum(),
            value: sum_in_one_currency(totals.into_iter().map(|total| (total.currency, total.value))),
            rows,
        })
    }
}

/// Says of each deal whether the viewer may change it.
pub(in crate::services) fn mark_closable(viewer: &Viewer, rows: &mut [crate::views::deals::DealRow]) {
    for row in rows {
        row.may_close = !row.outcome.is_closed() && viewer.may(Action::ChangeDeal { owner: row.owner_id });
    }
}
