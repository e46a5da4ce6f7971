//! The deal list's filters: a plain GET form, which the browser side only makes quicker.

use std::collections::HashMap;

use leptos::{
    ev::{Event, SubmitEvent},
    form::form_data_from_event,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlFormElement},
};
use leptos_router::hooks::use_navigate;

use super::{
    Icon, IconName, Select,
    active_filters::{NO_OWNER, amount, outcome_label},
};
use crate::{
    domain::{
        deals::{DealQuery, DealSort, Outcome, OutcomeFilter, Pick},
        ids::UserId,
        risk::Health,
    },
    views::deals::{Choice, DealListView},
};

/// The form's fields, then the filters that only links lead to: hidden in the form, so that it keeps them.
const FIELDS: [&str; 19] = [
    "q",
    "owner",
    "stage",
    "health",
    "outcome",
    "min",
    "max",
    "sort",
    "value",
    "currency",
    "closed_from",
    "closed_to",
    "closed",
    "reason",
    "competitor",
    "team",
    "source",
    "closed_stage",
    "pipeline",
];
/// Where the hidden ones begin.
const SHOWN: usize = 8;

const SORTS: [(DealSort, &str); 9] = [
    (DealSort::RevenueAtRisk, "Revenue at risk"),
    (DealSort::Value, "Value"),
    (DealSort::ExpectedClose, "Expected close"),
    (DealSort::Probability, "Win probability"),
    (DealSort::Health, "Health"),
    (DealSort::Stage, "Stage"),
    (DealSort::Title, "Deal name"),
    (DealSort::Account, "Account"),
    (DealSort::Owner, "Owner"),
];

/// The state that the form's fields spell, on its first page; the order's direction stays while its column does.
fn query_in(fields: &HashMap<&str, String>, current: &DealQuery) -> DealQuery {
    let query = DealQuery::from_params(|name| fields.get(name).map(String::as_str));
    let descending = if query.sort == current.sort { current.descending } else { query.sort.natural_descending() };
    DealQuery { descending, page: 1, ..query }
}

fn choices<Id: Copy>(choices: &[Choice<Id>]) -> Vec<(Id, String)> {
    choices.iter().map(|choice| (choice.id, choice.label.clone())).collect()
}

#[component]
pub fn FilterBar(list: DealListView) -> impl IntoView {
    let query = list.query;
    let hidden = query.params().into_iter().filter(|(name, _)| FIELDS[SHOWN..].contains(name));
    let hidden = hidden.map(|(name, value)| view! { <input type="hidden" name=name value=value autocomplete="off"/> }).collect_view();
    let mut owners: Vec<(String, String)> = list.owners.iter().map(|owner| (owner.id.to_string(), owner.label.clone())).collect();
    if query.owner == Some(Pick::Missing) {
        owners.push((Pick::<UserId>::Missing.to_string(), NO_OWNER.into()));
    }
    let navigate = use_navigate();
    let on_submit = {
        let current = query.clone();
        move |event: SubmitEvent| {
            let Ok(data) = form_data_from_event(&event) else { return };
            event.prevent_default();
            let fields = FIELDS.into_iter().filter_map(|name| data.get(name).as_string().map(|value| (name, value))).collect();
            navigate(&query_in(&fields, &current).href(), leptos_router::NavigateOptions { scroll: false, ..Default::default() });
        }
    };
    // A choice applies at once; typing waits for Enter or the button.
    let on_change = |event: Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let form = target.filter(|element| element.tag_name() == "SELECT").and_then(|element| element.closest("form").ok().flatten());
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            let _ = form.request_submit();
        }
    };
    let healths = Health::ALL.map(|health| (health.as_str(), health.label().to_owned())).to_vec();
    let outcomes = [Outcome::Open, Outcome::Won, Outcome::Lost]
        .map(OutcomeFilter::Only)
        .into_iter()
        .chain([OutcomeFilter::Closed, OutcomeFilter::All])
        .map(|outcome| (outcome.as_str(), outcome_label(outcome).to_owned()))
        .collect();
    let sorts = SORTS.map(|(sort, label)| (sort.as_str(), label.to_owned())).to_vec();
    let text = query.text.clone().unwrap_or_default();
    let (min, max) = (query.min_value.map(amount).unwrap_or_default(), query.max_value.map(amount).unwrap_or_default());
    view! {
        <form
            method="get"
            action="/deals"
            role="search"
            aria-label="Filter deals"
            class="no-print card px-4 py-3"
            data-testid="filter-form"
            on:submit=on_submit
            on:change=on_change
        >
            {hidden}
            <input type="checkbox" id="filter-check" class="filter-check sr-only" autocomplete="off" aria-label="Show filters"/>
            <label for="filter-check" class="filter-switch items-center justify-between font-medium cursor-pointer" data-testid="filter-toggle">
                <span class="flex items-center gap-2"><Icon name=IconName::Filter/> "Filter and sort"</span>
                <Icon name=IconName::ChevronRight class="rotate-z-90"/>
            </label>
            <div class="filter-panel max-md:mt-3">
                <div class="filter-grid">
                    <div class="min-w-0">
                        <label class="eyebrow block mb-1" for="filter-q">"Search"</label>
                        <input
                            class="field"
                            id="filter-q"
                            type="search"
                            name="q"
                            maxlength="200"
                            placeholder="Deal, account, description"
                            autocomplete="off"
                            value=text.clone()
                            prop:value=text
                        />
                    </div>
                    <Select name="owner" label="Owner" any=Some("Anyone") options=owners chosen=query.owner.map(|owner| owner.to_string())/>
                    <Select name="stage" label="Stage" any=Some("Any stage") options=choices(&list.stages) chosen=query.stage/>
                    <Select name="health" label="Health" any=Some("Any health") options=healths chosen=query.health.map(Health::as_str)/>
                    <Select name="outcome" label="Outcome" any=None options=outcomes chosen=Some(query.outcome.as_str())/>
                </div>
                <div class="flex flex-wrap items-end gap-2.5 mt-2.5">
                    <fieldset class="min-w-0">
                        <legend class="eyebrow mb-1">"Value"</legend>
                        <div class="flex items-center gap-1.5">
                            <Amount name="min" label="From" value=min/>
                            <span class="text-muted" aria-hidden="true">"–"</span>
                            <Amount name="max" label="To" value=max/>
                        </div>
                    </fieldset>
                    <div class="w-44 max-w-full">
                        <Select name="sort" label="Sort by" any=None options=sorts chosen=Some(query.sort.as_str())/>
                    </div>
                    <button type="submit" class="button" data-testid="filter-apply">"Apply"</button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Amount(name: &'static str, label: &'static str, value: String) -> impl IntoView {
    view! {
        <input
            class="field num w-28"
            type="text"
            inputmode="decimal"
            name=name
            aria-label=format!("Value {}", label.to_lowercase())
            placeholder=label
            autocomplete="off"
            value=value.clone()
            prop:value=value
        />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_column_takes_its_natural_order_and_the_same_one_keeps_its_own() {
        let current = DealQuery { sort: DealSort::Title, descending: true, page: 4, ..DealQuery::default() };
        let fields = |sort: &str| HashMap::from([("q", "acme".to_owned()), ("sort", sort.to_owned())]);
        let same = query_in(&fields("title"), &current);
        assert!(same.descending);
        assert_eq!(same.page, 1);
        assert_eq!(same.text.as_deref(), Some("acme"));
        assert!(!query_in(&fields("owner"), &current).descending);
        assert!(query_in(&fields("value"), &current).descending);
    }
}
