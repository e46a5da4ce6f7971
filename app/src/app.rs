//! The shell and the routes.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    components::{Frame, lead_to, provide_today},
    pages::{
        AccuracyPage, AlertsPage, BoardPage, ClosePage, DashboardPage, DealPage, DealsPage, DriverDealsPage, FeedbackPage, ImpactPage,
        JobsPage, LearningPage, LoginPage, MissingPage, ModelPage, MonitoringPage, NotificationsPage, OutcomeSettingsPage, OutcomesPage,
        PastScorePage, SettingsPage,
    },
};

/// The HTML document around the app, made by the server.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos::nonce::use_nonce;
    use leptos_meta::MetaTags;

    allow_only_own_scripts();
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
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <Site/>
            </body>
        </html>
    }
}

/// The page's content security policy: scripts run only if they carry this response's nonce or come from here.
#[cfg(feature = "ssr")]
fn allow_only_own_scripts() {
    use axum::http::{HeaderValue, header::CONTENT_SECURITY_POLICY};
    use leptos::nonce::use_nonce;

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
    provide_today();
    let (routing, set_routing) = signal(false);
    // Tells tests that the browser has taken over.
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
    view! {
        <Title formatter=|page: String| if page.is_empty() { "VectorOS".into() } else { format!("{page} · VectorOS") }/>
        <div class="progress-line" aria-hidden="true" data-active=move || routing.get().then_some("true")></div>
        <Router set_is_routing=set_routing>
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
