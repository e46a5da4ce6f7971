//! The model page: what the model knows, how good it is, which versions there are, and what the next one may learn from.

mod fields;
mod report;
mod versions;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{
    fields::Fields,
    report::{Contents, ReportView, is_shown},
    versions::Versions,
};
use crate::{
    api::models::registry::{PublishModel, RollBackModel, SwitchField, model},
    components::{EmptyState, ErrorPage, Notice, Tone, error_in_url},
    domain::error::AppError,
    views::models::ModelView,
};

/// What the last form came to, if it failed.
fn refused() -> Option<AppError> {
    error_in_url::<PublishModel>().or_else(error_in_url::<RollBackModel>).or_else(error_in_url::<SwitchField>)
}

#[component]
pub fn ModelPage() -> impl IntoView {
    let query = use_query_map();
    let version = Memo::new(move |_| query.with(|query| query.get_str("version").and_then(|version| version.parse::<i32>().ok())));
    let view = Resource::new_blocking(move || version.get(), model);
    view! {
        <Title text="Model"/>
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Model view/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Model(view: ModelView) -> impl IntoView {
    let ModelView { report, versions, unusable, previous, fields, may_manage } = view;
    let error = refused().map(|error| view! { <Notice tone=Tone::Error testid="model-error">{error.to_string()}</Notice> });
    let unusable = unusable.map(|version| {
        view! {
            <Notice tone=Tone::Warning testid="model-unusable">
                {format!(
                    "Model {version} is in use but cannot be read: its file is damaged or gone. Deals are scored by their stages' win rates \
                     until an admin publishes another version, the file is restored, or a new model is trained.",
                )}
            </Notice>
        }
    });
    let Some(mut report) = report else {
        return view! {
            <div class="flex flex-col gap-3.5">
                <h1 class="text-xl font-semibold">"Model"</h1>
                {error}
                <section class="card">
                    <EmptyState
                        title="No model yet"
                        text="Once enough closed deals are in, `vectoros train` makes one. Until then scores are the win rates of stages."
                    />
                </section>
                <ToLearning/>
                <Fields fields may_manage/>
            </div>
        }
        .into_any();
    };
    report.sections.retain(is_shown);
    let contents = report.sections.iter().map(|section| (section.id.clone(), section.title.clone())).collect::<Vec<_>>();
    view! {
        <div class="flex flex-col gap-3.5">
            <div>
                <h1 class="text-xl font-semibold" data-testid="model-title">{report.title.clone()}</h1>
                <p class="text-xs text-muted mt-0.5">{report.origin.join(" · ")}</p>
            </div>
            {error}
            {unusable}
            <div class="model-plan">
                <div class="model-aside flex flex-col gap-3.5 min-w-0">
                    <Contents sections=contents/>
                    <Versions versions previous may_manage/>
                    <ToLearning/>
                    <Fields fields may_manage/>
                </div>
                <ReportView report/>
            </div>
        </div>
    }
    .into_any()
}

/// Trainings, trials and drift have a page of their own.
#[component]
fn ToLearning() -> impl IntoView {
    view! { <a class="button no-print" href="/learning" data-testid="to-learning">"Train, compare, watch for drift"</a> }
}
