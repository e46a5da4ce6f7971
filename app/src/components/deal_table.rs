//! The table of deals, for the list and for the dashboard. On narrow screens its rows become cards.

use leptos::prelude::*;

use super::{ChanceBar, HealthBadge, Icon, IconName, Interval, OutcomeBadge, date, instant_date, trend, whole};
use crate::{
    domain::{
        deals::{DealQuery, DealSort, Outcome},
        today::Today,
    },
    views::deals::DealRow,
};

/// Which table it is.
#[derive(Debug, Clone, PartialEq)]
pub enum TableKind {
    /// The list: its heads sort.
    List(Box<DealQuery>),
    /// In an order of its own, without ranks.
    Plain,
    /// Ranked by revenue at risk, which has a column of its own.
    Ranking,
}

/// The form that the list's ticks belong to.
pub const PICK_FORM: &str = "picked";

const COLUMNS: [(DealSort, &str, &str, &str); 7] = [
    (DealSort::Title, "title", "Deal", ""),
    (DealSort::Owner, "owner", "Owner", "owner-cell"),
    (DealSort::Stage, "stage", "Stage", ""),
    (DealSort::Value, "value", "Value", "right"),
    (DealSort::ExpectedClose, "close", "Closes", ""),
    (DealSort::Probability, "probability", "Win probability", ""),
    (DealSort::Health, "health", "Health", ""),
];

#[component]
pub fn DealTable(rows: Vec<DealRow>, kind: TableKind, caption: &'static str, testid: &'static str) -> impl IntoView {
    let ranked = kind == TableKind::Ranking;
    let heads = COLUMNS.map(|(sort, name, label, class)| match &kind {
        TableKind::List(query) => view! { <SortHead query=query.as_ref().clone() sort name label class/> }.into_any(),
        TableKind::Plain | TableKind::Ranking => view! { <th scope="col" class=class>{label}</th> }.into_any(),
    });
    // Where no deal of the page can be closed there is nothing to choose.
    let picking = !ranked && rows.iter().any(|row| row.may_close);
    let body = rows.into_iter().enumerate().map(|(i, row)| view! { <Row row rank=ranked.then_some(i + 1) picking/> }).collect_view();
    view! {
        <table class="data-table deal-table" class:ranking=ranked role="table" data-testid=testid>
            <caption class="sr-only">{caption}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    {picking.then(|| view! { <th scope="col" class="pick no-print"><span class="sr-only">"Choose"</span></th> })}
                    {ranked.then(|| view! { <th scope="col" class="right">"#"</th> })}
                    {heads}
                    {ranked.then(|| view! { <th scope="col" class="right">"At risk"</th> })}
                    <th scope="col">"Main reason"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{body}</tbody>
        </table>
    }
    .into_any()
}

/// A column's head: a link that sorts by it, and on a second use turns the order around.
#[component]
fn SortHead(query: DealQuery, sort: DealSort, name: &'static str, label: &'static str, class: &'static str) -> impl IntoView {
    let active = query.sort == sort;
    let next = query.sorted_by(sort);
    // An inactive head shows where a click would lead.
    let descending = if active { query.descending } else { next.descending };
    let order = active.then_some(if query.descending { "descending" } else { "ascending" });
    let icon = if descending { IconName::ArrowDown } else { IconName::ArrowUp };
    view! {
        <th scope="col" role="columnheader" class=class aria-sort=order>
            <a class="sort-link" href=next.href() data-testid=format!("sort-{name}") data-noscroll="true">
                {label}
                <Icon name=icon/>
            </a>
        </th>
    }
    .into_any()
}

#[component]
fn Row(row: DealRow, rank: Option<usize>, picking: bool) -> impl IntoView {
    let ranked = rank.is_some();
    let risk = row.score.as_ref().and_then(|score| score.revenue_at_risk.clone());
    let reason = row.score.as_ref().and_then(|score| score.main_reason.clone());
    let close = closing(&row);
    let chance = match &row.score {
        Some(score) => {
            let interval = Interval { low: score.low, high: score.high };
            let trend = trend(&score.trend, "trend");
            view! {
                <span class="chance-cell-parts">
                    <ChanceBar probability=score.probability interval/>
                    {trend}
                </span>
            }
            .into_any()
        }
        None => view! { <span class="text-muted">"Not scored yet"</span> }.into_any(),
    };
    let badge = match (row.outcome, &row.score) {
        (Outcome::Open, Some(score)) => view! { <HealthBadge health=score.health/> }.into_any(),
        (Outcome::Open, None) => view! { <span class="text-muted">"–"</span> }.into_any(),
        (outcome, _) => view! { <OutcomeBadge outcome/> }.into_any(),
    };
    let pick = row.may_close.then(|| {
        view! {
            <input
                type="checkbox"
                name="deal"
                form=PICK_FORM
                autocomplete="off"
                value=row.id.to_string()
                aria-label=format!("Choose {}", row.title)
                data-testid="pick-deal"
            />
        }
    });
    view! {
        <tr role="row" data-testid="deal-row" data-deal-id=row.id.to_string()>
            {picking.then(|| view! { <td role="cell" class="pick no-print"><label>{pick} <span class="card-only text-xs text-muted">"Choose"</span></label></td> })}
            {rank.map(|rank| view! { <td role="cell" class="rank-cell right num text-muted">{rank}</td> })}
            <th scope="row" role="rowheader" class="deal-cell">
                <a class="link clamp-2" href=format!("/deals/{}", row.id) data-testid="deal-link">{row.title}</a>
                <span class="clamp-1 text-xs text-muted">
                    {row.account}
                    {row.owner.clone().map(|owner| view! { <span class="owner-beside">{format!(" · {owner}")}</span> })}
                </span>
            </th>
            <td role="cell" class="owner-cell" data-testid="deal-owner">{row.owner.unwrap_or_else(|| "–".into())}</td>
            <td role="cell" class="stage-cell" data-testid="deal-stage">{row.stage.unwrap_or_else(|| "–".into())}</td>
            <td role="cell" class="value-cell right num" data-testid="deal-value">
                {row.value.map_or_else(|| "–".into(), |value| value.to_string())}
            </td>
            <td role="cell" class="close-cell num" data-testid="deal-close">{close}</td>
            <td role="cell" class="chance-cell" data-testid="deal-probability">{chance}</td>
            <td role="cell" class="health-cell">{badge}</td>
            {ranked
                .then(|| {
                    view! {
                        <td role="cell" class="risk-cell right num font-semibold" data-testid="deal-risk">
                            <span class="card-only font-normal text-muted">"Revenue at risk "</span>
                            {risk.map_or_else(|| "–".into(), |risk| whole(&risk))}
                        </td>
                    }
                })}
            <td role="cell" class="reason-cell" data-testid="deal-reason">
                {reason.map(|reason| view! { <span class="clamp-2">{reason}</span> })}
            </td>
        </tr>
    }
    .into_any()
}

/// When the deal closes or closed; a date that has passed is marked.
fn closing(row: &DealRow) -> AnyView {
    let today = expect_context::<Today>();
    match (row.outcome, row.expected_close, row.closed_at) {
        (Outcome::Open, Some(expected), _) if today.is_after(expected) => view! {
            <span class="text-critical whitespace-nowrap">{date(expected)}</span>
            <span class="overdue text-critical"><Icon name=IconName::Clock/> "Overdue"</span>
        }
        .into_any(),
        (Outcome::Open, Some(expected), _) => date(expected).into_any(),
        (Outcome::Open, None, _) => "–".into_any(),
        (_, _, Some(closed)) => view! {
            {instant_date(closed)}
            <span class="block text-xs text-muted">"Closed"</span>
        }
        .into_any(),
        (_, _, None) => view! { <span class="text-muted">"Closed"</span> }.into_any(),
    }
}
