//! Trainings: what was asked for, how far it is, what came of it.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::models::learning::CancelTraining,
    components::{Card, moment},
    domain::models::{TrainingRun, TrainingState},
};

#[component]
pub fn TrainingsCard(trainings: Vec<TrainingRun>, may_manage: bool) -> impl IntoView {
    let body = if trainings.is_empty() {
        view! { <p class="px-4 pb-4 text-muted">"No training was asked for yet."</p> }.into_any()
    } else {
        let lines = trainings.into_iter().map(|run| view! { <Line run may_manage/> }).collect_view();
        view! { <ul class="divided border-t border-line">{lines}</ul> }.into_any()
    };
    view! {
        <Card title="Trainings" id="trainings" flush=true hint="A new model begins as challenger; the first is the champion at once.">
            {body}
        </Card>
    }
    .into_any()
}

#[component]
fn Line(run: TrainingRun, may_manage: bool) -> impl IntoView {
    let TrainingRun { id, cause, asked_by, asked_at, state, share, doing, cancelling, model_version, said, .. } = run;
    let when = moment(asked_at);
    let who = asked_by.map(|name| format!(" · {name}")).unwrap_or_default();
    let percent = (share * 100.0).round();
    let progress = (state == TrainingState::Running).then(|| {
        view! {
            <span class="bar-track" role="progressbar" aria-valuenow=percent.to_string() aria-valuemin="0" aria-valuemax="100" aria-label="Training">
                <span class="bar-fill" style=format!("width:{percent}%")></span>
            </span>
            <p class="text-xs text-muted">{format!("{percent} %: {doing}")}</p>
        }
    });
    let cancel = (may_manage && state.is_active() && !cancelling).then(|| {
        view! {
            <form method="post" action=CancelTraining::url() class="no-print">
                <input type="hidden" name="id" value=id.to_string()/>
                <button type="submit" class="button button-quiet text-xs" data-testid="cancel-training">"Cancel"</button>
            </form>
        }
    });
    let report = model_version.map(|version| {
        view! { <a class="link text-xs" href=format!("/model?version={version}") data-testid="training-report">{format!("Full report on model {version}")}</a> }
    });
    let label = if cancelling && state.is_active() { "Stopping" } else { state.label() };
    view! {
        <li class="px-4 py-2.5" data-testid="training" data-state=state.into_str()>
            <div class="flex flex-wrap items-center justify-between gap-2">
                <span class="font-medium">{cause.label()} <span class="font-normal text-xs text-muted">{format!(" {when}{who}")}</span></span>
                <span class="flex items-center gap-2">{cancel} <span class="badge" data-training=state.into_str()>{label}</span></span>
            </div>
            {progress}
            {said.map(|said| view! { <p class="text-xs text-muted mt-0.5">{said}</p> })}
            {report}
        </li>
    }
    .into_any()
}
