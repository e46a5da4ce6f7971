//! Server functions are for people who signed in: strangers are refused before anything of their request is read, so that no function
//! can forget to ask, nor tell by its complaints what it takes.

use app::{api::session::AuthSession, domain::error::AppError};
use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::refusals;

/// What anybody may ask without signing in.
pub const OPEN_TO_ALL: [&str; 4] = ["me", "sign_in", "sign_out", "demo_logins"];

pub async fn refuse(session: AuthSession, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if session.user.is_some() || !is_guarded(path) {
        return next.run(request).await;
    }
    // A form that was sent without the page's program leads on as a page does.
    if takes_pages(request.headers()) {
        return Redirect::to("/login").into_response();
    }
    refusals::of_server_function(path, AppError::NotSignedIn)
}

/// The REST interface asks for itself: it takes tokens too.
fn is_guarded(path: &str) -> bool {
    path.strip_prefix("/api/").is_some_and(|name| !name.starts_with("v1/") && !OPEN_TO_ALL.contains(&name))
}

fn takes_pages(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|given| given.to_str().ok()).is_some_and(|given| given.contains("text/html"))
}
