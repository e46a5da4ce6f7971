//! Accuracy over time: scores some days before the close against the outcome, forecasts against what came.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::models::learning::accuracy,
    components::{Card, ErrorPage, FiguresTable, Notice, Tone, count},
    domain::{
        forecast::ForecastActual,
        models::{AccuracyRow, HorizonAccuracy, Metrics},
        money::Money,
    },
    views::models::AccuracyView,
};

/// Deals below which measures say little.
const FEW: u64 = 20;
const FIGURES: &[&str] = &["Deals", "Accuracy", "Precision", "Recall", "Brier", "Log-loss"];

#[component]
pub fn AccuracyPage() -> impl IntoView {
    let view = Resource::new_blocking(|| (), |()| accuracy());
    view! {
        <Title text="Accuracy"/>
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Accuracy view/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Accuracy(view: AccuracyView) -> impl IntoView {
    let AccuracyView { horizons, forecasts, replayed, waits } = view;
    let waits = waits.then(|| {
        view! {
            <Notice tone=Tone::Info quiet=true testid="accuracy-waits">
                "Past months changed and are being counted again; those that are missing here will be there in some minutes."
            </Notice>
        }
    });
    let note = (!replayed.is_empty()).then(|| {
        view! {
            <Notice tone=Tone::Info quiet=true testid="accuracy-replayed">
                "Replayed models learned from what had happened by then, and scored the deals as they were known then; but nobody saw their scores at \
                 the time."
            </Notice>
        }
    });
    let cards = horizons.into_iter().map(|horizon| view! { <Horizon horizon replayed=replayed.clone()/> }).collect_view();
    view! {
        <section class="flex flex-col gap-3.5" data-testid="accuracy-page">
            <div>
                <h1 class="text-xl font-semibold">"Accuracy over time"</h1>
                <p class="text-muted mt-0.5 max-w-3xl">
                    "What scores said while their deals were open, against how the deals ended. Scores made in hindsight do not count. \
                    A deal counts as called won from 50 % on; figures on fewer than 20 deals are grey."
                </p>
            </div>
            {waits}
            {note}
            {cards}
            <Forecasts forecasts/>
        </section>
    }
    .into_any()
}

fn name(days: u32) -> String {
    if days == 0 { "Last score before the close".into() } else { format!("{days} days before the close") }
}

fn month_name(month: NaiveDate) -> String {
    month.format("%b %Y").to_string()
}

#[component]
fn Horizon(horizon: HorizonAccuracy, replayed: Vec<i32>) -> impl IntoView {
    let HorizonAccuracy { days, overall, months, models } = horizon;
    let id = format!("horizon-{days}");
    let body = if overall.n == 0 {
        let text = if days == 0 {
            "No deal that had a score has closed yet.".to_owned()
        } else {
            format!("No deal that closed had a score {days} days before. `vectoros replay` scores the past as it was known then.")
        };
        view! { <p class="px-4 pb-4 text-muted">{crate::components::with_code(&text)}</p> }.into_any()
    } else {
        let chart = view! { <MonthBars months=months.clone()/> };
        let months = months.into_iter().map(|AccuracyRow { of, metrics }| view! { <Measures name=month_name(of) metrics/> }).collect_view();
        let models = models
            .into_iter()
            .map(|AccuracyRow { of, metrics }| {
                let name = match of {
                    None => "Stage win rates".into(),
                    Some(version) if replayed.contains(&version) => format!("Model {version}, replayed"),
                    Some(version) => format!("Model {version}"),
                };
                view! { <Measures name metrics/> }
            })
            .collect_view();
        view! {
            {chart}
            <FiguresTable names="Deals" figures=FIGURES>
                <tbody><Measures name="All".to_owned() metrics=overall/></tbody>
                <tbody>{months}</tbody>
                <tbody>{models}</tbody>
            </FiguresTable>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby=id.clone() data-testid="horizon" data-days=days.to_string()>
            <h2 id=id.clone() class="px-4 pt-3.5 pb-3 text-sm font-semibold">{name(days)}</h2>
            {body}
        </section>
    }
    .into_any()
}

/// Accuracy by month, drawn small.
#[component]
fn MonthBars(months: Vec<AccuracyRow<NaiveDate>>) -> impl IntoView {
    let bars = months
        .into_iter()
        .map(|AccuracyRow { of, metrics }| {
            let share = metrics.accuracy.unwrap_or(0.0);
            let said = format!("{}: {:.0} % of {} deals", month_name(of), share * 100.0, count(metrics.n));
            view! {
                <span class="month-bar" title=said>
                    <span class="month-fill" class=("opacity-50", metrics.n < FEW) style=format!("height:{:.0}%", share * 100.0)></span>
                    <span class="text-xs text-muted">{of.format("%b").to_string()}</span>
                </span>
            }
        })
        .collect_view();
    view! { <div class="month-bars px-4 pb-3" role="img" aria-label="Accuracy by month">{bars}</div> }.into_any()
}

#[component]
fn Measures(name: String, metrics: Metrics) -> impl IntoView {
    let percent = |share: Option<f64>| share.map_or_else(|| "–".into(), |share| format!("{:.0} %", share * 100.0));
    let number = |value: Option<f64>| value.map_or_else(|| "–".into(), |value| format!("{value:.3}"));
    view! {
        <tr class=("text-muted", metrics.n < FEW) data-testid="accuracy-row">
            <th scope="row">{name}</th>
            <td class="right num">{count(metrics.n)}</td>
            <td class="right num">{percent(metrics.accuracy)}</td>
            <td class="right num">{percent(metrics.precision)}</td>
            <td class="right num">{percent(metrics.recall)}</td>
            <td class="right num">{number(metrics.brier)}</td>
            <td class="right num">{number(metrics.log_loss)}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Forecasts(forecasts: Vec<ForecastActual>) -> impl IntoView {
    let rows = forecasts.into_iter().map(|forecast| view! { <Forecast forecast/> }).collect_view();
    view! {
        <Card
            title="Forecast against actual"
            id="forecasts"
            flush=true
            hint="Of the deals that were open when a month began and expected to close in it: value times win probability as they stood then, with its 90 % range, against what was won of them in the month; and all that was won in it."
        >
            <FiguresTable names="Month" figures=&["Deals", "Expected", "Range", "Won of them", "Value won", "All won", "Value of all"]>
                <tbody>{rows}</tbody>
            </FiguresTable>
        </Card>
    }
    .into_any()
}

#[component]
fn Forecast(forecast: ForecastActual) -> impl IntoView {
    let money = |value: Option<Money>| value.map_or_else(|| "–".into(), |value| value.compact());
    let ForecastActual { month, forecast, won, won_value, all_won, all_won_value } = forecast;
    let known = forecast.is_some();
    let (deals, expected, range) = match forecast {
        Some(of) => (count(of.deals), money(of.expected), format!("{} to {}", money(of.low), money(of.high))),
        None => ("–".into(), "No scores then".into(), "–".into()),
    };
    let (won, won_value) = if known { (count(won), money(won_value)) } else { ("–".into(), "–".into()) };
    view! {
        <tr data-testid="forecast-actual">
            <th scope="row">{month_name(month)}</th>
            <td class="right num">{deals}</td>
            <td class="right num">{expected}</td>
            <td class="right num">{range}</td>
            <td class="right num">{won}</td>
            <td class="right num">{won_value}</td>
            <td class="right num">{count(all_won)}</td>
            <td class="right num">{money(all_won_value)}</td>
        </tr>
    }
    .into_any()
}
