//! Errors in words, with the HTTP status that belongs to them.

use leptos::{
    prelude::*,
    server_fn::{ServerFn, error::ServerFnUrlError},
};
use leptos_meta::Title;
use leptos_router::{
    hooks::{use_location, use_query_map},
    location::Url,
};

use super::{Icon, IconName};
use crate::{api::done::PARAMETER, domain::error::AppError};

/// What server functions append to an address when a form fails without scripts.
const ERROR_PATH: &str = "__path";
pub(super) const ERROR_VALUE: &str = "__err";

/// Why a form was refused: it comes back in the address of the page that the form stands on.
pub fn error_in_url<Function>() -> Option<AppError>
where
    Function: ServerFn<Error = AppError>,
{
    use_query_map().with_untracked(|params| {
        let path = params.get_str(ERROR_PATH)?;
        let error = params.get_str(ERROR_VALUE)?;
        (path == Function::PATH).then(|| ServerFnUrlError::<AppError>::decode_err(error))
    })
}

/// Sets the status of the page's response.
pub fn set_status(code: u16) {
    if let (Some(response), Ok(code)) = (use_context::<leptos_axum::ResponseOptions>(), axum::http::StatusCode::from_u16(code)) {
        response.set_status(code);
    }
}

/// The address of this page, without what was said once.
fn here() -> String {
    let path = use_location().pathname.get_untracked();
    let mut params = use_query_map().get_untracked();
    params.remove(ERROR_PATH);
    params.remove(ERROR_VALUE);
    params.remove(PARAMETER);
    path + &params.to_query_string()
}

/// Leads to the sign-in page, and from there back to this one.
#[component]
pub fn ToSignIn() -> impl IntoView {
    let address = format!("/login?next={}", Url::escape(&here()));
    lead_to(&address);
    view! { <p class="text-muted">"Please " <a class="link" href=address>"sign in"</a> " to go on."</p> }
}

/// Leads to another page of this site by a redirect.
pub fn lead_to(address: &str) {
    if let (Some(response), Ok(location)) = (use_context::<leptos_axum::ResponseOptions>(), axum::http::HeaderValue::from_str(address)) {
        response.set_status(axum::http::StatusCode::FOUND);
        response.insert_header(axum::http::header::LOCATION, location);
    }
}

/// Said instead of a page that is not there, with status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="Not found"/>
        <Message
            testid="not-found"
            code="404"
            title="This page does not exist"
            text="The address may be mistyped, or what stood here is gone or not yours to see."
        />
    }
}

/// Said instead of a page that could not be made.
#[component]
pub fn ErrorPage(error: AppError) -> impl IntoView {
    let (status, name, title) = match &error {
        AppError::NotSignedIn => return view! { <ToSignIn/> }.into_any(),
        AppError::NotFound => return view! { <NotFound/> }.into_any(),
        AppError::Forbidden => (403, "forbidden", "You have no access to this"),
        AppError::Invalid { .. } => (422, "invalid", "This could not be taken"),
        AppError::Conflict(_) => (409, "conflict", "Somebody was faster"),
        AppError::Internal { .. } => (500, "internal", "Something went wrong"),
        AppError::Busy => (503, "busy", "Too much at once"),
        AppError::Unreachable => (503, "unreachable", "No connection"),
    };
    set_status(status);
    view! {
        <Title text=title/>
        <div data-error=name>
            <Message testid="error-page" code=status.to_string() title text=error.to_string()/>
        </div>
    }
    .into_any()
}

#[component]
fn Message(testid: &'static str, #[prop(into)] code: String, title: &'static str, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center text-center px-6 py-24" data-testid=testid>
            <p class="num text-sm font-semibold text-accent">{code}</p>
            <h1 class="text-2xl font-semibold mt-2">{title}</h1>
            <p class="text-muted max-w-md mt-2">{text}</p>
            <a class="button button-primary mt-6" href="/deals">
                <Icon name=IconName::Deals/>
                "Go to your deals"
            </a>
        </div>
    }
    .into_any()
}
