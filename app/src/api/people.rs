//! Signing in and out.

use leptos::prelude::*;

use crate::{domain::error::AppError, views::people::DemoLogin};

/// Who is signed in; `None` when nobody is.
#[server(endpoint = "me")]
pub async fn me() -> Result<Option<crate::views::people::Me>, AppError> {
    crate::api::context::me().await
}

/// Opens a session and leads to `next` (a path of this site), or to the deal list.
#[server(endpoint = "sign_in")]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), AppError> {
    crate::api::context::sign_in(email, password, next).await
}

/// Ends the session and leads to the sign-in page.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    crate::api::context::sign_out().await
}

/// The sign-ins of the demo workspace; empty in any other workspace.
#[server(endpoint = "demo_logins")]
pub async fn demo_logins() -> Result<Vec<DemoLogin>, AppError> {
    crate::api::context::demo_logins().await
}
