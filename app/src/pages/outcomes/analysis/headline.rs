//! The headline figures against the period before.

use leptos::prelude::*;

use crate::{
    components::{count, points},
    domain::{
        deals::{DealQuery, Outcome, OutcomeFilter},
        outcomes::OutcomeFigures,
    },
    pages::outcomes::analysis::words::{amounts, days, deals_href, led, linked, percent},
};

#[component]
pub fn Headline(figures: OutcomeFigures, before: Option<OutcomeFigures>, base: DealQuery, base_before: DealQuery) -> impl IntoView {
    let closed = deals_href(&base, OutcomeFilter::Closed);
    let rate = figures.win_rate.map_or_else(|| "–".into(), percent);
    let interval = figures.win_rate.map(|rate| format!("{:.0}–{:.0}% with 95% confidence", rate.low * 100.0, rate.high * 100.0));
    let small = figures.is_small();
    let to_win = led(days(figures.days_to_win), &base, OutcomeFilter::Only(Outcome::Won));
    let to_loss = led(days(figures.days_to_loss), &base, OutcomeFilter::Only(Outcome::Lost));
    view! {
        <dl class="grid grid-cols-2 xl:grid-cols-5 gap-3.5" data-testid="outcomes-headline">
            <Tile label="Win rate" testid="outcomes-win-rate" before=rate_before(&figures, before.as_ref(), &base_before)>
                <a class="link" class=("text-muted", small) href=closed>{rate}</a>
                {interval.map(|interval| view! { <span class="block text-xs font-normal text-muted">{interval}</span> })}
            </Tile>
            <Count label="Won" testid="outcomes-won" outcome=Outcome::Won figures=figures.clone() before=before.clone() base=base.clone() base_before=base_before.clone()/>
            <Count label="Lost" testid="outcomes-lost" outcome=Outcome::Lost figures=figures.clone() before=before.clone() base base_before/>
            <Tile label="Median time to win" testid="outcomes-days-to-win" before=days_before(figures.days_to_win, before.as_ref().map(|of| of.days_to_win))>
                {to_win}
            </Tile>
            <Tile label="Median time to loss" testid="outcomes-days-to-loss" before=days_before(figures.days_to_loss, before.as_ref().map(|of| of.days_to_loss))>
                {to_loss}
            </Tile>
        </dl>
    }
    .into_any()
}

#[component]
fn Tile(label: &'static str, testid: &'static str, before: Option<AnyView>, children: Children) -> impl IntoView {
    view! {
        <div class="card px-4 py-3.5">
            <dt class="eyebrow">{label}</dt>
            <dd class="num text-2xl font-semibold tracking-tight mt-1" data-testid=testid>{children()}</dd>
            {before.map(|before| view! { <dd class="text-xs text-muted mt-0.5">{before}</dd> })}
        </div>
    }
    .into_any()
}

/// Deals of an outcome with their value.
#[component]
fn Count(
    label: &'static str,
    testid: &'static str,
    outcome: Outcome,
    figures: OutcomeFigures,
    before: Option<OutcomeFigures>,
    base: DealQuery,
    base_before: DealQuery,
) -> impl IntoView {
    let of = move |figures: &OutcomeFigures| match outcome {
        Outcome::Won => (figures.won, amounts(&figures.won_value)),
        _ => (figures.lost, amounts(&figures.lost_value)),
    };
    let filter = OutcomeFilter::Only(outcome);
    let (deals, value) = of(&figures);
    let before = before.map(|before| {
        let (deals, value) = of(&before);
        view! { {linked(deals, &base_before, filter)} " before, " {value} }.into_any()
    });
    view! {
        <Tile label testid before>
            {linked(deals, &base, filter)}
            <span class="block text-xs font-normal text-muted">{led(value, &base, filter)}</span>
        </Tile>
    }
    .into_any()
}

fn rate_before(figures: &OutcomeFigures, before: Option<&OutcomeFigures>, base_before: &DealQuery) -> Option<AnyView> {
    let before = before?;
    let (now, then) = (figures.win_rate?, before.win_rate?);
    let change = points((now.share - then.share) * 100.0);
    let href = deals_href(base_before, OutcomeFilter::Closed);
    let deals = count(before.deals());
    Some(
        view! {
            {format!("{change} points from ")} <a class="link" href=href>{percent(then)}</a> {format!(" of {deals} before")}
        }
        .into_any(),
    )
}

fn days_before(now: Option<f64>, before: Option<Option<f64>>) -> Option<AnyView> {
    let before = before??;
    let change = now.map(|now| {
        let change = now.round() - before.round();
        match change {
            0.0 => "as long as before".to_owned(),
            _ => format!("{} {} than before ({before:.0})", days(Some(change.abs())), if change > 0.0 { "longer" } else { "shorter" }),
        }
    });
    Some(change.unwrap_or_else(|| format!("{} before", days(Some(before)))).into_any())
}
