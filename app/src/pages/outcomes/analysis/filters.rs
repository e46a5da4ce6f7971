//! What the page looks at: a plain GET form, and links to the usual periods.

use chrono::{Datelike, NaiveDate};
use leptos::prelude::*;

use crate::{
    components::Select,
    domain::{
        deals::Pick,
        ids::UserId,
        outcomes::{OutcomesQuery, Period},
    },
    islands::AppliesAtOnce,
    views::outcomes::OutcomesView,
};

/// The usual periods that end today.
fn usual(today: NaiveDate) -> Vec<(&'static str, Option<Period>)> {
    let year = NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today);
    vec![
        ("Last 3 months", Some(Period::months_to(today, 3))),
        ("Last 6 months", Some(Period::months_to(today, 6))),
        ("Last 12 months", Some(Period::months_to(today, 12))),
        ("This year", Some(Period { from: year, to: today })),
        ("All time", None),
    ]
}

#[component]
pub fn Filters(shown: OutcomesView) -> impl IntoView {
    let OutcomesView { query, today, period, pipelines, owners, teams, .. } = shown;
    let links = usual(today)
        .into_iter()
        .map(|(label, usual)| {
            let current = (usual == period).then_some("true");
            let href = address_of(&query, usual, today);
            view! { <a class="chip outcomes-period" href=href aria-current=current data-noscroll="true">{label}</a> }
        })
        .collect_view();
    let mut owners: Vec<(String, String)> = owners.into_iter().map(|owner| (owner.id.to_string(), owner.label)).collect();
    if query.owner == Some(Pick::Missing) {
        owners.push((Pick::<UserId>::Missing.to_string(), "No owner".into()));
    }
    let several = |choices: usize, chosen: bool| choices > 1 || chosen;
    let (by_pipeline, by_owner, by_team) = (
        several(pipelines.len(), query.pipeline.is_some()),
        several(owners.len(), query.owner.is_some()),
        several(teams.len(), query.team.is_some()),
    );
    let pipelines = pipelines.into_iter().map(|choice| (choice.id, choice.label)).collect();
    let teams = teams.into_iter().map(|choice| (choice.id.to_string(), choice.label)).collect();
    let all_time = period.is_none().then(|| view! { <input type="hidden" name="period" value="all"/> });
    view! {
        <AppliesAtOnce><form method="get" action="/outcomes" class="no-print card px-4 py-3 flex flex-col gap-2.5" data-testid="outcomes-filters">
            {all_time}
            <div class="flex flex-wrap gap-2" data-testid="outcomes-periods">{links}</div>
            <div class="flex flex-wrap items-end gap-2.5">
                <Day name="from" label="Closed from" value=period.map(|period| period.from)/>
                <Day name="to" label="Closed until" value=period.map(|period| period.to)/>
                {by_pipeline
                    .then(|| view! { <Select name="pipeline" label="Pipeline" any=Some("All pipelines") options=pipelines chosen=query.pipeline/> })}
                {by_owner
                    .then(|| {
                        let chosen = query.owner.map(|owner| owner.to_string());
                        view! { <Select name="owner" label="Owner" any=Some("Anyone") options=owners chosen/> }
                    })}
                {by_team
                    .then(|| {
                        let chosen = query.team.map(|team| team.to_string());
                        view! { <Select name="team" label="Team" any=Some("All teams") options=teams chosen/> }
                    })}
                <button type="submit" class="button" data-testid="outcomes-apply">"Apply"</button>
            </div>
        </form></AppliesAtOnce>
    }
    .into_any()
}

/// The page's own default needs no days in its address, so that it moves on with time.
fn address_of(query: &OutcomesQuery, period: Option<Period>, today: NaiveDate) -> String {
    let bare = OutcomesQuery { from: None, to: None, all_time: false, ..query.clone() };
    if bare.period(today) == period { bare.href() } else { query.within(period).href() }
}

#[component]
fn Day(name: &'static str, label: &'static str, value: Option<NaiveDate>) -> impl IntoView {
    let id = format!("outcomes-{name}");
    let value = value.map(|day| day.to_string()).unwrap_or_default();
    view! {
        <div class="min-w-0">
            <label class="eyebrow block mb-1" for=id.clone()>{label}</label>
            <input class="field num" type="date" id=id name=name autocomplete="off" value=value/>
        </div>
    }
    .into_any()
}
