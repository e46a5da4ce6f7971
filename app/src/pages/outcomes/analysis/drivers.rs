//! What went right: closed deals with more of something against those with less.

use leptos::prelude::*;

use crate::{
    components::{Card, FiguresTable, count, points},
    domain::outcomes::{Driver, DriverDealsQuery, DriverSide, Drivers, OutcomesQuery, Period, SMALL_SIDE, Side},
    pages::outcomes::analysis::words::percent,
};

/// Comparisons shown at once; the others on demand.
const SHOWN: usize = 12;

#[component]
pub fn WhatWentRight(
    drivers: Drivers,
    compared_of: Option<(u64, u64)>,
    comparing: bool,
    query: OutcomesQuery,
    period: Option<Period>,
) -> impl IntoView {
    let Drivers { deals, looked_at, hold, mut list } = drivers;
    if list.is_empty() {
        let why = if comparing {
            "So many deals are compared in the background; look again in some minutes."
        } else {
            "Too little is known of these deals to compare them."
        };
        return view! {
            <Card title="What went right" id="what-went-right" testid="outcomes-drivers">
                <p class="text-muted">{why}</p>
            </Card>
        }
        .into_any();
    }
    let hint = format!(
        "{} closed deals as they stood at three quarters of their open life; where a feature is a number, the top third against the bottom \
         third. {} comparisons were looked at, {} hold at 5% when all are looked at together (Benjamini–Hochberg). They show what went \
         along with winning, not what caused it.{}",
        count(deals),
        count(looked_at),
        count(hold),
        compared_of.map_or_else(String::new, |(drawn, all)| {
            format!(
                " Looked for among {} of the workspace's {} closed deals, drawn from the newest: of each month the same share of its won and \
                 of its lost ones. The comparisons are made anew in the background after an import.",
                count(drawn),
                count(all)
            )
        })
    );
    // The address of the deals names the days, so that it shows the same deals tomorrow.
    let query = query.within(period);
    let rest = list.split_off(list.len().min(SHOWN));
    let more = (!rest.is_empty()).then(|| {
        let label = format!("{} more comparisons", count(rest.len() as u64));
        view! {
            <details class="disclosure">
                <summary class="px-4 py-2.5 text-xs font-medium text-muted">{label}</summary>
                <Table list=rest query=query.clone()/>
            </details>
        }
    });
    view! {
        <Card title="What went right" id="what-went-right" testid="outcomes-drivers" flush=true hint>
            <Table list query=query.clone()/>
            {more}
        </Card>
    }
    .into_any()
}

#[component]
fn Table(list: Vec<Driver>, query: OutcomesQuery) -> impl IntoView {
    let rows = list.into_iter().map(|driver| view! { <Row driver query=query.clone()/> }).collect_view();
    view! {
        <FiguresTable names="Before the close" figures=&["More of it", "Less of it", "Difference in win rate", "Holds"]>
            <tbody>{rows}</tbody>
        </FiguresTable>
    }
    .into_any()
}

#[component]
fn Row(driver: Driver, query: OutcomesQuery) -> impl IntoView {
    let small = driver.is_small();
    let (verdict, why) = match (small, driver.holds) {
        (true, _) => ("Too few deals", format!("Fewer than {SMALL_SIDE} deals on a side")),
        (false, true) => ("Yes", "Holds when all comparisons are looked at together".to_owned()),
        (false, false) => ("May be chance", "Does not hold when all comparisons are looked at together".to_owned()),
    };
    let difference = points(driver.difference * 100.0);
    let interval = format!("{} to {}", points(driver.difference_low * 100.0), points(driver.difference_high * 100.0));
    let link = |side: Side| {
        DriverDealsQuery { outcomes: query.clone(), feature: driver.feature.clone(), value: driver.value.clone(), side, page: 1 }.href()
    };
    let (high_href, low_href) = (link(Side::High), link(Side::Low));
    view! {
        <tr data-testid="outcomes-driver" data-feature=driver.feature.clone() data-holds=driver.holds.to_string() class:is-small=small>
            <th scope="row" class="outcomes-name">{driver.title}</th>
            <td class="right"><SideCell side=driver.high href=high_href testid="outcomes-driver-high"/></td>
            <td class="right"><SideCell side=driver.low href=low_href testid="outcomes-driver-low"/></td>
            <td class="right num">
                <span class="font-semibold">{format!("{difference} points")}</span>
                <span class="block text-xs text-muted">{interval}</span>
            </td>
            <td class="right" title=why class=("font-semibold", driver.holds)>{verdict}</td>
        </tr>
    }
    .into_any()
}

/// "3 or more → 61% won (n = 120)".
#[component]
fn SideCell(side: DriverSide, href: String, testid: &'static str) -> impl IntoView {
    let DriverSide { words, deals, win_rate, .. } = side;
    view! {
        <span class="block text-xs text-muted">{words}</span>
        <a class="link num" href=href data-testid=testid data-deals=deals.to_string()>
            {format!("{} won (n = {})", percent(win_rate), count(deals))}
        </a>
    }
    .into_any()
}
