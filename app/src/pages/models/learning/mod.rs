//! Learning: trainings, the challenger under test, drift, and the rules of it all.

pub mod challenger_test;
mod drift;
mod rules;
mod trainings;

use std::time::Duration;

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{challenger_test::ChallengerTestCard, drift::DriftCard, rules::RulesCard, trainings::TrainingsCard};
use crate::{
    api::models::learning::{CancelTraining, DecideChallengerTest, LookAfterModel, SetLearningRules, TrainNow, learning},
    components::{ErrorPage, Notice, Tone, count, error_in_url},
    domain::error::AppError,
    views::models::LearningView,
};

/// How often a browser looks how far a training is.
const LOOK: Duration = Duration::from_secs(2);

/// What an admin can do here.
#[derive(Clone, Copy)]
struct Actions {
    train: ServerAction<TrainNow>,
    cancel: ServerAction<CancelTraining>,
    look: ServerAction<LookAfterModel>,
    decide: ServerAction<DecideChallengerTest>,
    rules: ServerAction<SetLearningRules>,
}

impl Actions {
    fn new() -> Self {
        Self {
            train: ServerAction::new(),
            cancel: ServerAction::new(),
            look: ServerAction::new(),
            decide: ServerAction::new(),
            rules: ServerAction::new(),
        }
    }

    /// Changes whenever one of them is done.
    fn version(self) -> [usize; 5] {
        [
            self.train.version().get(),
            self.cancel.version().get(),
            self.look.version().get(),
            self.decide.version().get(),
            self.rules.version().get(),
        ]
    }

    /// What the last one came to, if it failed; a post without scripts brings its error back in the address.
    fn error(self) -> Option<AppError> {
        if self.version() == [0; 5] {
            return error_in_url::<TrainNow>().or_else(error_in_url::<SetLearningRules>).or_else(error_in_url::<DecideChallengerTest>);
        }
        let outcomes = [
            self.train.value().get(),
            self.cancel.value().get(),
            self.look.value().get(),
            self.decide.value().get(),
            self.rules.value().get(),
        ];
        outcomes.into_iter().flatten().find_map(Result::err)
    }
}

#[component]
pub fn LearningPage() -> impl IntoView {
    let actions = Actions::new();
    let looked = RwSignal::new(0u32);
    let view = Resource::new_blocking(move || (actions.version(), looked.get()), |_| learning());
    // While a training is under way the page follows it.
    Effect::new(move |_| {
        let view = view.get().and_then(Result::ok);
        if view.is_some_and(|view| view.trainings.iter().any(|run| run.state.is_active())) {
            set_timeout(
                move || {
                    looked.try_update(|looked| *looked += 1);
                },
                LOOK,
            );
        }
    });
    view! {
        <Title text="Learning"/>
        <Transition>
            {move || {
                let error = actions.error();
                Suspend::new(async move {
                    match view.await {
                        Ok(view) => view! { <Learning view actions error/> }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Learning(view: LearningView, actions: Actions, error: Option<AppError>) -> impl IntoView {
    let LearningView {
        champion,
        challenger_test,
        challenger_tests,
        trainings,
        rules,
        unreadable,
        closed_since,
        drift,
        rolling,
        rolling_svg,
        may_manage,
    } = view;
    let asked = use_query_map().with_untracked(|params| params.get_str("asked").is_some()) || actions.look.version().get_untracked() > 0;
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
                <ActionForm action=actions.train>
                    <button type="submit" class="button button-primary" data-testid="train-now">"Train a new model"</button>
                </ActionForm>
                <ActionForm action=actions.look>
                    <button type="submit" class="button" data-testid="look-now">"Look for drift now"</button>
                </ActionForm>
            </div>
        }
    });
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
            <TrainingsCard trainings may_manage action=actions.cancel/>
            <ChallengerTestCard challenger_test challenger_tests may_manage action=actions.decide/>
            <DriftCard drift rolling rolling_svg/>
            {unreadable.then(|| {
                view! {
                    <Notice tone=Tone::Warning testid="rules-unreadable">
                        "The rules of learning cannot be read. Nothing is trained or promoted by itself until an admin saves them again."
                    </Notice>
                }
            })}
            <RulesCard rules may_manage action=actions.rules/>
        </section>
    }
    .into_any()
}
