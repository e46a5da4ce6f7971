//! HTTP wiring: pages, server functions, assets, sessions, and what stands in front of them.

mod api;
mod connections;
mod headers;
mod health;
mod limits;
mod unsubscribe;

use app::{Site, api::session::Backend, services::App, shell, store::SessionTable, stylesheet};
use axum::{Router, http::header, response::IntoResponse, routing::get};
use axum_login::AuthManagerLayerBuilder;
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use time::Duration;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer,
    timeout::RequestBodyDeadlineLayer, trace::TraceLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

pub use self::connections::serve;
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
        move || provide_context(app.clone())
    };
    let rendered = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let fallback = leptos_axum::file_and_error_handler_with_context::<LeptosOptions, _>(context.clone(), shell);
    let pages = Router::new().leptos_routes_with_context(&options, routes, context, rendered).fallback(fallback).with_state(options);
    let signed_in = AuthManagerLayerBuilder::new(Backend(app.clone()), session_layer(config, sessions)).build();
    let pages = pages.merge(api::router(app.clone())).layer(signed_in);
    Router::new()
        .merge(unsubscribe::router(app.clone()))
        .route("/healthz", get(health::healthz).with_state(app))
        .route(stylesheet::STYLESHEET_PATH, get(styles))
        .merge(pages)
        .layer(axum::middleware::from_fn(limits::in_time))
        .layer(RequestBodyDeadlineLayer::new(limits::BODY))
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn(headers::security))
        .layer(RequestBodyLimitLayer::new(limits::MAX_BODY))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
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
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, stylesheet::STYLESHEET)
}

#[cfg(test)]
mod tests;
