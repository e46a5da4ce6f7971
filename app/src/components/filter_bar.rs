//! The deal list's filters: a plain GET form; a choice in it applies at once.

use leptos::prelude::*;

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
    islands::AppliesAtOnce,
    views::deals::{Choice, DealListView},
};

/// What the form's own fields say, and what a new choice changes: everything else is hidden in the form, so that it keeps it.
const SHOWN: [&str; 10] = ["q", "owner", "stage", "health", "outcome", "min", "max", "sort", "dir", "page"];

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

/// What the form says beyond its fields: filters that only links lead to, and which way the present column is sorted.
fn kept(query: &DealQuery) -> Vec<(&'static str, String)> {
    let mut kept: Vec<_> = query.params().into_iter().filter(|(name, _)| !SHOWN.contains(name)).collect();
    kept.push(("dir", if query.descending { "desc" } else { "asc" }.to_owned()));
    kept.push(("dir_of", query.sort.into_str().to_owned()));
    kept
}

fn choices<Id: Copy>(choices: &[Choice<Id>]) -> Vec<(Id, String)> {
    choices.iter().map(|choice| (choice.id, choice.label.clone())).collect()
}

#[component]
pub fn FilterBar(list: DealListView) -> impl IntoView {
    let query = list.query;
    let hidden = kept(&query)
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value autocomplete="off"/> })
        .collect_view();
    let mut owners: Vec<(String, String)> = list.owners.iter().map(|owner| (owner.id.to_string(), owner.label.clone())).collect();
    if query.owner == Some(Pick::Missing) {
        owners.push((Pick::<UserId>::Missing.to_string(), NO_OWNER.into()));
    }
    let healths = Health::ALL.map(|health| (health.into_str(), health.label().to_owned())).to_vec();
    let outcomes = [Outcome::Open, Outcome::Won, Outcome::Lost]
        .map(OutcomeFilter::Only)
        .into_iter()
        .chain([OutcomeFilter::Closed, OutcomeFilter::All])
        .map(|outcome| (outcome.as_str(), outcome_label(outcome).to_owned()))
        .collect();
    let sorts = SORTS.map(|(sort, label)| (sort.into_str(), label.to_owned())).to_vec();
    let text = query.text.clone().unwrap_or_default();
    let (min, max) = (query.min_value.map(amount).unwrap_or_default(), query.max_value.map(amount).unwrap_or_default());
    view! {
        <AppliesAtOnce><form
            method="get"
            action="/deals"
            role="search"
            aria-label="Filter deals"
            class="no-print card px-4 py-3"
            data-testid="filter-form"
        >
            {hidden}
            <input type="checkbox" id="filter-check" data-kept="" class="filter-check sr-only" autocomplete="off" aria-label="Show filters"/>
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
                            value=text
                        />
                    </div>
                    <Select name="owner" label="Owner" any=Some("Anyone") options=owners chosen=query.owner.map(|owner| owner.to_string())/>
                    <Select name="stage" label="Stage" any=Some("Any stage") options=choices(&list.stages) chosen=query.stage/>
                    <Select name="health" label="Health" any=Some("Any health") options=healths chosen=query.health.map(<&str>::from)/>
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
                        <Select name="sort" label="Sort by" any=None options=sorts chosen=Some(query.sort.into_str())/>
                    </div>
                    <button type="submit" class="button" data-testid="filter-apply">"Apply"</button>
                </div>
            </div>
        </form></AppliesAtOnce>
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
            value=value
        />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_column_takes_its_natural_order_and_the_same_one_keeps_its_own() {
        let current = DealQuery { sort: DealSort::Title, descending: true, page: 4, source: Some("crm".into()), ..DealQuery::opening() };
        let hidden = kept(&current);
        let submitted = |sort: &'static str| {
            let fields = [("q", "acme"), ("sort", sort)];
            let said = |name: &str| {
                let field = fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
                field.or_else(|| hidden.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()))
            };
            DealQuery::from_params(said)
        };
        let same = submitted("title");
        assert!(same.descending);
        assert_eq!((same.page, same.text.as_deref(), same.source.as_deref()), (1, Some("acme"), Some("crm")));
        assert!(!submitted("owner").descending);
        assert!(submitted("value").descending);
    }
}
