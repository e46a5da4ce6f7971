//! How large a request may be, and how long it may take.

use std::time::Duration;

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::api::error::ApiError;

/// The largest request body: forms only, no uploads.
pub const MAX_BODY: usize = 256 * 1024;
/// How long a request's body may take to arrive.
pub const BODY: Duration = Duration::from_secs(20);
/// How long a request may take until its answer begins. Event streams answer at once, and go on for as long as they like.
const REQUEST: Duration = Duration::from_secs(60);

/// Gives up on a request after [`REQUEST`].
pub async fn in_time(request: Request, next: Next) -> Response {
    within(REQUEST, request, next).await
}

async fn within(limit: Duration, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(path, "a request took too long and was given up");
            too_slow(&path)
        }
    }
}

fn too_slow(path: &str) -> Response {
    let message = "This took too long and was given up. Try again later, or ask for less.";
    if path.starts_with("/api/") {
        let error = ApiError { status: StatusCode::SERVICE_UNAVAILABLE, code: "too_slow", message: message.into(), field: None };
        return error.into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, message).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn what_never_answers_is_given_up() {
        let limit = |request, next| within(Duration::from_millis(10), request, next);
        let router = Router::new()
            .route("/page", get(std::future::pending::<()>))
            .route("/api/v1/thing", get(std::future::pending::<()>))
            .route("/quick", get(async || "done"))
            .layer(axum::middleware::from_fn(limit));
        let ask = async |path: &str| {
            let response = router.clone().oneshot(Request::get(path).body(Body::empty()).expect("a request")).await.expect("an answer");
            let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
            (response.status(), kind)
        };
        assert_eq!(ask("/quick").await.0, StatusCode::OK);
        assert_eq!(ask("/page").await, (StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=utf-8".into()));
        assert_eq!(ask("/api/v1/thing").await, (StatusCode::SERVICE_UNAVAILABLE, "application/json".into()));
    }
}
