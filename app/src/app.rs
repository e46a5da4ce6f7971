//! The shell and the routes.

use axum::http::{HeaderValue, header::CONTENT_SECURITY_POLICY};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    components::{Frame, lead_to},
    pages::{
        AccuracyPage, AlertsPage, BoardPage, ClosePage, DashboardPage, DealPage, DealsPage, DriverDealsPage, FeedbackPage, ImpactPage,
        JobsPage, LearningPage, LoginPage, MissingPage, ModelPage, MonitoringPage, NotificationsPage, OutcomeSettingsPage, OutcomesPage,
        PastScorePage, SettingsPage,
    },
};

/// The HTML document around the app. Pages are rendered once, here; `islands/page.js` brings their islands to life.
pub fn shell() -> impl IntoView {
    allow_only_own_scripts();
    // Nothing outside an island is hydrated, so pages need not bring their data along.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="stylesheet" href=crate::stylesheet::stylesheet_path()/>
                <script nonce=use_nonce() inner_html=crate::components::THEME_SCRIPT></script>
                <link rel="modulepreload" href="/pkg/vectoros.js" fetchpriority="low"/>
                <link rel="preload" href="/pkg/vectoros_bg.wasm" r#as="fetch" r#type="application/wasm" crossorigin="" fetchpriority="low"/>
                <script type="module" src=crate::stylesheet::PAGE_SCRIPT_PATH></script>
                <MetaTags/>
            </head>
            <body>
                <Site/>
            </body>
        </html>
    }
}

/// The page's content security policy: scripts run only if they carry this response's nonce or come from here.
fn allow_only_own_scripts() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<leptos_axum::ResponseOptions>()) else { return };
    // Style attributes draw the bars; scripts compile the client's WebAssembly.
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Everything a user can see, by address.
#[component]
pub fn Site() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|page: String| if page.is_empty() { "VectorOS".into() } else { format!("{page} · VectorOS") }/>
        <div class="progress-line" aria-hidden="true"></div>
        <Router>
            <Routes fallback=MissingPage>
                <Route path=path!("/") view=|| lead_to("/deals") ssr=SsrMode::Async/>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("deals") view=DealsPage ssr=SsrMode::Async/>
                    <Route path=path!("deals/:id") view=DealPage ssr=SsrMode::Async/>
                    <Route path=path!("board") view=BoardPage ssr=SsrMode::Async/>
                    <Route path=path!("close") view=ClosePage ssr=SsrMode::Async/>
                    <Route path=path!("settings/outcomes") view=OutcomeSettingsPage ssr=SsrMode::Async/>
                    <Route path=path!("deals/:id/replay") view=PastScorePage ssr=SsrMode::Async/>
                    <Route path=path!("dashboard") view=DashboardPage ssr=SsrMode::Async/>
                    <Route path=path!("alerts") view=AlertsPage ssr=SsrMode::Async/>
                    <Route path=path!("notifications") view=NotificationsPage ssr=SsrMode::Async/>
                    <Route path=path!("notifications/settings") view=SettingsPage ssr=SsrMode::Async/>
                    <Route path=path!("outcomes") view=OutcomesPage ssr=SsrMode::Async/>
                    <Route path=path!("outcomes/deals") view=DriverDealsPage ssr=SsrMode::Async/>
                    <Route path=path!("model") view=ModelPage ssr=SsrMode::Async/>
                    <Route path=path!("learning") view=LearningPage ssr=SsrMode::Async/>
                    <Route path=path!("accuracy") view=AccuracyPage ssr=SsrMode::Async/>
                    <Route path=path!("feedback") view=FeedbackPage ssr=SsrMode::Async/>
                    <Route path=path!("impact") view=ImpactPage ssr=SsrMode::Async/>
                    <Route path=path!("monitoring") view=MonitoringPage ssr=SsrMode::Async/>
                    <Route path=path!("jobs") view=JobsPage ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
