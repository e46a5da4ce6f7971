//! Win/loss analysis: how closed deals ended, and what won ones did differently. Its whole state stands in the address.

mod deals;
mod dimension;
mod drivers;
mod filters;
mod headline;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

pub use self::deals::DriverDealsPage;
use self::{
    dimension::{DimensionCard, OverTime},
    drivers::WhatWentRight,
    filters::Filters,
    headline::Headline,
};
use crate::{
    api::outcomes::analysis::outcomes,
    components::{Card, EmptyState, ErrorPage, count, date},
    domain::{
        deals::{DealQuery, OutcomeFilter},
        money::Money,
        outcomes::{Dimension, OutcomesQuery, Period, Share},
    },
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
    let OutcomesView {
        query,
        period,
        before,
        figures,
        figures_before,
        undated,
        dimensions,
        chart_svg,
        drivers,
        compared_of,
        comparing,
        ..
    } = shown;
    let base = query.deals(period);
    let base_before = query.deals(before);
    let (over_time, others): (Vec<_>, Vec<_>) = dimensions.into_iter().partition(|dimension| dimension.by == Dimension::Month);
    let over_time = over_time.into_iter().map(|dimension| view! { <OverTime dimension svg=chart_svg.clone() undated/> }).collect_view();
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

fn period_in_words(period: Option<Period>, before: Option<Period>) -> String {
    let days = |of: Period| format!("{} to {}", date(of.from), date(of.to));
    match (period, before) {
        (None, _) => "Deals closed at any time.".into(),
        (Some(period), None) => format!("Deals closed from {}.", days(period)),
        (Some(period), Some(before)) => format!("Deals closed from {}, compared with {}.", days(period), days(before)),
    }
}

/// The address of the won, lost or all closed deals of a group.
fn deals_href(deals: &DealQuery, outcome: OutcomeFilter) -> String {
    DealQuery { outcome, ..deals.clone() }.href()
}

/// A number of deals that leads to them; nothing to lead to where there are none.
fn linked(number: u64, deals: &DealQuery, outcome: OutcomeFilter) -> AnyView {
    match number {
        0 => view! { <span class="text-muted">"0"</span> }.into_any(),
        number => view! { <a class="link" href=deals_href(deals, outcome)>{count(number)}</a> }.into_any(),
    }
}

/// A figure that leads to the deals it comes from; a dash leads nowhere.
fn led(figure: String, deals: &DealQuery, outcome: OutcomeFilter) -> AnyView {
    match figure.as_str() {
        "–" => view! { <span class="text-muted">"–"</span> }.into_any(),
        _ => view! { <a class="link-quiet" href=deals_href(deals, outcome)>{figure}</a> }.into_any(),
    }
}

/// Sums of several currencies beside each other; a dash where there are none.
fn amounts(sums: &[Money]) -> String {
    match sums {
        [] => "–".into(),
        sums => sums.iter().map(Money::compact).collect::<Vec<_>>().join(" · "),
    }
}

/// "61%".
fn percent(share: Share) -> String {
    format!("{:.0}%", share.share * 100.0)
}

/// "18 days"; a dash for none.
fn days(days: Option<f64>) -> String {
    match days {
        None => "–".into(),
        Some(days) if days.round() == 1.0 => "1 day".into(),
        Some(days) => format!("{days:.0} days"),
    }
}
