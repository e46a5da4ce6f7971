//! Settings of outcomes: the reasons that deals are lost for, and what has to be filled in.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use crate::{
    api::outcomes::closing::{AddLossReason, ChangeLossReason, SetCloseRules, outcome_settings},
    components::{Card, ErrorPage, Notice, Tone, count, error_in_url},
    domain::outcomes::{CloseRules, LossReason},
    views::closing::CloseSettings,
};

#[component]
pub fn OutcomeSettingsPage() -> impl IntoView {
    let settings = Resource::new_blocking(|| (), |()| outcome_settings());
    let refused = error_in_url::<AddLossReason>().or_else(error_in_url::<ChangeLossReason>).or_else(error_in_url::<SetCloseRules>);
    let said = refused.map(|error| view! { <Notice tone=Tone::Error testid="settings-error">{error.to_string()}</Notice> });
    view! {
        <Title text="Won and lost"/>
        <section class="flex flex-col gap-3.5 max-w-2xl" data-testid="outcome-settings">
            <h1 class="text-xl font-semibold">"Won and lost"</h1>
            {said}
            <Transition>
                {move || Suspend::new(async move {
                    match settings.await {
                        Ok(settings) => view! { <Settings settings/> }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Settings(settings: CloseSettings) -> impl IntoView {
    let CloseSettings { reasons, rules, unreadable } = settings;
    let lines = reasons.into_iter().map(|(reason, lost)| view! { <Reason reason lost/> }).collect_view();
    view! {
        <Card title="Why deals are lost" id="reasons" hint="What people choose from. Renaming a reason renames it on its deals; one out of use stays on them." flush=true>
            <ul class="divided">{lines}</ul>
            <form method="post" action=AddLossReason::url() class="px-4 py-3 flex flex-wrap items-end gap-3 border-t border-line">
                <div class="flex-1">
                    <label class="eyebrow block mb-1" for="new-reason">"Another reason"</label>
                    <input class="field" id="new-reason" name="name" required maxlength="60" data-testid="new-reason"/>
                </div>
                <Tick name="names_competitor" label="Names a competitor" checked=false/>
                <button type="submit" class="button button-primary" data-testid="add-reason">"Add"</button>
            </form>
        </Card>
        {unreadable.then(|| {
            view! {
                <Notice tone=Tone::Warning testid="rules-unreadable">
                    "The rules of closing cannot be read, and no deal can be closed until you save them again."
                </Notice>
            }
        })}
        <Rules rules/>
    }
    .into_any()
}

#[component]
fn Tick(#[prop(into)] name: String, label: &'static str, checked: bool) -> impl IntoView {
    view! {
        <label class="flex items-center gap-2 py-1.5">
            <input type="checkbox" name=name value="true" checked=checked/>
            {label}
        </label>
    }
    .into_any()
}

#[component]
fn Reason(reason: LossReason, lost: u64) -> impl IntoView {
    let LossReason { id, name, active, names_competitor } = reason;
    let label = format!("Name of the reason {name}");
    view! {
        <li class="px-4 py-2.5" data-testid="loss-reason" data-active=active.to_string()>
            <form method="post" action=ChangeLossReason::url() class="flex flex-wrap items-center gap-x-4 gap-y-2">
                <input type="hidden" name="id" value=id.to_string()/>
                <div class="flex-1"><input class="field" name="name" value=name required maxlength="60" aria-label=label/></div>
                <Tick name="names_competitor" label="Names a competitor" checked=names_competitor/>
                <Tick name="active" label="In use" checked=active/>
                <span class="num text-xs text-muted">{format!("{} lost", count(lost))}</span>
                <button type="submit" class="button">"Save"</button>
            </form>
        </li>
    }
    .into_any()
}

#[component]
fn Rules(rules: CloseRules) -> impl IntoView {
    view! {
        <Card title="What has to be filled in" id="rules" hint="The reason of a loss always has to be.">
            <form method="post" action=SetCloseRules::url() class="flex flex-col gap-1">
                // So that a form without a tick still says something.
                <input type="hidden" name="rules[of]" value="form"/>
                <Tick name="rules[won_value]" label="Final value of a won deal" checked=rules.won_value/>
                <Tick name="rules[won_notes]" label="Notes on a won deal" checked=rules.won_notes/>
                <Tick name="rules[lost_competitor]" label="Competitor, where the reason names one" checked=rules.lost_competitor/>
                <Tick name="rules[lost_notes]" label="Notes on a lost deal" checked=rules.lost_notes/>
                <div class="mt-2"><button type="submit" class="button button-primary" data-testid="save-rules">"Save"</button></div>
            </form>
        </Card>
    }
    .into_any()
}
