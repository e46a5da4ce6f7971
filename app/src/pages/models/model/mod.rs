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

/// What an admin can do here.
#[derive(Clone, Copy)]
struct Actions {
    publish: ServerAction<PublishModel>,
    roll_back: ServerAction<RollBackModel>,
    switch: ServerAction<SwitchField>,
}

impl Actions {
    fn new() -> Self {
        Self { publish: ServerAction::new(), roll_back: ServerAction::new(), switch: ServerAction::new() }
    }

    /// Changes whenever one of them is done.
    fn version(self) -> (usize, usize, usize) {
        (self.publish.version().get(), self.roll_back.version().get(), self.switch.version().get())
    }

    /// What the last one came to, if it failed; a post without scripts brings its error back in the address.
    fn error(self) -> Option<AppError> {
        if self.version() == (0, 0, 0) {
            return error_in_url::<PublishModel>().or_else(error_in_url::<RollBackModel>).or_else(error_in_url::<SwitchField>);
        }
        let outcomes = [self.publish.value().get(), self.roll_back.value().get(), self.switch.value().get()];
        outcomes.into_iter().flatten().find_map(Result::err)
    }
}

#[component]
pub fn ModelPage() -> impl IntoView {
    let actions = Actions::new();
    let query = use_query_map();
    let version = Memo::new(move |_| query.with(|query| query.get_str("version").and_then(|version| version.parse::<i32>().ok())));
    let view = Resource::new_blocking(move || (actions.version(), version.get()), |(_, version)| model(version));
    view! {
        <Title text="Model"/>
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Model view actions/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Model(view: ModelView, actions: Actions) -> impl IntoView {
    let ModelView { report, versions, previous, fields, may_manage } = view;
    let error = move || actions.error().map(|error| view! { <Notice tone=Tone::Error testid="model-error">{error.to_string()}</Notice> });
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
                <Fields fields may_manage action=actions.switch/>
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
            <div class="model-plan">
                <div class="model-aside flex flex-col gap-3.5 min-w-0">
                    <Contents sections=contents/>
                    <Versions versions previous may_manage publish=actions.publish roll_back=actions.roll_back/>
                    <ToLearning/>
                    <Fields fields may_manage action=actions.switch/>
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
