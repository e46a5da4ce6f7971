//! The alerts: what is wrong with which deal, the most urgent first. The list's state stands in the address.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::alerts::handling::{HandleAlerts, alerts},
    components::{AlertItem, EmptyState, ErrorPage, Notice, Tone, count, error_in_url},
    domain::alerts::{AlertFilter, AlertRule, AlertState, DismissReason, Priority},
    islands::{AppliesAtOnce, HeardHere},
    views::alerts::{AlertList, AlertView},
};

#[component]
pub fn AlertsPage() -> impl IntoView {
    let params = use_query_map();
    let filter = Memo::new(move |_| params.with(|params| AlertFilter::from_params(|name| params.get_str(name))));
    let list = Resource::new_blocking(move || filter.get(), alerts);
    let error = error_in_url::<HandleAlerts>();
    view! {
        <Title text="Alerts"/>
        <Transition>
            {move || {
                let error = error.clone();
                Suspend::new(async move {
                    match list.await {
                        Ok(list) => {
                            view! {
                                <section class="flex flex-col gap-3.5" data-testid="alert-page">
                                    <HeardHere/>
                                    {error.map(|error| view! { <Notice tone=Tone::Error testid="alert-error">{error.to_string()}</Notice> })}
                                    <Alerts list/>
                                </section>
                            }
                            .into_any()
                        }
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Alerts(list: AlertList) -> impl IntoView {
    let AlertList { filter, alerts, total, page_count } = list;
    let back = filter.href();
    let body = if alerts.is_empty() {
        let (title, text) = if filter.is_filtered() {
            ("No alert matches these filters", "Loosen a filter, or clear them all.")
        } else {
            ("Nothing needs you", "All open deals are within their limits. They are looked at every half hour.")
        };
        view! { <EmptyState title text/> }.into_any()
    } else {
        let groups = alerts
            .chunk_by(|a, b| a.deal == b.deal)
            .map(|of_deal| view! { <DealGroup alerts=of_deal.to_vec() back=back.clone()/> })
            .collect_view();
        view! { <ul class="divided" data-testid="alert-list">{groups}</ul> }.into_any()
    };
    let pager = (page_count > 1).then(|| view! { <Pager filter=filter.clone() page_count/> });
    view! {
        <div class="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
            <h1 class="text-xl font-semibold">{heading(filter.state)}</h1>
            <p class="text-muted"><span class="num font-semibold text-ink" data-testid="alert-total">{count(total)}</span> " alerts"</p>
        </div>
        <Filters filter=filter.clone()/>
        <Bulk back/>
        <div class="card">{body}</div>
        {pager}
    }
    .into_any()
}

/// A deal with what is wrong with it.
#[component]
fn DealGroup(alerts: Vec<AlertView>, back: String) -> impl IntoView {
    let head = alerts.first().map(|first| {
        let value = first.value.as_ref().map(|value| value.compact());
        let about: Vec<String> = first.account.iter().cloned().chain(value).chain(first.owner.clone()).collect();
        view! {
            <div class="px-4 pt-3 flex flex-wrap items-baseline gap-x-2">
                <a class="link font-semibold" href=format!("/deals/{}", first.deal) data-testid="alert-deal">{first.deal_title.clone()}</a>
                <span class="text-xs text-muted">{about.join(" · ")}</span>
            </div>
        }
    });
    let items = alerts.into_iter().map(|alert| view! { <AlertItem alert back=back.clone() in_list=true/> }).collect_view();
    view! {
        <li data-testid="alert-group">
            {head}
            <ul>{items}</ul>
        </li>
    }
    .into_any()
}

fn heading(state: Option<AlertState>) -> String {
    state.map_or_else(|| "Alerts".into(), |state| format!("{} alerts", state.label()))
}

/// A plain GET form: it works without scripts.
#[component]
fn Filters(filter: AlertFilter) -> impl IntoView {
    let option = |value: &'static str, label: &'static str, chosen: bool| {
        view! { <option value=value selected=chosen>{label}</option> }
    };
    let states = AlertState::ALL.map(|state| option(state.into_str(), state.label(), filter.state == Some(state))).collect_view();
    let rules = AlertRule::WATCHED
        .into_iter()
        .chain([AlertRule::Manual])
        .map(|rule| option(rule.into_str(), rule.label(), filter.rule == Some(rule)))
        .collect_view();
    let priorities =
        Priority::ALL.map(|priority| option(priority.into_str(), priority.label(), filter.at_least == Some(priority))).collect_view();
    view! {
        <AppliesAtOnce><form method="get" action="/alerts" class="flex flex-wrap items-end gap-3 no-print" data-testid="alert-filters">
            <div>
                <label class="eyebrow block mb-1" for="state">"State"</label>
                <select class="field" id="state" name="state">{option("", "Active", filter.state.is_none())} {states}</select>
            </div>
            <div>
                <label class="eyebrow block mb-1" for="rule">"Rule"</label>
                <select class="field" id="rule" name="rule">{option("", "All", filter.rule.is_none())} {rules}</select>
            </div>
            <div>
                <label class="eyebrow block mb-1" for="priority">"At least"</label>
                <select class="field" id="priority" name="priority">{option("", "Low", filter.at_least.is_none())} {priorities}</select>
            </div>
            <button type="submit" class="button">"Show"</button>
            {filter.is_filtered().then(|| view! { <a class="button button-quiet" href="/alerts">"Clear"</a> })}
        </form></AppliesAtOnce>
    }
    .into_any()
}

/// Does the same with all chosen alerts.
#[component]
fn Bulk(back: String) -> impl IntoView {
    let reasons = DismissReason::ALL
        .map(|reason| view! { <option value=reason.into_str()>{format!("Dismiss: {}", reason.label())}</option> })
        .collect_view();
    view! {
        <details class="disclosure no-print" id="with-chosen">
            <summary class="inline-flex items-center gap-1 text-xs font-medium" data-testid="bulk">"With the chosen alerts …"</summary>
            <div class="mt-2">
                <form method="post" action=HandleAlerts::url() id="bulk">
                    <input type="hidden" name="back" value=back/>
                    <div class="flex flex-wrap gap-2 items-end">
                        <select class="field" name="what" aria-label="What to do" data-testid="bulk-what">
                            <option value="acknowledge">"Acknowledge"</option>
                            <option value="snooze_7">"Snooze for a week"</option>
                            {reasons}
                        </select>
                        <button type="submit" class="button button-primary" data-testid="bulk-apply">"Apply"</button>
                    </div>
                </form>
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn Pager(filter: AlertFilter, page_count: u32) -> impl IntoView {
    let page = filter.page;
    let link = |to: u32, label: &'static str, enabled: bool| {
        enabled.then(|| view! { <a class="button" href=AlertFilter { page: to, ..filter.clone() }.href()>{label}</a> })
    };
    view! {
        <nav class="flex items-center justify-between gap-3 no-print" aria-label="Pages">
            <p class="text-muted text-xs">{format!("Page {page} of {page_count}")}</p>
            <div class="flex gap-2">{link(page - 1, "Previous", page > 1)} {link(page + 1, "Next", page < page_count)}</div>
        </nav>
    }
    .into_any()
}
