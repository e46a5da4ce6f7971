//! What is wrong with the deal; and recording or planning what is done about it.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::alerts::handling::{AddActivity, HandleAlerts, MuteDeal},
    components::{AlertItem, Card, Notice, Tone, error_in_url},
    domain::{deals::ActivityKind, ids::DealId},
    views::alerts::AlertView,
};

#[component]
pub fn DealAlerts(id: DealId, alerts: Vec<AlertView>, muted: bool) -> impl IntoView {
    let back = format!("/deals/{id}");
    let error = error_in_url::<HandleAlerts>().or_else(error_in_url::<MuteDeal>);
    let body = if alerts.is_empty() {
        view! { <p class="px-4 pb-3 text-muted" data-testid="no-alerts">"Nothing is wrong with this deal."</p> }.into_any()
    } else {
        let items = alerts.into_iter().map(|alert| view! { <AlertItem alert back=back.clone()/> }).collect_view();
        view! { <ul class="divided border-t border-line">{items}</ul> }.into_any()
    };
    let (text, label) = if muted { ("You hear nothing about this deal.", "Unmute") } else { ("", "Mute this deal") };
    view! {
        <Card title="Alerts" id="alerts" testid="deal-alerts" flush=true>
            {error.map(|error| view! { <div class="px-4 pb-3"><Notice tone=Tone::Error testid="alert-error">{error.to_string()}</Notice></div> })}
            {body}
            <div class="px-4 py-2.5 border-t border-line flex items-center justify-between gap-3 no-print">
                <span class="text-xs text-muted">{text}</span>
                <form method="post" action=MuteDeal::url()>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <input type="hidden" name="muted" value=(!muted).to_string()/>
                    <button type="submit" class="button button-quiet text-xs" data-testid="mute">{label}</button>
                </form>
            </div>
        </Card>
    }
    .into_any()
}

/// Records an activity that just happened, or plans one for a day.
#[component]
pub fn ActivityForm(id: DealId) -> impl IntoView {
    let error = error_in_url::<AddActivity>();
    let kinds = ActivityKind::ALL.map(|kind| view! { <option value=kind.into_str()>{kind.label()}</option> }).collect_view();
    view! {
        <div class="no-print">
            <Card title="Activity" id="activity" hint="Record what was done, or plan the next step by choosing a day.".to_owned()>
                {error.map(|error| view! { <div class="mb-3"><Notice tone=Tone::Error testid="activity-error">{error.to_string()}</Notice></div> })}
                <form method="post" action=AddActivity::url() class="flex flex-col gap-2.5">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <div class="flex gap-2">
                        <div class="flex-1">
                            <label class="eyebrow block mb-1" for="kind">"Kind"</label>
                            <select class="field" id="kind" name="kind">{kinds}</select>
                        </div>
                        <div class="flex-1">
                            <label class="eyebrow block mb-1" for="day">"Day (empty: now)"</label>
                            <input class="field" type="date" id="day" name="day"/>
                        </div>
                    </div>
                    <div>
                        <label class="eyebrow block mb-1" for="subject">"What"</label>
                        <input
                            class="field"
                            id="subject"
                            name="subject"
                            required
                            maxlength="300"
                            placeholder="Called about the offer"
                            data-testid="activity-subject"
                        />
                    </div>
                    <button type="submit" class="button button-primary" data-testid="activity-submit">"Save"</button>
                </form>
            </Card>
        </div>
    }
    .into_any()
}
