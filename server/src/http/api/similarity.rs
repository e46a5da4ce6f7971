//! Similar deals and their embeddings by REST.

use app::{
    domain::similarity::SimilarRequest,
    services::App,
    views::similarity::{EmbeddingsView, SimilarView},
};
use axum::{
    Json, Router,
    routing::{get, post},
};
use serde::Serialize;

use super::{
    error::ApiError,
    request::{Body, Caller},
};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/deals/similar", post(similar))
        .route("/api/v1/embeddings/status", get(status))
        .route("/api/v1/embeddings/retry", post(retry))
}

/// The closed deals most like a deal or a text: `{deal_id | text, outcome?, closed_from?, closed_to?, owner?, pipeline?, k?}`. They are
/// only there where `state` is `found`.
async fn similar(caller: Caller, Body(request): Body<SimilarRequest>) -> Result<Json<SimilarView>, ApiError> {
    Ok(Json(caller.app.similarity().similar(&caller.viewer, request).await?))
}

/// How many deals are embedded, wait or failed; for admins.
async fn status(caller: Caller) -> Result<Json<EmbeddingsView>, ApiError> {
    Ok(Json(caller.app.similarity().embeddings_view(&caller.viewer).await?))
}

/// What was asked for.
#[derive(Debug, Serialize)]
struct AskedFor {
    deals: u64,
}

/// Has the deals embedded again that failed; for admins.
async fn retry(caller: Caller) -> Result<Json<AskedFor>, ApiError> {
    Ok(Json(AskedFor { deals: caller.app.similarity().embed_failed_again(&caller.viewer).await? }))
}
