//! The risk dashboard: where open revenue is in danger.

mod forecast;
mod words;

use leptos::prelude::*;
use leptos_meta::Title;

use self::{forecast::Forecast, words::amount};
use crate::{
    api::deals::dashboard,
    charts,
    components::{Card, DealTable, EmptyState, EngineNotices, ErrorPage, HealthBadge, Icon, IconName, Stat, TableKind, count, plural},
    domain::risk::REVENUE_AT_RISK_IN_WORDS,
    views::risk::{DashboardView, HealthTotal},
};

#[component]
pub fn DashboardPage() -> impl IntoView {
    let view = Resource::new_blocking(|| (), |_| dashboard());
    view! {
        <Title text="Risk"/>
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Dashboard view/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Dashboard(view: DashboardView) -> impl IntoView {
    let DashboardView { top, by_health, open_deals, unscored, open_value, expected_value, revenue_at_risk, .. } = view;
    let scored = match unscored {
        0 => "all scored".to_owned(),
        unscored => format!("{} not scored yet", count(unscored)),
    };
    let nothing_scored = unscored == open_deals;
    let ranking = if top.is_empty() {
        // Silence of the engine is no good news: only scored deals can be said to be safe.
        let (title, text) = match (open_deals, nothing_scored) {
            (0, _) => ("No open deals", "They come with `vectoros import`, or with the demo workspace."),
            (_, true) => ("No deal is scored yet", "What is at risk shows here once `vectoros train` and `vectoros score` have run."),
            (_, false) => ("Nothing at risk", "No scored deal is below what its stage usually reaches."),
        };
        view! { <EmptyState title text/> }.into_any()
    } else {
        view! {
            <DealTable rows=top kind=TableKind::Ranking caption="The ten open deals with the most revenue at risk" testid="risk-table"/>
        }
        .into_any()
    };
    view! {
        <div class="flex flex-col gap-3.5">
            <h1 class="text-xl font-semibold">"Risk"</h1>
            <EngineNotices engine=view.engine/>
            <dl class="grid grid-cols-2 xl:grid-cols-4 gap-3.5">
                <Stat label="Open deals" value=count(open_deals) hint=scored testid="stat-open-deals"/>
                <Stat label="Open value" value=amount(open_value.as_ref()) hint="sum of all open deals" testid="stat-open-value"/>
                <Stat
                    label="Expected value"
                    value=amount(expected_value.as_ref())
                    hint="value × win probability"
                    testid="stat-expected-value"
                />
                <Stat
                    label="Revenue at risk"
                    value=amount(revenue_at_risk.as_ref())
                    hint="below what the stages usually reach"
                    testid="stat-revenue-at-risk"
                />
            </dl>
            <section class="card" aria-labelledby="top-risk">
                <div class="px-4 pt-3.5 pb-3">
                    <h2 id="top-risk" class="text-sm font-semibold">"Most revenue at risk"</h2>
                    <p class="text-xs text-muted mt-0.5 max-w-3xl" data-testid="risk-definition">{REVENUE_AT_RISK_IN_WORDS}</p>
                </div>
                <div class="scrolls border-t border-line">{ranking}</div>
            </section>
            <Forecast months=view.forecast/>
            <div class="grid lg:grid-cols-2 gap-3.5 items-start">
                <HealthTotals totals=by_health/>
                <Distribution bins=view.distribution/>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn HealthTotals(totals: Vec<HealthTotal>) -> impl IntoView {
    let shares = totals
        .iter()
        .filter(|total| total.deals > 0)
        .map(|total| view! { <span class="share" data-health=total.health.as_str() style:flex=total.deals.to_string()></span> })
        .collect_view();
    let rows = totals
        .into_iter()
        .map(|total| {
            let HealthTotal { health, deals, value, revenue_at_risk } = total;
            view! {
                <tr data-testid="health-total" data-health=health.as_str()>
                    <th scope="row"><HealthBadge health/></th>
                    <td class="right num">
                        <a class="link" href=format!("/deals?health={}", health.as_str())>{plural(deals, "deal", "deals")}</a>
                    </td>
                    <td class="right num">{amount(value.as_ref())}</td>
                    <td class="right num font-semibold">{amount(revenue_at_risk.as_ref())}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title="Open deals by health" id="by-health" testid="health-totals" flush=true>
            {(!shares.is_empty())
                .then(|| view! { <div class="px-4 pb-3.5" aria-hidden="true"><div class="share-bar">{shares}</div></div> })}
            <table class="data-table plain-table">
                <thead>
                    <tr>
                        <th scope="col">"Health"</th>
                        <th scope="col" class="right">"Deals"</th>
                        <th scope="col" class="right">"Value"</th>
                        <th scope="col" class="right">"At risk"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </Card>
    }
    .into_any()
}

/// The same figures as in the chart stand in a table for those who cannot see it.
#[component]
fn Distribution(bins: Vec<(u8, u8, u64)>) -> impl IntoView {
    let svg = charts::probability_distribution(&bins);
    let scored: u64 = bins.iter().map(|bin| bin.2).sum();
    let rows = bins
        .into_iter()
        .map(|(from, to, deals)| {
            view! {
                <tr>
                    <th scope="row" class="num">{format!("{from}–{to}%")}</th>
                    <td class="right num">{count(deals)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title="Open deals by win probability" id="distribution" hint="How many open deals stand in each band.".to_owned()>
            {if scored == 0 {
                view! { <p class="text-muted pb-2" data-testid="distribution-chart">"No open deal is scored yet."</p> }.into_any()
            } else {
                view! { <div data-testid="distribution-chart" inner_html=svg></div> }.into_any()
            }}
            <details class="disclosure mt-2">
                <summary class="flex items-center gap-1 text-xs font-medium text-muted">
                    <span class="turns inline-flex"><Icon name=IconName::ChevronRight/></span>
                    "The figures as a table"
                </summary>
                <table class="data-table plain-table mt-2" data-testid="distribution-table">
                    <thead>
                        <tr>
                            <th scope="col">"Win probability"</th>
                            <th scope="col" class="right">"Open deals"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </Card>
    }
    .into_any()
}
