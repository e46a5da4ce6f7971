//! Alerts: raise, list, read, acknowledge, snooze, dismiss, many at once.

use app::{
    domain::{
        Instant,
        alerts::{AlertAction, AlertFilter, DismissReason, ManualAlert},
        error::AppError,
        ids::AlertId,
    },
    services::App,
    views::alerts::{AlertList, AlertView},
};
use axum::{
    Json, Router,
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::{
    error::ApiError,
    request::{Asked, Body, Caller, Named, OptionalBody},
};

pub fn router() -> Router<App> {
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
async fn list(caller: Caller, Asked(filter): Asked<AlertFilter>) -> Result<Json<AlertList>, ApiError> {
    Ok(Json(caller.app.alerts().alert_list(&caller.viewer, filter).await?))
}

/// Raises an alert by hand: {deal_id, cause, headline, detail?, priority}.
async fn raise(caller: Caller, Body(new): Body<ManualAlert>) -> Result<(StatusCode, Json<AlertView>), ApiError> {
    Ok((StatusCode::CREATED, Json(caller.app.alerts().raise_alert(&caller.viewer, new).await?)))
}

async fn read(caller: Caller, Named(id): Named<AlertId>) -> Result<Json<AlertView>, ApiError> {
    Ok(Json(caller.app.alerts().alert(&caller.viewer, id).await?))
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

async fn handle(caller: Caller, id: AlertId, action: AlertAction, note: Option<String>) -> Result<Json<AlertView>, ApiError> {
    Ok(Json(caller.app.alerts().handle_alert(&caller.viewer, id, action, note).await?))
}

/// `{note?}`
async fn acknowledge(
    caller: Caller,
    Named(id): Named<AlertId>,
    OptionalBody(said): OptionalBody<Said>,
) -> Result<Json<AlertView>, ApiError> {
    handle(caller, id, AlertAction::Acknowledge, said.note).await
}

/// `{until, note?}`
async fn snooze(caller: Caller, Named(id): Named<AlertId>, OptionalBody(said): OptionalBody<Said>) -> Result<Json<AlertView>, ApiError> {
    let until = said.until.ok_or_else(|| AppError::invalid("until", "Say until when, as in 2026-03-01T08:00:00Z."))?;
    handle(caller, id, AlertAction::Snooze { until }, said.note).await
}

/// `{reason: useful | not_useful | wrong, note?}`
async fn dismiss(caller: Caller, Named(id): Named<AlertId>, OptionalBody(said): OptionalBody<Said>) -> Result<Json<AlertView>, ApiError> {
    let reason = said.reason.ok_or_else(|| AppError::invalid("reason", "Say why: useful, not_useful or wrong."))?;
    handle(caller, id, AlertAction::Dismiss { reason }, said.note).await
}

/// `{note?}`
async fn reopen(caller: Caller, Named(id): Named<AlertId>, OptionalBody(said): OptionalBody<Said>) -> Result<Json<AlertView>, ApiError> {
    handle(caller, id, AlertAction::Reopen, said.note).await
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
async fn bulk(caller: Caller, Body(Bulk { ids, action, note }): Body<Bulk>) -> Result<Json<Handled>, ApiError> {
    Ok(Json(Handled { handled: caller.app.alerts().handle_alerts(&caller.viewer, &ids, action, note).await? }))
}
