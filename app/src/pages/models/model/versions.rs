//! The versions, and changing which one scores the deals. Each change is asked for twice: the form opens first, also without
//! scripts.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::models::registry::{PublishModel, RollBackModel},
    components::{Card, Icon, IconName, count, instant_date},
    domain::models::{ModelState, ModelSummary},
};

#[component]
pub fn Versions(versions: Vec<ModelSummary>, previous: Option<i32>, may_manage: bool) -> impl IntoView {
    let rows = versions.into_iter().map(|model| view! { <Version model may_manage/> }).collect_view();
    let back = previous.filter(|_| may_manage).map(|version| {
        view! {
            <details class="disclosure border border-line rounded-lg mx-4 mb-4 no-print" data-testid="roll-back">
                <summary class="px-3 py-2 font-medium">{format!("Roll back to model {version}")}</summary>
                <div class="px-3 pb-3 flex flex-col gap-2.5">
                    <p class="text-xs text-muted">{format!("Model {version} scores all open deals again, at once and for everybody.")}</p>
                    <form method="post" action=RollBackModel::url()>
                        <button type="submit" class="button button-primary" data-testid="roll-back-submit">"Roll back"</button>
                    </form>
                </div>
            </details>
        }
    });
    view! {
        <Card title="Versions" id="versions" testid="model-versions" flush=true>
            <ul class="divided border-t border-line">{rows}</ul>
            {back}
        </Card>
    }
    .into_any()
}

#[component]
fn Version(model: ModelSummary, may_manage: bool) -> impl IntoView {
    let version = model.version;
    let state = if model.ready { model.state.label() } else { "Not ready" };
    let figure = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {value:.3}"));
    let figures: Vec<String> =
        [figure("AUC", model.roc_auc), figure("log-loss", model.log_loss), figure("ECE", model.ece)].into_iter().flatten().collect();
    let publishable = may_manage && model.ready && model.artifact.is_some() && model.state != ModelState::Champion;
    view! {
        <li class="px-4 py-2.5" data-testid="model-version" data-version=version.to_string() data-state=model.state.into_str()>
            <div class="flex items-center justify-between gap-2">
                <a class="link font-medium" href=format!("/model?version={version}")>{format!("Model {version}")}</a>
                <span class="badge" data-model=if model.ready { model.state.into_str() } else { "not_ready" }>{state}</span>
            </div>
            <p class="text-xs text-muted mt-0.5">
                {format!("{}, trained {} on {} deals", model.learner.replace('_', " "), instant_date(model.trained_at), count(model.deals))}
            </p>
            <p class="num text-xs text-muted">{figures.join(" · ")}</p>
            {publishable
                .then(|| {
                    view! {
                        <details class="disclosure mt-1 no-print">
                            <summary class="inline-flex items-center gap-1 text-xs font-medium" data-testid="publish">
                                <span class="turns inline-flex text-muted"><Icon name=IconName::ChevronRight/></span>
                                "Publish"
                            </summary>
                            <div class="flex flex-col gap-2 mt-1.5">
                                <p class="text-xs text-muted">"It scores all open deals from now on, for everybody."</p>
                                <form method="post" action=PublishModel::url()>
                                    <input type="hidden" name="version" value=version.to_string()/>
                                    <button type="submit" class="button button-primary" data-testid="publish-submit">
                                        {format!("Publish model {version}")}
                                    </button>
                                </form>
                            </div>
                        </details>
                    }
                })}
        </li>
    }
    .into_any()
}
