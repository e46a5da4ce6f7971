//! The status of server functions that refuse.

use app::domain::error::AppError;
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;

use super::api::ApiError;

/// The largest error that is looked into; all of ours are a line.
const MAX_ERROR: usize = 64 * 1024;

/// A server function's refusal, before it was called: in the form that its callers read.
pub fn of_server_function(path: &str, error: AppError) -> Response {
    let marked = [(HeaderName::from_static(SERVER_FN_ERROR_HEADER), path.to_owned())];
    (ApiError::from(error.clone()).status, marked, Json(error)).into_response()
}

/// Server functions answer every error with 500; says instead what it was, as the REST interface does. A refusal is no failure of the
/// server and no error in its log.
pub async fn say_status(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR || !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_ERROR).await else { return Response::from_parts(parts, Body::empty()) };
    if let Ok(error) = serde_json::from_slice::<AppError>(&body) {
        parts.status = ApiError::from(error).status;
    }
    Response::from_parts(parts, Body::from(body))
}
