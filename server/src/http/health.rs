//! `GET /healthz`: 200 when the database answers, 503 when it does not.

use app::services::App;
use axum::{extract::State, http::StatusCode};

pub async fn healthz(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.store().ping().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}
