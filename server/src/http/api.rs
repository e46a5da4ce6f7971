//! The REST interface, version 1. It answers in JSON only, errors included, and enters the same services as the pages.

mod alerts;
mod notifications;

use app::{
    api::session::AuthSession,
    domain::{AppError, DealId, ScoreAnswer, ScoreRequest, Viewer},
    services::{DealChange, NewActivity, Services},
};
use axum::{
    Json, Router,
    extract::{
        DefaultBodyLimit, Path, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{patch, post},
};
use serde_json::json;

/// A thousand ids, with room to spare.
const MAX_BODY: usize = 128 * 1024;

pub fn router(services: Services) -> Router {
    Router::new()
        .route("/api/v1/deals/score", post(score))
        .route("/api/v1/deals/{id}", patch(change_deal))
        .route("/api/v1/deals/{id}/activities", post(add_activity))
        .merge(alerts::router())
        .merge(notifications::router())
        .method_not_allowed_fallback(async || ApiError {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: "method_not_allowed",
            message: "This address does not take that method.".into(),
            field: None,
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(services)
}

/// Scores deals: `{deal_ids | filter, as_of?}`.
async fn score(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    request: Result<Json<ScoreRequest>, JsonRejection>,
) -> Result<Json<ScoreAnswer>, ApiError> {
    let viewer = viewer(&services, session, &headers).await?;
    let Json(request) = request?;
    Ok(Json(services.score_request(&viewer, request).await?))
}

/// Changes an open deal: any of {title, description, stage_id, value, rep_probability, expected_close}, with the `version` that was
/// seen if somebody else's change should not be overwritten.
async fn change_deal(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    path: Result<Path<DealId>, PathRejection>,
    change: Result<Json<DealChange>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let viewer = viewer(&services, session, &headers).await?;
    let Json(change) = change?;
    services.change_deal(&viewer, id_of(path)?, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Records what was done on a deal, or plans what is to be done: {kind, subject, at?}.
async fn add_activity(
    State(services): State<Services>,
    session: AuthSession,
    headers: HeaderMap,
    path: Result<Path<DealId>, PathRejection>,
    new: Result<Json<NewActivity>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let viewer = viewer(&services, session, &headers).await?;
    let Json(new) = new?;
    services.add_activity(&viewer, id_of(path)?, new).await?;
    Ok(StatusCode::CREATED)
}

/// What an address names; what is no id names nothing.
fn id_of<T>(path: Result<Path<T>, PathRejection>) -> Result<T, AppError> {
    path.map(|Path(id)| id).map_err(|_| AppError::NotFound)
}

/// Whoever's token it is; without a token, whoever is signed in.
async fn viewer(services: &Services, session: AuthSession, headers: &HeaderMap) -> Result<Viewer, AppError> {
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return session.user.map(|signed_in| signed_in.0.viewer).ok_or(AppError::NotSignedIn);
    };
    let token = given.to_str().ok().and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) => services.viewer_of_token(token.trim()).await?.ok_or(AppError::NotSignedIn),
        None => Err(AppError::NotSignedIn),
    }
}

/// An error as the interface says it: `{"error": {code, message, field?}}`.
struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    field: Option<String>,
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        let (status, code) = match &error {
            AppError::NotSignedIn => (StatusCode::UNAUTHORIZED, "not_signed_in"),
            AppError::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            AppError::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            AppError::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            AppError::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            AppError::Internal { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            AppError::Unreachable => (StatusCode::SERVICE_UNAVAILABLE, "unreachable"),
        };
        let message = match &error {
            AppError::NotSignedIn => "Send a valid token as `Authorization: Bearer …`; `vectoros token add` makes one.".into(),
            other => other.to_string(),
        };
        let field = match error {
            AppError::Invalid { field, .. } if !field.is_empty() => Some(field),
            _ => None,
        };
        Self { status, code, message, field }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        let code = match &rejection {
            JsonRejection::MissingJsonContentType(_) => "not_json",
            JsonRejection::JsonSyntaxError(_) => "malformed",
            JsonRejection::JsonDataError(_) => "invalid",
            _ => "unreadable",
        };
        Self { status: rejection.status(), code, message: rejection.body_text(), field: None }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, code: "invalid", message: rejection.body_text(), field: None }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(field) = self.field {
            error["field"] = field.into();
        }
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}
