//! The deal list's filters: a plain GET form, which the browser side only makes quicker; and the filters in force.

use std::{collections::HashMap, fmt::Display};

use leptos::{
    ev::{Event, SubmitEvent},
    form::form_data_from_event,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlFormElement},
};
use leptos_router::hooks::use_navigate;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{Icon, IconName, count};
use crate::domain::{Choice, DealListView, DealQuery, DealSort, Health, Outcome, OutcomeFilter};

const FIELDS: [&str; 8] = ["q", "owner", "stage", "health", "outcome", "min", "max", "sort"];

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

/// A choice among `options`; nothing chosen is `any`.
#[component]
fn Select<Id: Display + PartialEq + 'static>(
    name: &'static str,
    label: &'static str,
    any: Option<&'static str>,
    options: Vec<(Id, String)>,
    chosen: Option<Id>,
) -> impl IntoView {
    let id = format!("filter-{name}");
    let options = options
        .into_iter()
        .map(|(id, label)| {
            let selected = chosen.as_ref() == Some(&id);
            view! { <option value=id.to_string() selected=selected prop:selected=selected>{label}</option> }
        })
        .collect_view();
    let nothing = chosen.is_none();
    view! {
        <div class="min-w-0">
            <label class="eyebrow block mb-1" for=id.clone()>{label}</label>
            <select class="field" id=id name=name autocomplete="off">
                {any.map(|any| view! { <option value="" selected=nothing prop:selected=nothing>{any}</option> })}
                {options}
            </select>
        </div>
    }
    .into_any()
}

fn choices<Id: Copy>(choices: &[Choice<Id>]) -> Vec<(Id, String)> {
    choices.iter().map(|choice| (choice.id, choice.label.clone())).collect()
}

#[component]
pub fn FilterBar(list: DealListView) -> impl IntoView {
    let query = list.query;
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
    let outcomes =
        [OutcomeFilter::Only(Outcome::Open), OutcomeFilter::Only(Outcome::Won), OutcomeFilter::Only(Outcome::Lost), OutcomeFilter::All]
            .map(|outcome| (outcome.as_str(), outcome_label(outcome).to_owned()))
            .to_vec();
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
                    <Select name="owner" label="Owner" any=Some("Anyone") options=choices(&list.owners) chosen=query.owner/>
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

fn outcome_label(outcome: OutcomeFilter) -> &'static str {
    match outcome {
        OutcomeFilter::All => "All deals",
        OutcomeFilter::Only(Outcome::Open) => "Open",
        OutcomeFilter::Only(Outcome::Won) => "Won",
        OutcomeFilter::Only(Outcome::Lost) => "Lost",
    }
}

/// An amount as people write it, without a currency: the list may hold several.
fn amount(amount: Decimal) -> String {
    amount.to_u64().filter(|_| amount.is_integer()).map_or_else(|| amount.to_string(), count)
}

/// The filters in force as words, each with the state that lacks it: (field, words, state without).
fn in_force(list: &DealListView) -> Vec<(&'static str, String, DealQuery)> {
    let query = &list.query;
    let mut chips = Vec::new();
    let mut chip = |name, words: String, without: DealQuery| chips.push((name, words, without.on_page(1)));
    if let Some(text) = &query.text {
        chip("q", format!("“{text}”"), DealQuery { text: None, ..query.clone() });
    }
    if let Some(owner) = query.owner {
        let name = list.owners.iter().find(|choice| choice.id == owner).map_or("unknown", |choice| &choice.label);
        chip("owner", format!("Owner: {name}"), DealQuery { owner: None, ..query.clone() });
    }
    if let Some(stage) = query.stage {
        let name = list.stages.iter().find(|choice| choice.id == stage).map_or("unknown", |choice| &choice.label);
        chip("stage", format!("Stage: {name}"), DealQuery { stage: None, ..query.clone() });
    }
    if let Some(health) = query.health {
        chip("health", format!("Health: {}", health.label()), DealQuery { health: None, ..query.clone() });
    }
    if query.outcome != OutcomeFilter::default() {
        let words = format!("Outcome: {}", outcome_label(query.outcome));
        chip("outcome", words, DealQuery { outcome: OutcomeFilter::default(), ..query.clone() });
    }
    if let Some(min) = query.min_value {
        chip("min", format!("Value from {}", amount(min)), DealQuery { min_value: None, ..query.clone() });
    }
    if let Some(max) = query.max_value {
        chip("max", format!("Value to {}", amount(max)), DealQuery { max_value: None, ..query.clone() });
    }
    chips
}

/// The filters in force, each a link that lifts it, and one that lifts all; nothing when none is.
#[component]
pub fn ActiveFilters(list: DealListView) -> impl IntoView {
    let chips = in_force(&list);
    let all = DealQuery { sort: list.query.sort, descending: list.query.descending, ..DealQuery::opening() };
    (!chips.is_empty()).then(|| {
        let chips = chips
            .into_iter()
            .map(|(name, words, without)| {
                view! {
                    <a
                        class="chip"
                        href=without.href()
                        aria-label=format!("Remove filter {}", words)
                        data-testid="filter-chip"
                        data-filter=name
                        data-noscroll="true"
                    >
                        <span class="truncate">{words.clone()}</span>
                        <Icon name=IconName::Close/>
                    </a>
                }
            })
            .collect_view();
        view! {
            <div class="no-print flex flex-wrap items-center gap-2" data-testid="active-filters">
                {chips}
                <a class="text-xs font-medium text-accent hover:underline px-1" href=all.href() data-testid="clear-filters" data-noscroll="true">
                    "Clear all"
                </a>
            </div>
        }
    })
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
