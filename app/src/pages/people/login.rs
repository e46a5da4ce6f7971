//! Signing in.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::people::{SignIn, demo_logins},
    components::{Brand, Icon, IconName, Notice, ThemeToggle, Tone, error_in_url},
    domain::people::Role,
    views::people::DemoLogin,
};

/// A path of this site, or nothing: a link from elsewhere must not lead a user away after signing in.
fn own_path(next: &str) -> Option<String> {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.chars().any(char::is_control);
    own.then(|| next.to_owned())
}

#[component]
pub fn LoginPage() -> impl IntoView {
    let demo = Resource::new_blocking(|| (), |_| demo_logins());
    let error = error_in_url::<SignIn>();
    let next = use_query_map().with_untracked(|params| params.get_str("next").and_then(own_path));
    let failed = error.is_some();
    view! {
        <Title text="Sign in"/>
        <main class="min-h-screen flex flex-col items-center justify-center gap-4 px-4 py-10">
            <div class="w-full max-w-sm flex items-center justify-between"><Brand/> <ThemeToggle/></div>
            <div class="card w-full max-w-sm p-6">
                <h1 class="text-xl font-semibold">"Sign in"</h1>
                <p class="text-muted mt-1 mb-5">"See which deals need you today."</p>
                {error
                    .map(|error| view! { <div class="mb-4"><Notice tone=Tone::Error testid="login-error">{error.to_string()}</Notice></div> })}
                // A plain form: it works before scripts have loaded, and without them.
                <form method="post" action=SignIn::url() class="flex flex-col gap-3.5" data-testid="login-form">
                    <Next next=next.clone()/>
                    <div>
                        <label class="block font-medium mb-1" for="email">"E-mail"</label>
                        <input
                            class="field"
                            id="email"
                            type="email"
                            name="email"
                            autocomplete="username"
                            required
                            aria-invalid=failed.then_some("true")
                        />
                    </div>
                    <div>
                        <label class="block font-medium mb-1" for="password">"Password"</label>
                        <input
                            class="field"
                            id="password"
                            type="password"
                            name="password"
                            autocomplete="current-password"
                            required
                            aria-invalid=failed.then_some("true")
                        />
                    </div>
                    <button type="submit" class="button button-primary mt-1" data-testid="login-submit">"Sign in"</button>
                </form>
            </div>
            <Transition>
                {move || {
                    let next = next.clone();
                    Suspend::new(async move {
                        match demo.await {
                            Ok(logins) if !logins.is_empty() => view! { <DemoLogins logins next/> }.into_any(),
                            _ => ().into_any(),
                        }
                    })
                }}
            </Transition>
        </main>
    }
}

#[component]
fn Next(next: Option<String>) -> impl IntoView {
    next.map(|next| view! { <input type="hidden" name="next" value=next/> })
}

#[component]
fn DemoLogins(logins: Vec<DemoLogin>, next: Option<String>) -> impl IntoView {
    let buttons = logins
        .into_iter()
        .map(|login| {
            let sees = match login.role {
                Role::Rep => "Sees and closes their own deals",
                Role::Manager => "Sees the team's deals",
                Role::Admin => "Sees and changes everything",
            };
            view! {
                <form method="post" action=SignIn::url()>
                    <Next next=next.clone()/>
                    <input type="hidden" name="email" value=login.email/>
                    <input type="hidden" name="password" value=login.password/>
                    <button
                        type="submit"
                        class="w-full flex items-center gap-3 px-4 py-2.5 text-left cursor-pointer hover:bg-sunken"
                        data-testid=format!("demo-login-{}", login.role.into_str())
                    >
                        <span class="avatar"><Icon name=IconName::User/></span>
                        <span class="flex-1 min-w-0 leading-tight">
                            <span class="block font-medium">{login.role.label()}</span>
                            <span class="block text-xs text-muted">{sees}</span>
                        </span>
                        <span class="text-muted"><Icon name=IconName::ChevronRight/></span>
                    </button>
                </form>
            }
        })
        .collect_view();
    view! {
        <section class="card w-full max-w-sm overflow-hidden" aria-labelledby="demo">
            <h2 id="demo" class="eyebrow px-4 pt-3 pb-1.5">"Demo workspace: look around as"</h2>
            <div class="divided">{buttons}</div>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_followed() {
        assert_eq!(own_path("/deals?q=a").as_deref(), Some("/deals?q=a"));
        for foreign in ["https://example.com", "//example.com", "/\\example.com", "deals", "/deals\nx", ""] {
            assert_eq!(own_path(foreign), None, "{foreign:?}");
        }
    }
}
