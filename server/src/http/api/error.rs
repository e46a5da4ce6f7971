//! Errors as the interface says them.

use app::domain::error::AppError;
use axum::{
    Json,
    extract::rejection::{JsonRejection, QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error as the interface says it: `{"error": {code, message, field?}}`.
pub struct ApiError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    /// The input that is wrong.
    pub field: Option<String>,
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
            AppError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
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
