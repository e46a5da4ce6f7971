//! Deals: list, page, dashboard.

use leptos::{prelude::*, server_fn::codec::Json};

use crate::{
    domain::{
        deals::DealQuery,
        error::AppError,
        ids::{DealId, PipelineId, StageId},
    },
    views::{
        deals::{BoardView, DealListView, DealView},
        risk::DashboardView,
        scoring::PastScoreView,
    },
};

/// A page of the deals that the viewer may see.
#[server(endpoint = "deal_list", input = Json)]
pub async fn deal_list(query: DealQuery) -> Result<DealListView, AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    app.deals().deal_list(&viewer, query).await
}

/// One deal. An `id` that is none, or not the viewer's to see, is not found.
#[server(endpoint = "deal", input = Json)]
pub async fn deal(id: String) -> Result<DealView, AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    app.deals().deal_view(&viewer, id).await
}

/// The risk dashboard over the open deals that the viewer may see.
#[server(endpoint = "dashboard", input = Json)]
pub async fn dashboard() -> Result<DashboardView, AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    app.risk().dashboard(&viewer).await
}

/// A pipeline's open deals by stage.
#[server(endpoint = "board", input = Json)]
pub async fn board(pipeline: Option<PipelineId>) -> Result<BoardView, AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    app.deals().board(&viewer, pipeline).await
}

/// Moves a deal to another open stage, then leads back to `back`, or to the board.
#[server(endpoint = "move_deal")]
pub async fn move_deal(id: DealId, stage: StageId, back: Option<String>) -> Result<(), AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    let change = crate::services::DealChange { stage_id: Some(stage), ..Default::default() };
    app.deals().change_deal(&viewer, id, change).await?;
    super::context::done_back(back.as_deref(), "/board", crate::api::done::Done::Moved);
    Ok(())
}

/// A deal's score as of a past day (`YYYY-MM-DD`), with all that it was made from; without a day, as of its newest.
#[server(endpoint = "replay_deal", input = Json)]
pub async fn past_score(id: String, at: Option<String>) -> Result<PastScoreView, AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    let day = at.filter(|day| !day.is_empty()).map(|day| day.parse().map_err(|_| AppError::invalid("at", "Choose a day.")));
    app.scoring().past_score(&viewer, id, day.transpose()?).await
}
