//! A request that was begun is done, whether or not its client still waits.

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Answers in a task of its own. A browser that goes away cancels the future that waits for the answer, but no change half-way and no
/// transaction that was just begun: nothing that a handler does has to guard against it.
pub async fn run_to_the_end(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        // A panic goes on to the layer that answers for panics.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The server is stopping.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
