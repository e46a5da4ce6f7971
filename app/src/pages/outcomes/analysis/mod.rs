//! Win/loss analysis: how closed deals ended, and what won ones did differently. Its whole state stands in the address.

mod deals;
mod dimension;
mod drivers;
mod filters;
mod headline;
mod words;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

pub use self::deals::DriverDealsPage;
use self::{
    dimension::{DimensionCard, OverTime},
    drivers::WhatWentRight,
    filters::Filters,
    headline::Headline,
    words::period_in_words,
};
use crate::{
    api::outcomes::analysis::outcomes,
    components::{Card, EmptyState, ErrorPage},
    domain::outcomes::{Dimension, OutcomesQuery},
    views::outcomes::OutcomesView,
};

#[component]
pub fn OutcomesPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(|params| OutcomesQuery::from_params(|name| params.get_str(name))));
    let shown = Resource::new_blocking(move || query.get(), outcomes);
    view! {
        <Title text="Win/loss analysis"/>
            <Transition>
                {move || Suspend::new(async move {
                    match shown.await {
                        Ok(shown) => view! { <Outcomes shown/> }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })}
            </Transition>
    }
}

#[component]
fn Outcomes(shown: OutcomesView) -> impl IntoView {
    let body = if shown.figures.deals() == 0 {
        view! {
            <div class="card">
                <EmptyState title="No deal was closed in this period" text="Choose other days, or lift a filter."/>
            </div>
        }
        .into_any()
    } else {
        view! { <Analysis shown=shown.clone()/> }.into_any()
    };
    view! {
        <section class="flex flex-col gap-3.5" data-testid="outcomes-page">
            <div>
                <h1 class="text-xl font-semibold">"Win/loss analysis"</h1>
                <p class="text-muted" data-testid="outcomes-period">{period_in_words(shown.period, shown.before)}</p>
            </div>
            <Filters shown/>
            {body}
        </section>
    }
    .into_any()
}

#[component]
fn Analysis(shown: OutcomesView) -> impl IntoView {
    let OutcomesView { query, period, before, figures, figures_before, undated, dimensions, drivers, compared_of, comparing, .. } = shown;
    let base = query.deals(period);
    let base_before = query.deals(before);
    let (over_time, others): (Vec<_>, Vec<_>) = dimensions.into_iter().partition(|dimension| dimension.by == Dimension::Month);
    let over_time = over_time.into_iter().map(|dimension| view! { <OverTime dimension undated/> }).collect_view();
    let others = others.into_iter().map(|dimension| view! { <DimensionCard dimension/> }).collect_view();
    view! {
        <Headline figures before=figures_before base base_before/>
        {over_time}
        <WhatWentRight drivers compared_of comparing query=query.clone() period/>
        {others}
        <Card title="How to read this" id="outcomes-notes">
            <p class="max-w-3xl text-muted">
                "Shares come with their 95% interval: the range that the true share lies in, nineteen times out of twenty. What rests on fewer \
                 than 20 deals is grey. Amounts of different currencies are never added up. Sizes are fifths of the deals shown, by value."
            </p>
        </Card>
    }
    .into_any()
}
