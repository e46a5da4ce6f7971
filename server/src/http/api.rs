//! The REST interface, version 1. It answers in JSON only, errors included, and enters the same services as the pages.

use app::{
    api::session::AuthSession,
    domain::{AppError, ScoreAnswer, ScoreRequest, Viewer},
    services::Services,
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::json;

/// A thousand ids, with room to spare.
const MAX_BODY: usize = 128 * 1024;

pub fn router(services: Services) -> Router {
    Router::new()
        .route("/api/v1/deals/score", post(score))
        .method_not_allowed_fallback(async || ApiError {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: "method_not_allowed",
            message: "Use POST.".into(),
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
