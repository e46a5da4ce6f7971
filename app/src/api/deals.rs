//! Deals: list, page, dashboard, and recording an outcome.

use leptos::{prelude::*, server_fn::codec::Json};

use crate::domain::{AppError, DashboardView, DealId, DealListView, DealQuery, DealView, Outcome};
#[cfg(feature = "ssr")]
use crate::services::CloseRequest;

/// A page of the deals that the viewer may see.
#[server(endpoint = "deal_list", input = Json)]
pub async fn deal_list(query: DealQuery) -> Result<DealListView, AppError> {
    let (services, viewer) = super::context::signed_in().await?;
    services.deal_list(&viewer, query).await
}

/// One deal. An `id` that is none, or not the viewer's to see, is not found.
#[server(endpoint = "deal", input = Json)]
pub async fn deal(id: String) -> Result<DealView, AppError> {
    let (services, viewer) = super::context::signed_in().await?;
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    services.deal_view(&viewer, id).await
}

/// The risk dashboard over the open deals that the viewer may see.
#[server(endpoint = "dashboard", input = Json)]
pub async fn dashboard() -> Result<DashboardView, AppError> {
    let (services, viewer) = super::context::signed_in().await?;
    services.dashboard(&viewer).await
}

/// Records that a deal was won or lost, then leads back to the deal's page.
/// `version` is the version the viewer saw; `reason` is required for a loss.
#[server(endpoint = "close_deal")]
pub async fn close_deal(id: DealId, version: i32, outcome: Outcome, reason: Option<String>, notes: Option<String>) -> Result<(), AppError> {
    let (services, viewer) = super::context::signed_in().await?;
    services.close_deal(&viewer, CloseRequest { deal: id, version, outcome, reason, notes }).await?;
    super::context::redirect(&format!("/deals/{id}"));
    Ok(())
}
