//! `GET /healthz`: 200 when the database answers, 503 when it does not.

use app::services::Services;
use axum::{extract::State, http::StatusCode};

pub async fn healthz(State(services): State<Services>) -> (StatusCode, &'static str) {
    match services.store().ping().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}
