//! Closed deals by what they have in common.

use leptos::prelude::*;

use crate::{
    charts,
    components::{Card, ChanceBar, FiguresTable, Icon, IconName, Interval, count, points},
    domain::{
        deals::{DealQuery, Outcome, OutcomeFilter},
        outcomes::{Dimension, OutcomeDimension, OutcomeGroup, SMALL_GROUP, Share},
        probability::Probability,
    },
    pages::outcomes::analysis::words::{amounts, days, deals_href, led, linked},
};

/// Groups shown at once; the others on demand.
const SHOWN: usize = 8;
const WON: OutcomeFilter = OutcomeFilter::Only(Outcome::Won);
const LOST: OutcomeFilter = OutcomeFilter::Only(Outcome::Lost);

/// The heading's id, and the card's name for tests.
fn ids(by: Dimension) -> (&'static str, &'static str) {
    match by {
        Dimension::Reason => ("by-reason", "outcomes-dimension-reason"),
        Dimension::StageLostFrom => ("by-stage", "outcomes-dimension-stage"),
        Dimension::Competitor => ("by-competitor", "outcomes-dimension-competitor"),
        Dimension::Owner => ("by-owner", "outcomes-dimension-owner"),
        Dimension::Team => ("by-team", "outcomes-dimension-team"),
        Dimension::Size => ("by-size", "outcomes-dimension-size"),
        Dimension::Source => ("by-source", "outcomes-dimension-source"),
        Dimension::Month => ("by-month", "outcomes-dimension-month"),
    }
}

#[component]
pub fn DimensionCard(dimension: OutcomeDimension) -> impl IntoView {
    let (id, testid) = ids(dimension.by);
    let title = dimension.by.label();
    if dimension.groups.is_empty() {
        return view! { <Card title id testid><p class="text-muted">"No deal was lost in this period."</p></Card> }.into_any();
    }
    let mut groups = dimension.groups;
    let rest = groups.split_off(groups.len().min(SHOWN));
    let more = (!rest.is_empty()).then(|| {
        let label = format!("{} more", count(rest.len() as u64));
        view! { <Disclosed label><Groups by=dimension.by groups=rest/></Disclosed> }
    });
    view! {
        <Card title id testid flush=true>
            <Groups by=dimension.by groups/>
            {more}
        </Card>
    }
    .into_any()
}

/// The chart over time, with its figures as a table.
#[component]
pub fn OverTime(dimension: OutcomeDimension, undated: u64) -> impl IntoView {
    let (id, testid) = ids(dimension.by);
    let groups = dimension.groups;
    let dated = groups.iter().filter(|group| !group.deals.undated);
    let spans: Vec<(&str, u64, u64)> = dated.map(|group| (group.label.as_str(), group.figures.won, group.figures.lost)).collect();
    let svg = charts::wins_and_losses(&spans);
    let hint = match undated {
        0 => "Won deals below, lost ones above them, by the day of the close (UTC). The number above a bar is the win rate.".to_owned(),
        undated => format!("{} deals without a close date are in no bar, but in all other figures.", count(undated)),
    };
    view! {
        <Card title=dimension.by.label() id testid flush=true hint>
            <div class="px-4 pb-2 scrolls"><div class="outcomes-chart" data-testid="outcomes-chart" inner_html=svg></div></div>
            <Disclosed label="The figures as a table".to_owned()><Groups by=dimension.by groups/></Disclosed>
        </Card>
    }
    .into_any()
}

#[component]
fn Disclosed(label: String, children: Children) -> impl IntoView {
    view! {
        <details class="disclosure">
            <summary class="flex items-center gap-1 px-4 py-2.5 text-xs font-medium text-muted">
                <span class="turns inline-flex"><Icon name=IconName::ChevronRight/></span>
                {label}
            </summary>
            {children()}
        </details>
    }
    .into_any()
}

#[component]
fn Groups(by: Dimension, groups: Vec<OutcomeGroup>) -> impl IntoView {
    let name = match by {
        Dimension::Reason => "Reason",
        Dimension::StageLostFrom => "Stage",
        Dimension::Competitor => "Competitor",
        Dimension::Owner => "Owner",
        Dimension::Team => "Team",
        Dimension::Size => "Value",
        Dimension::Source => "Source",
        Dimension::Month => "Closed",
    };
    if by.of_losses() {
        let rows = groups.into_iter().map(|group| view! { <LossRow group/> }).collect_view();
        view! {
            <FiguresTable names=name figures=&["Lost", "Share of losses", "From before", "Lost value", "Time to loss"]>
                <tbody>{rows}</tbody>
            </FiguresTable>
        }
        .into_any()
    } else {
        let rows = groups.into_iter().map(|group| view! { <OutcomeRow group/> }).collect_view();
        view! {
            <FiguresTable names=name figures=&["Won", "Lost", "Win rate", "From before", "Won value", "Lost value", "Time to win"]>
                <tbody>{rows}</tbody>
            </FiguresTable>
        }
        .into_any()
    }
}

fn bar(share: Option<Share>) -> AnyView {
    let Some(Share { share, low, high }) = share else { return view! { <span class="text-muted">"–"</span> }.into_any() };
    let [share, low, high] = [share, low, high].map(Probability::saturating);
    view! { <ChanceBar probability=share interval=Interval { low, high }/> }.into_any()
}

/// By how many points a share moved; a dash where there is nothing to compare with.
fn moved(now: Option<Share>, before: Option<f64>) -> String {
    now.zip(before).map_or_else(|| "–".into(), |(now, before)| points((now.share - before) * 100.0))
}

/// A change leads to the deals it is a change from.
fn then(change: String, deals_before: Option<DealQuery>, outcome: OutcomeFilter) -> AnyView {
    match deals_before {
        Some(deals) => led(change, &deals, outcome),
        None => change.into_any(),
    }
}

fn why_grey(small: bool) -> Option<String> {
    small.then(|| format!("Fewer than {SMALL_GROUP} deals"))
}

#[component]
fn OutcomeRow(group: OutcomeGroup) -> impl IntoView {
    let OutcomeGroup { label, figures, before, deals, deals_before, .. } = group;
    let small = figures.is_small();
    let before = before.and_then(|before| before.win_rate).map(|rate| rate.share);
    view! {
        <tr data-testid="outcomes-group" class:is-small=small title=why_grey(small)>
            <th scope="row" class="outcomes-name">{label}</th>
            <td class="right num" data-testid="outcomes-group-won">{linked(figures.won, &deals, WON)}</td>
            <td class="right num" data-testid="outcomes-group-lost">{linked(figures.lost, &deals, LOST)}</td>
            <td class="outcomes-share"><a class="outcomes-bar" href=deals_href(&deals, OutcomeFilter::Closed)>{bar(figures.win_rate)}</a></td>
            <td class="right num">{then(moved(figures.win_rate, before), deals_before, OutcomeFilter::Closed)}</td>
            <td class="right num">{led(amounts(&figures.won_value), &deals, WON)}</td>
            <td class="right num">{led(amounts(&figures.lost_value), &deals, LOST)}</td>
            <td class="right num">{led(days(figures.days_to_win), &deals, WON)}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn LossRow(group: OutcomeGroup) -> impl IntoView {
    let OutcomeGroup { label, figures, part, part_before, deals, deals_before, .. } = group;
    let small = figures.is_small();
    view! {
        <tr data-testid="outcomes-group" class:is-small=small title=why_grey(small)>
            <th scope="row" class="outcomes-name">{label}</th>
            <td class="right num" data-testid="outcomes-group-lost">{linked(figures.lost, &deals, LOST)}</td>
            <td class="outcomes-share"><a class="outcomes-bar" href=deals_href(&deals, LOST)>{bar(part)}</a></td>
            <td class="right num">{then(moved(part, part_before), deals_before, LOST)}</td>
            <td class="right num">{led(amounts(&figures.lost_value), &deals, LOST)}</td>
            <td class="right num">{led(days(figures.days_to_loss), &deals, LOST)}</td>
        </tr>
    }
    .into_any()
}
