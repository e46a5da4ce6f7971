//! Surfaces: cards, figures, facts, and what stands where there is nothing.

use leptos::prelude::*;

use super::{Icon, IconName, with_code};

/// A titled surface. `id` names its heading for assistive technology.
#[component]
pub fn Card(
    title: &'static str,
    id: &'static str,
    #[prop(optional, into)] testid: Option<&'static str>,
    /// A sentence under the title.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Content up to the edges, for tables.
    #[prop(optional)]
    flush: bool,
    children: Children,
) -> impl IntoView {
    let body = if flush { "" } else { super::classes!("px-4 pb-4") };
    view! {
        <section class="card" aria-labelledby=id data-testid=testid>
            <div class="px-4 pt-3.5 pb-3">
                <h2 id=id class="text-sm font-semibold">{title}</h2>
                {hint.map(|hint| view! { <p class="text-xs text-muted mt-0.5">{hint}</p> })}
            </div>
            <div class=body>{children()}</div>
        </section>
    }
    .into_any()
}

/// A figure with its name.
#[component]
pub fn Stat(
    label: &'static str,
    #[prop(into)] value: String,
    /// What the figure means or rests on.
    #[prop(into)]
    hint: String,
    testid: &'static str,
) -> impl IntoView {
    view! {
        <div class="card px-4 py-3.5">
            <dt class="eyebrow">{label}</dt>
            <dd class="num text-2xl font-semibold tracking-tight mt-1" data-testid=testid>{value}</dd>
            <dd class="text-xs text-muted mt-0.5">{hint}</dd>
        </div>
    }
    .into_any()
}

/// A name and a value in a list of facts; a dash where nothing is known.
#[component]
pub fn Fact(label: String, value: Option<String>) -> impl IntoView {
    view! {
        <div class="flex justify-between gap-4 py-1.5">
            <dt class="text-muted">{label}</dt>
            <dd class="text-right min-w-0 break-words">{value.unwrap_or_else(|| "–".into())}</dd>
        </div>
    }
}

/// Said where a list is empty: why, and what to do.
#[component]
pub fn EmptyState(title: &'static str, #[prop(into)] text: String, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center text-center gap-1 px-6 py-14" data-testid="empty-state">
            <span class="grid place-items-center w-10 h-10 rounded-full bg-sunken text-muted text-lg mb-2">
                <Icon name=IconName::Search/>
            </span>
            <p class="font-semibold">{title}</p>
            <p class="text-muted max-w-md">{with_code(&text)}</p>
            {children.map(|children| view! { <div class="mt-3">{children()}</div> })}
        </div>
    }
    .into_any()
}
