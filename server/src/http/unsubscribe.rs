//! Ending the daily mail from a link in it, without signing in: the link's token is the right to do so.

use app::services::App;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};

pub fn router(app: App) -> Router {
    Router::new().route("/unsubscribe/{token}", get(ask).post(unsubscribe)).with_state(app)
}

/// The page's own policy: its form, its styles, nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

/// Asks first: mail programs follow links by themselves to look at them.
async fn ask() -> Response {
    page(StatusCode::OK, "No more daily mail?", r#"<form method="post"><button type="submit">Unsubscribe</button></form>"#)
}

/// By the button, or by a mail program's one click (RFC 8058).
async fn unsubscribe(State(app): State<App>, Path(token): Path<String>) -> Response {
    match app.notifications().unsubscribe(&token).await {
        Ok(true) => page(
            StatusCode::OK,
            "You get no daily mail any more",
            r#"<p>Should you want it back: <a href="/notifications/settings">What I am told</a>.</p>"#,
        ),
        Ok(false) => page(
            StatusCode::NOT_FOUND,
            "This link does not work any more",
            r#"<p>Choose what you get here: <a href="/notifications/settings">What I am told</a>.</p>"#,
        ),
        Err(error) => page(StatusCode::INTERNAL_SERVER_ERROR, "That did not work", &format!("<p>{error}</p>")),
    }
}

/// `body` is our own markup.
fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>{title} · VectorOS</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.25rem;text-align:center}}
button{{font:inherit;padding:.5rem 1rem}}</style></head><body><h1>{title}</h1>{body}</body></html>"#
    );
    let mut response = (status, Html(html)).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
