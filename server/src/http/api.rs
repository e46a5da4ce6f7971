//! The REST interface, version 1. It answers in JSON only, errors included, and enters the same services as the pages.

mod alerts;
pub mod error;
mod notifications;
mod request;
mod similarity;

use app::{
    domain::{
        ids::DealId,
        input,
        retention::Retention,
        scoring::{ScoreAnswer, ScoreRequest},
    },
    services::{App, CloseRequest, DealChange, NewActivity},
    views::scoring::PastScoreView,
};
use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    routing::{any, get, patch, post},
};
use chrono::NaiveDate;
use serde::Deserialize;

pub use self::error::ApiError;
use self::request::{Asked, Body, Caller, Named};

/// A thousand ids, with room to spare.
const MAX_BODY: usize = 128 * 1024;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/api/v1/deals/score", post(score))
        .route("/api/v1/deals/{id}", patch(change_deal))
        .route("/api/v1/deals/{id}/activities", post(add_activity))
        .route("/api/v1/deals/close", post(close_deals))
        .route("/api/v1/deals/{id}/reopen", post(reopen_deal))
        .route("/api/v1/deals/{id}/replay", get(past_score))
        .route("/api/v1/settings/retention", get(retention).put(set_retention))
        .merge(alerts::router())
        .merge(notifications::router())
        .merge(similarity::router())
        .route("/api/v1/{*unknown}", any(unknown))
        .method_not_allowed_fallback(async || ApiError {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: "method_not_allowed",
            message: "This address does not take that method.".into(),
            field: None,
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app)
}

/// What no route knows.
async fn unknown() -> ApiError {
    ApiError { status: StatusCode::NOT_FOUND, code: "not_found", message: "The interface has no such address.".into(), field: None }
}

/// Scores deals: `{deal_ids | filter, as_of?}`.
async fn score(caller: Caller, Body(request): Body<ScoreRequest>) -> Result<Json<ScoreAnswer>, ApiError> {
    Ok(Json(caller.app.scoring().score_request(&caller.viewer, request).await?))
}

/// Changes an open deal: any of {title, description, stage_id, value, rep_probability, expected_close}, with the `version` that was
/// seen if somebody else's change should not be overwritten.
async fn change_deal(caller: Caller, Named(id): Named<DealId>, Body(change): Body<DealChange>) -> Result<StatusCode, ApiError> {
    caller.app.deals().change_deal(&caller.viewer, id, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Records what was done on a deal, or plans what is to be done: {kind, subject, at?}.
async fn add_activity(caller: Caller, Named(id): Named<DealId>, Body(new): Body<NewActivity>) -> Result<StatusCode, ApiError> {
    caller.app.deals().add_activity(&caller.viewer, id, new).await?;
    Ok(StatusCode::CREATED)
}

/// Records the outcome of deals, all or none: {deals: [[id, version or null], …], outcome: won | lost, value?, closed_on?, reason?,
/// competitor?, notes?}.
async fn close_deals(caller: Caller, Body(request): Body<CloseRequest>) -> Result<StatusCode, ApiError> {
    caller.app.outcomes().close_deals(&caller.viewer, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens a closed deal again.
async fn reopen_deal(caller: Caller, Named(id): Named<DealId>) -> Result<StatusCode, ApiError> {
    caller.app.outcomes().reopen_deal(&caller.viewer, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How long the past is kept, in days; for admins.
async fn retention(caller: Caller) -> Result<Json<Retention>, ApiError> {
    Ok(Json(caller.app.jobs().retention(&caller.viewer).await?))
}

/// Changes how long the past is kept; what is not given becomes as it usually is.
async fn set_retention(caller: Caller, Body(retention): Body<Retention>) -> Result<StatusCode, ApiError> {
    caller.app.jobs().set_retention(&caller.viewer, retention).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The day that a replay is asked for.
#[derive(Debug, Deserialize)]
struct Day {
    #[serde(default, deserialize_with = "input::read_day")]
    at: Option<NaiveDate>,
}

/// A deal's score as of the end of a past day, with all that it was made from: `?at=2026-03-01`.
async fn past_score(caller: Caller, Named(id): Named<DealId>, Asked(day): Asked<Day>) -> Result<Json<PastScoreView>, ApiError> {
    Ok(Json(caller.app.scoring().past_score(&caller.viewer, id, day.at).await?))
}
