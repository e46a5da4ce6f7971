//! Recording how the deal ended. The forms open without scripts and post without them.

use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::CloseDeal,
    components::{Card, Icon, IconName, Notice, Tone, failure_of, instant_date},
    domain::{AppError, DealId, Instant, Outcome},
};

#[component]
pub fn CloseForms(id: DealId, version: i32, reasons: Vec<String>, action: ServerAction<CloseDeal>) -> impl IntoView {
    let error = failure_of(action);
    let reason_missing = {
        let error = error.clone();
        move || matches!(error(), Some(AppError::Invalid { field, .. }) if field == "reason")
    };
    let pending = action.pending();
    let options = reasons.into_iter().map(|reason| view! { <option value=reason.clone()>{reason.clone()}</option> }).collect_view();
    let open_lost = reason_missing.clone();
    view! {
        <div class="no-print">
            <Card title="Record the outcome" id="close">
                {move || {
                    error()
                        .map(|error| view! { <div class="mb-3"><Notice tone=Tone::Error testid="close-error">{error.to_string()}</Notice></div> })
                }}
                <div class="flex flex-col gap-2">
                    <details class="disclosure border border-line rounded-lg" data-testid="close-won">
                        <Summary icon=IconName::Trophy text="Mark as won" testid="close-won-summary"/>
                        <div class="px-3 pb-3">
                            <ActionForm action attr:class="flex flex-col gap-2.5">
                                <Hidden id version outcome=Outcome::Won/>
                                <Notes id="notes-won"/>
                                <button type="submit" class="button button-primary" disabled=pending data-testid="close-won-submit">
                                    "Record as won"
                                </button>
                            </ActionForm>
                        </div>
                    </details>
                    <details class="disclosure border border-line rounded-lg" open=open_lost data-testid="close-lost">
                        <Summary icon=IconName::Close text="Mark as lost" testid="close-lost-summary"/>
                        <div class="px-3 pb-3">
                            <ActionForm action attr:class="flex flex-col gap-2.5">
                                <Hidden id version outcome=Outcome::Lost/>
                                <div>
                                    <label class="eyebrow block mb-1" for="reason">"Why was it lost?"</label>
                                    <select
                                        class="field"
                                        id="reason"
                                        name="reason"
                                        required
                                        aria-invalid=move || reason_missing().then_some("true")
                                    >
                                        <option value="">"Choose a reason"</option>
                                        {options}
                                    </select>
                                </div>
                                <Notes id="notes-lost"/>
                                <button type="submit" class="button button-primary" disabled=pending data-testid="close-lost-submit">
                                    "Record as lost"
                                </button>
                            </ActionForm>
                        </div>
                    </details>
                </div>
            </Card>
        </div>
    }
    .into_any()
}

#[component]
fn Summary(icon: IconName, text: &'static str, testid: &'static str) -> impl IntoView {
    view! {
        <summary class="flex items-center gap-2 px-3 py-2 font-medium" data-testid=testid>
            <span class="text-muted"><Icon name=icon/></span>
            <span class="flex-1">{text}</span>
            <span class="turns inline-flex text-muted"><Icon name=IconName::ChevronRight/></span>
        </summary>
    }
}

#[component]
fn Hidden(id: DealId, version: i32, outcome: Outcome) -> impl IntoView {
    view! {
        <input type="hidden" name="id" value=id.to_string()/>
        <input type="hidden" name="version" value=version.to_string()/>
        <input type="hidden" name="outcome" value=outcome.as_str()/>
    }
}

#[component]
fn Notes(id: &'static str) -> impl IntoView {
    view! {
        <div>
            <label class="eyebrow block mb-1" for=id>"Notes (optional)"</label>
            <textarea class="field" id=id name="notes" rows="3" maxlength="4000" placeholder="What decided it?"></textarea>
        </div>
    }
}

/// Says how and when a closed deal ended.
#[component]
pub fn ClosedBanner(outcome: Outcome, closed_at: Option<Instant>, reason: Option<String>, notes: Option<String>) -> impl IntoView {
    let tone = if outcome == Outcome::Won { Tone::Good } else { Tone::Info };
    let when = closed_at.map(|at| format!(" on {}", instant_date(at))).unwrap_or_default();
    let why = reason.map(|reason| format!(" Reason: {reason}.")).unwrap_or_default();
    let notes = notes.filter(|notes| !notes.trim().is_empty());
    view! {
        <div data-testid="closed-banner" data-outcome=outcome.as_str()>
            <Notice tone>
                <p><strong class="font-semibold">{format!("This deal was {}{when}.", outcome.as_str())}</strong> {why}</p>
                {notes.map(|notes| view! { <p class="mt-1 whitespace-pre-line break-words">{notes}</p> })}
            </Notice>
        </div>
    }
    .into_any()
}
