//! Alerts: raise, list, read, acknowledge, snooze, dismiss, many at once.

use app::{
    api::session::AuthSession,
    domain::{AlertAction, AlertFilter, AlertId, AlertList, AlertView, AppError, DismissReason, Instant, ManualAlert},
    services::Services,
};
use axum::{
    Json, Router,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::{ApiError, id_of, viewer};

pub fn router() -> Router<Services> {
    Router::new()
        .route("/api/v1/alerts", get(list).post(raise))
        .route("/api/v1/alerts/bulk", post(bulk))
        .route("/api/v1/alerts/{id}", get(read))
        .route("/api/v1/alerts/{id}/acknowledge", post(acknowledge))
        .route("/api/v1/alerts/{id}/snooze", post(snooze))
        .route("/api/v1/alerts/{id}/dismiss", post(dismiss))
        .route("/api/v1/alerts/{id}/reopen", post(reopen))
}

/// Lists alerts: `?state=&rule=&at_least=&deal=&page=`; all that are active unless told otherwise.
async fn list(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    filter: Result<Query<AlertFilter>, QueryRejection>,
) -> Result<Json<AlertList>, ApiError> {
    let viewer = viewer(&services, session, &headers).await?;
    let Query(filter) = filter?;
    Ok(Json(services.alert_list(&viewer, filter).await?))
}

/// Raises an alert by hand: {deal_id, cause, headline, detail?, priority}.
async fn raise(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    new: Result<Json<ManualAlert>, JsonRejection>,
) -> Result<(StatusCode, Json<AlertView>), ApiError> {
    let viewer = viewer(&services, session, &headers).await?;
    let Json(new) = new?;
    Ok((StatusCode::CREATED, Json(services.raise_alert(&viewer, new).await?)))
}

async fn read(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    path: Result<Path<AlertId>, PathRejection>,
) -> Result<Json<AlertView>, ApiError> {
    let viewer = viewer(&services, session, &headers).await?;
    Ok(Json(services.alert(&viewer, id_of(path)?).await?))
}

/// What may be said with each way of handling an alert.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    note: Option<String>,
    /// Of a snooze.
    until: Option<Instant>,
    /// Of a dismissal.
    reason: Option<DismissReason>,
}

async fn handle(
    (services, session, headers): (Services, AuthSession, HeaderMap),
    path: Result<Path<AlertId>, PathRejection>,
    said: Result<Json<Said>, JsonRejection>,
    action: impl FnOnce(&Said) -> Result<AlertAction, AppError>,
) -> Result<Json<AlertView>, ApiError> {
    let viewer = viewer(&services, session, &headers).await?;
    let said = match said {
        Ok(Json(said)) => said,
        // No body at all says nothing, which is fine.
        Err(JsonRejection::MissingJsonContentType(_)) => Said::default(),
        Err(rejection) => return Err(rejection.into()),
    };
    let action = action(&said)?;
    Ok(Json(services.handle_alert(&viewer, id_of(path)?, action, said.note).await?))
}

/// `{note?}`
async fn acknowledge(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    path: Result<Path<AlertId>, PathRejection>,
    said: Result<Json<Said>, JsonRejection>,
) -> Result<Json<AlertView>, ApiError> {
    handle((services, session, headers), path, said, |_| Ok(AlertAction::Acknowledge)).await
}

/// `{until, note?}`
async fn snooze(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    path: Result<Path<AlertId>, PathRejection>,
    said: Result<Json<Said>, JsonRejection>,
) -> Result<Json<AlertView>, ApiError> {
    let until = |said: &Said| said.until.ok_or_else(|| AppError::invalid("until", "Say until when, as in 2026-03-01T08:00:00Z."));
    handle((services, session, headers), path, said, |said| Ok(AlertAction::Snooze { until: until(said)? })).await
}

/// `{reason: useful | not_useful | wrong, note?}`
async fn dismiss(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    path: Result<Path<AlertId>, PathRejection>,
    said: Result<Json<Said>, JsonRejection>,
) -> Result<Json<AlertView>, ApiError> {
    let reason = |said: &Said| said.reason.ok_or_else(|| AppError::invalid("reason", "Say why: useful, not_useful or wrong."));
    handle((services, session, headers), path, said, |said| Ok(AlertAction::Dismiss { reason: reason(said)? })).await
}

async fn reopen(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    path: Result<Path<AlertId>, PathRejection>,
    said: Result<Json<Said>, JsonRejection>,
) -> Result<Json<AlertView>, ApiError> {
    handle((services, session, headers), path, said, |_| Ok(AlertAction::Reopen)).await
}

/// Many alerts at once.
#[derive(Debug, Deserialize)]
struct Bulk {
    ids: Vec<AlertId>,
    #[serde(flatten)]
    action: AlertAction,
    #[serde(default)]
    note: Option<String>,
}

/// Which alerts were handled; the others are over, or not there.
#[derive(Debug, Serialize)]
struct Handled {
    handled: Vec<AlertId>,
}

/// `{ids, action: acknowledge | snooze | dismiss | reopen, until?, reason?, note?}`
async fn bulk(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    bulk: Result<Json<Bulk>, JsonRejection>,
) -> Result<Json<Handled>, ApiError> {
    let viewer = viewer(&services, session, &headers).await?;
    let Json(Bulk { ids, action, note }) = bulk?;
    Ok(Json(Handled { handled: services.handle_alerts(&viewer, &ids, action, note).await? }))
}
