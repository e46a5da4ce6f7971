//! HTTP wiring: pages, server functions, assets, sessions, and what stands in front of them.

mod api;
mod connections;
mod files;
mod headers;
mod health;
mod input;
mod limits;
mod refusals;
mod strangers;
mod to_the_end;
mod unsubscribe;

use app::{
    Site,
    api::{context::provide, session::Backend},
    services::App,
    shell,
    store::SessionTable,
    stylesheet,
};
use axum::{Router, http::header, response::IntoResponse, routing::get};
use axum_login::AuthManagerLayerBuilder;
use leptos::config::LeptosOptions;
use leptos_axum::{LeptosRoutes, generate_route_list};
use time::Duration;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer,
    timeout::RequestBodyDeadlineLayer, trace::TraceLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

pub use self::connections::serve;
use self::to_the_end::run_to_the_end;
use crate::config::Config;

/// A session ends after so long without a request.
const SESSION_IDLE: Duration = Duration::days(7);

/// Everything the server answers.
pub fn router(config: &Config, app: App, sessions: SessionTable) -> Router {
    let options = LeptosOptions::builder()
        .output_name("vectoros")
        .site_root(config.site_dir.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .site_addr(config.addr)
        .build();
    let routes = generate_route_list(Site);
    let context = {
        let app = app.clone();
        move || provide(&app)
    };
    let missing = leptos_axum::render_app_async_with_context(context.clone(), shell);
    let pages = Router::new().leptos_routes_with_context(&options, routes, context, shell).fallback(missing).with_state(options);
    let signed_in = AuthManagerLayerBuilder::new(Backend(app.clone()), session_layer(config, sessions)).build();
    let pages = pages
        .merge(api::router(app.clone()))
        .layer(axum::middleware::from_fn(refusals::say_status))
        .layer(axum::middleware::from_fn(strangers::refuse))
        .layer(signed_in);
    Router::new()
        .merge(unsubscribe::router(app.clone()))
        .route("/healthz", get(health::healthz).with_state(app))
        .route(stylesheet::STYLESHEET_PATH, get(styles))
        .route(stylesheet::PAGE_SCRIPT_PATH, get(page_script))
        .merge(pages)
        .layer(axum::middleware::from_fn(input::look_through))
        .layer(axum::middleware::from_fn(run_to_the_end))
        .merge(files::router(config))
        .layer(axum::middleware::from_fn(limits::in_time))
        .layer(RequestBodyDeadlineLayer::new(limits::BODY))
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(limits::MAX_BODY))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        // Around all that refuses: refusals carry the headers too.
        .layer(axum::middleware::from_fn(headers::security))
        .layer(TraceLayer::new_for_http())
}

fn session_layer(config: &Config, sessions: SessionTable) -> SessionManagerLayer<SessionTable> {
    SessionManagerLayer::new(sessions)
        .with_name("vectoros_session")
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(config.secure_cookies)
        .with_expiry(Expiry::OnInactivity(SESSION_IDLE))
}

/// The stylesheet's address holds its hash, so it never changes under it.
async fn styles() -> impl IntoResponse {
    for_ever("text/css; charset=utf-8", stylesheet::STYLESHEET)
}

/// The same of the page's script.
async fn page_script() -> impl IntoResponse {
    for_ever("text/javascript; charset=utf-8", stylesheet::PAGE_SCRIPT)
}

fn for_ever(kind: &'static str, content: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], content)
}

#[cfg(test)]
mod tests;
