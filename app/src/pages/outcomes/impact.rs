//! Business impact: what came of deals that were flagged at risk, told as a comparison and not as a proof.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::models::learning::impact,
    components::{Card, ErrorPage, FiguresTable, Notice, RelevanceTable, Stat, Tone, count, instant_date, moment, percent},
    domain::outcomes::{ACT_WITHIN_DAYS, CYCLE_DAYS, CycleTime, FlaggedGroup, IMPACT_IN_WORDS},
    views::outcomes::ImpactView,
};

/// Closed deals on a side below which its win rate says little.
const FEW: u64 = 20;

#[component]
pub fn ImpactPage() -> impl IntoView {
    let view = Resource::new_blocking(|| (), |()| impact());
    view! {
        <Title text="Impact"/>
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Impact view/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

fn amounts(group: &FlaggedGroup) -> String {
    let amounts: Vec<String> = group.won_value.iter().map(|value| value.compact()).collect();
    if amounts.is_empty() { "–".into() } else { amounts.join(" + ") }
}

#[component]
fn Impact(view: ImpactView) -> impl IntoView {
    let ImpactView { counted_at, since, acted_on, left_alone, difference, median_hours_to_act, relevance, cycle, cycle_before } = view;
    let since = since.map_or_else(
        || "No urgent alert was raised yet; this page fills once alerts have been at work for a while.".to_owned(),
        |since| {
            format!(
                "Urgent alerts since {}{}.",
                instant_date(since),
                counted_at.map(|at| format!(", counted {}", moment(at))).unwrap_or_default()
            )
        },
    );
    let to_act = median_hours_to_act.map_or_else(|| "–".into(), hours);
    let worth = if acted_on.won_value.is_empty() { String::new() } else { format!("{} ", amounts(&acted_on)) };
    let saved_hint = format!("{worth}won after an urgent alert was acted on within {ACT_WITHIN_DAYS} days");
    let small = (acted_on.deals - acted_on.open).min(left_alone.deals - left_alone.open) < FEW;
    let compared = difference.map(|of| {
        let text = format!(
            "Flagged deals that were acted on were won {:+.0} points more often (95 % interval {:+.0} to {:+.0}).",
            of.difference * 100.0,
            of.low * 100.0,
            of.high * 100.0
        );
        view! { <p class=("text-muted", small) data-testid="impact-difference">{text} {small.then_some(" So few deals say little yet.")}</p> }
    });
    view! {
        <section class="flex flex-col gap-3.5" data-testid="impact-page">
            <div>
                <h1 class="text-xl font-semibold">"Business impact"</h1>
                <p class="text-muted mt-0.5">{since}</p>
            </div>
            <dl class="grid grid-cols-1 sm:grid-cols-3 gap-3.5">
                <Stat label="Deals saved" value=count(acted_on.won) hint=saved_hint testid="impact-saved"/>
                <Stat label="Time to act" value=to_act hint="Median from an urgent alert to the first answer" testid="impact-time"/>
                <Cycle cycle before=cycle_before/>
            </dl>
            <Card title="Acted on, or not" id="compared" flush=true>
                <FiguresTable names="Flagged deals" figures=&["Deals", "Still open", "Won", "Win rate", "Value won"]>
                    <tbody>
                        <Group name="Acted on" group=acted_on/>
                        <Group name="Left alone" group=left_alone/>
                    </tbody>
                </FiguresTable>
                <div class="px-4 py-3 flex flex-col gap-2">
                    {compared}
                    <Notice tone=Tone::Info quiet=true testid="impact-honesty">{IMPACT_IN_WORDS}</Notice>
                </div>
            </Card>
            <RelevanceTable relevance/>
        </section>
    }
    .into_any()
}

fn hours(hours: f64) -> String {
    if hours < 48.0 { format!("{hours:.0} h") } else { format!("{:.0} days", hours / 24.0) }
}

#[component]
fn Cycle(cycle: CycleTime, before: CycleTime) -> impl IntoView {
    let days = |of: CycleTime| of.days.map_or_else(|| "–".into(), |days| format!("{days:.0} days"));
    let hint = format!(
        "Median of {} deals won within {CYCLE_DAYS} days; {} of {} in the {CYCLE_DAYS} days before",
        count(cycle.deals),
        days(before),
        count(before.deals)
    );
    view! { <Stat label="Cycle time" value=days(cycle) hint testid="impact-cycle"/> }
}

#[component]
fn Group(name: &'static str, group: FlaggedGroup) -> impl IntoView {
    let rate = group.win_rate.map_or_else(
        || "–".into(),
        |rate| format!("{} ({} to {})", percent(Some(rate.share)), percent(Some(rate.low)), percent(Some(rate.high))),
    );
    let small = group.deals - group.open < FEW;
    let value = amounts(&group);
    view! {
        <tr data-testid="impact-group" class=("text-muted", small)>
            <th scope="row">{name}</th>
            <td class="right num">{count(group.deals)}</td>
            <td class="right num">{count(group.open)}</td>
            <td class="right num">{count(group.won)}</td>
            <td class="right num">{rate}</td>
            <td class="right num">{value}</td>
        </tr>
    }
    .into_any()
}
