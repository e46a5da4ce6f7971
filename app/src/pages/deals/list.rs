//! The deal list. Its whole state stands in the address.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::deals::deal_list,
    components::{ActiveFilters, DealTable, EmptyState, EngineNotices, ErrorPage, FilterBar, PICK_FORM, Pagination, TableKind, count},
    domain::deals::{DealQuery, Outcome, OutcomeFilter},
    islands::PickedCount,
    views::deals::DealListView,
};

#[component]
pub fn DealsPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(|params| DealQuery::from_params(|name| params.get_str(name))));
    let list = Resource::new_blocking(move || query.get(), deal_list);
    view! {
        <Title text="Deals"/>
            <Transition>
                {move || Suspend::new(async move {
                    match list.await {
                        Ok(list) => view! { <DealList list/> }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })}
            </Transition>
    }
}

fn heading(outcome: OutcomeFilter) -> &'static str {
    match outcome {
        OutcomeFilter::All => "All deals",
        OutcomeFilter::Closed => "Closed deals",
        OutcomeFilter::Only(Outcome::Open) => "Open deals",
        OutcomeFilter::Only(Outcome::Won) => "Won deals",
        OutcomeFilter::Only(Outcome::Lost) => "Lost deals",
    }
}

#[component]
fn DealList(list: DealListView) -> impl IntoView {
    let DealListView { query, rows, total, more, total_value, page_count, engine, .. } = list.clone();
    let pickable = rows.iter().any(|row| row.may_close);
    let table = if rows.is_empty() {
        let filtered = query.is_filtered();
        let (title, text) = if filtered {
            ("No deal matches these filters", "Loosen a filter, or clear them all.")
        } else {
            ("No deals yet", "Import them with `vectoros import`, or start the demo workspace with `vectoros demo`.")
        };
        view! {
            <EmptyState title text>
                {filtered.then(|| view! { <a class="button" href="/deals">"Clear all filters"</a> })}
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <div class="scrolls">
                <DealTable rows kind=TableKind::List(Box::new(query.clone())) caption="Deals with their win probability and health" testid="deal-table"/>
            </div>
            {(page_count > 1).then(|| view! { <Pagination query=query.clone() page_count total more/> })}
        }
        .into_any()
    };
    view! {
        <section class="flex flex-col gap-3.5" data-testid="deal-list">
            <div class="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
                <h1 class="text-xl font-semibold">{heading(query.outcome)}</h1>
                <dl class="flex items-baseline gap-5">
                    <div class="flex items-baseline gap-1.5">
                        <dd class="num text-base font-semibold" data-testid="total-count" data-total=total.to_string()>{format!("{}{}", count(total), if more { "+" } else { "" })}</dd>
                        <dt class="text-xs text-muted">{if total == 1 { "deal" } else { "deals" }}</dt>
                    </div>
                    {total_value
                        .map(|value| {
                            view! {
                                <div class="flex items-baseline gap-1.5">
                                    <dd class="num text-base font-semibold" data-testid="total-value">{value.to_string()}</dd>
                                    <dt class="text-xs text-muted">"total value"</dt>
                                </div>
                            }
                        })}
                </dl>
            </div>
            <EngineNotices engine/>
            <FilterBar list=list.clone()/>
            <ActiveFilters list/>
            {pickable.then(|| view! { <PickedForm/> })}
            <div class="card">{table}</div>
        </section>
    }
    .into_any()
}

/// Leads to the page that closes the chosen deals. A plain form: it works without scripts.
#[component]
fn PickedForm() -> impl IntoView {
    view! {
        <form id=PICK_FORM method="get" action="/close" class="flex flex-wrap items-center gap-2 no-print" data-testid="picked-form">
            <span class="text-xs text-muted">"Chosen deals:"</span>
            <button type="submit" class="button" name="outcome" value="won" data-testid="picked-won">"Mark as won"</button>
            <button type="submit" class="button" name="outcome" value="lost" data-testid="picked-lost">"Mark as lost"</button>
            <PickedCount form=PICK_FORM.to_owned()/>
        </form>
    }
    .into_any()
}
