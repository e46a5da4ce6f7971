//! Learning: trainings, the challenger under test, drift, and the rules of it all.

pub mod challenger_test;
mod drift;
mod rules;
mod trainings;

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{challenger_test::ChallengerTestCard, drift::DriftCard, rules::RulesCard, trainings::TrainingsCard};
use crate::{
    api::models::learning::{CancelTraining, DecideChallengerTest, LookAfterModel, SetLearningRules, TrainNow, learning},
    components::{ErrorPage, Notice, Tone, count, error_in_url},
    domain::error::AppError,
    islands::Follow,
    views::models::LearningView,
};

/// How often a browser looks how far a training is, in seconds.
const LOOK: u32 = 2;

/// What the last form came to, if it failed.
fn refused() -> Option<AppError> {
    error_in_url::<TrainNow>()
        .or_else(error_in_url::<CancelTraining>)
        .or_else(error_in_url::<LookAfterModel>)
        .or_else(error_in_url::<DecideChallengerTest>)
        .or_else(error_in_url::<SetLearningRules>)
}

#[component]
pub fn LearningPage() -> impl IntoView {
    let view = Resource::new_blocking(|| (), |()| learning());
    let error = refused();
    view! {
        <Title text="Learning"/>
        <Transition>
            {move || {
                let error = error.clone();
                Suspend::new(async move {
                    match view.await {
                        Ok(view) => view! { <Learning view error/> }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Learning(view: LearningView, error: Option<AppError>) -> impl IntoView {
    let LearningView {
        champion,
        challenger_test,
        challenger_tests,
        trainings,
        rules,
        unreadable,
        closed_since,
        drift,
        rolling_at,
        rolling,
        may_manage,
    } = view;
    let asked = use_query_map().with_untracked(|params| params.get_str("asked").is_some());
    let asked = (asked && error.is_none()).then(|| {
        view! {
            <Notice tone=Tone::Info testid="look-asked">
                "Asked for; it is done in the background. " <a class="link" href="/learning">"Look again"</a>
            </Notice>
        }
    });
    let buttons = may_manage.then(|| {
        view! {
            <div class="flex flex-wrap gap-2 no-print">
                <form method="post" action=TrainNow::url()>
                    <button type="submit" class="button button-primary" data-testid="train-now">"Train a new model"</button>
                </form>
                <form method="post" action=LookAfterModel::url()>
                    <button type="submit" class="button" data-testid="look-now">"Look for drift now"</button>
                </form>
            </div>
        }
    });
    // While a training is under way the page follows it.
    let follows = trainings.iter().any(|run| run.state.is_active()).then(|| view! { <Follow seconds=LOOK/> });
    let in_charge = match champion {
        Some(version) => format!("Model {version} scores the deals. "),
        None => "No model scores the deals yet. ".to_owned(),
    };
    view! {
        <section class="flex flex-col gap-3.5" data-testid="learning-page">
            <div class="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
                <div>
                    <h1 class="text-xl font-semibold">"Learning"</h1>
                    <p class="text-muted mt-0.5">
                        {in_charge} {format!("{} deals closed since the last training.", count(closed_since))}
                    </p>
                </div>
                {buttons}
            </div>
            {error.map(|error| view! { <Notice tone=Tone::Error testid="learning-error">{error.to_string()}</Notice> })}
            {asked}
            {follows}
            <TrainingsCard trainings may_manage/>
            <ChallengerTestCard challenger_test challenger_tests may_manage/>
            <DriftCard drift rolling rolling_at/>
            {unreadable.then(|| {
                view! {
                    <Notice tone=Tone::Warning testid="rules-unreadable">
                        "The rules of learning cannot be read. Nothing is trained or promoted by itself until an admin saves them again."
                    </Notice>
                }
            })}
            <RulesCard rules may_manage/>
        </section>
    }
    .into_any()
}
