//! What is filled in when deals are closed: on the deal's page and for several deals at once.

use leptos::prelude::*;

use crate::{
    domain::{deals::Outcome, error::AppError},
    views::closing::CloseChoices,
};

/// The fields of a close. `prefix` tells ids apart where several forms stand on a page; a value is asked of a single deal only.
#[component]
pub fn CloseFields(
    prefix: &'static str,
    outcome: Outcome,
    choices: CloseChoices,
    /// The deal's value now, as text; `None` where several deals are closed.
    #[prop(into)]
    value: Option<String>,
    /// What was wrong with the last try.
    error: Option<AppError>,
) -> impl IntoView {
    let rules = choices.rules;
    let lost = outcome == Outcome::Lost;
    let id = |name: &str| format!("{prefix}-{name}");
    let wrong = |name: &str| matches!(&error, Some(AppError::Invalid { field, .. }) if field == name).then_some("true");
    let value = value.map(|value| {
        let label = if !lost && rules.won_value { "Final value" } else { "Final value (optional)" };
        view! {
            <div>
                <label class="eyebrow block mb-1" for=id("value")>{label}</label>
                <input class="field num" id=id("value") name="form[value]" inputmode="decimal" value=value aria-invalid=wrong("value")/>
            </div>
        }
    });
    let reasons = lost.then(|| {
        let options = choices.reasons.iter().map(|reason| view! { <option value=reason.name.clone()>{reason.name.clone()}</option> });
        let options = options.collect_view();
        view! {
            <div>
                <label class="eyebrow block mb-1" for=id("reason")>"Why was it lost?"</label>
                <select class="field" id=id("reason") name="form[reason]" required aria-invalid=wrong("reason")>
                    <option value="">"Choose a reason"</option>
                    {options}
                </select>
            </div>
        }
    });
    let competitor = lost.then(|| {
        let known = choices.competitors.iter().map(|name| view! { <option value=name.clone()></option> }).collect_view();
        let label = if rules.lost_competitor { "Competitor (where the reason names one)" } else { "Competitor (optional)" };
        view! {
            <div>
                <label class="eyebrow block mb-1" for=id("competitor")>{label}</label>
                <input
                    class="field"
                    id=id("competitor")
                    name="form[competitor]"
                    maxlength="100"
                    list=id("competitors")
                    aria-invalid=wrong("competitor")
                />
                <datalist id=id("competitors")>{known}</datalist>
            </div>
        }
    });
    let notes_needed = if lost { rules.lost_notes } else { rules.won_notes };
    let notes_label = if notes_needed { "Notes" } else { "Notes (optional)" };
    view! {
        {reasons}
        {competitor}
        {value}
        <div>
            <label class="eyebrow block mb-1" for=id("closed_on")>"Close date (today where left empty)"</label>
            <input class="field" type="date" id=id("closed_on") name="form[closed_on]" aria-invalid=wrong("closed_on")/>
        </div>
        <div>
            <label class="eyebrow block mb-1" for=id("notes")>{notes_label}</label>
            <textarea
                class="field"
                id=id("notes")
                name="form[notes]"
                rows="3"
                maxlength="4000"
                placeholder="What decided it?"
                required=notes_needed
                aria-invalid=wrong("notes")
            ></textarea>
        </div>
    }
    .into_any()
}
