//! The closed deals most like this one, and how they ended.

use leptos::prelude::*;

use crate::{
    components::{Card, OutcomeBadge, count, instant_date, plural, with_code},
    domain::deals::Outcome,
    views::similarity::{ActivitiesThen, SimilarDeal, SimilarDeals as SimilarDealsView, SimilarView, WonNext},
};

#[component]
pub fn SimilarDeals(similar: SimilarView) -> impl IntoView {
    let message = match similar {
        SimilarView::Found(found) if !found.deals.is_empty() => return view! { <Found found/> }.into_any(),
        SimilarView::Found(_) => "No closed deal is close enough to compare with yet.".to_owned(),
        SimilarView::Waiting => {
            "This deal's text is still being read. Similar deals will show here in a moment: reload the page.".to_owned()
        }
        SimilarView::NoText => "This deal's source carries no text to compare, so there is nothing to find similar deals by.".to_owned(),
        SimilarView::Unavailable { why } => format!("Similar deals are not available right now. {why}"),
    };
    view! {
        <Card title="Similar closed deals" id="similar" testid="similar-deals">
            <p class="text-muted" data-testid="similar-message">{with_code(&message)}</p>
        </Card>
    }
    .into_any()
}

#[component]
fn Found(found: SimilarDealsView) -> impl IntoView {
    let SimilarDealsView { deals, base_rate, next } = found;
    let won = deals.iter().filter(|deal| deal.outcome == Outcome::Won).count() as u64;
    let of = plural(deals.len() as u64, "most similar deal was won", "most similar deals were won");
    let beside = (base_rate.closed > 0)
        .then(|| format!("; of all {} {:.0} %", plural(base_rate.closed, "closed deal", "closed deals"), base_rate.share() * 100.0));
    let rows = deals.into_iter().map(|deal| view! { <Row deal/> }).collect_view();
    view! {
        <Card title="Similar closed deals" id="similar" testid="similar-deals" flush=true hint=format!("{won} of the {of}{}", beside.unwrap_or_default())>
            <table class="data-table plain-table border-t border-line">
                <caption class="sr-only">"Similar closed deals and their outcomes"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Deal"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="right max-sm:hidden">"Value"</th>
                        <th scope="col" class="max-sm:hidden">"Closed"</th>
                        <th scope="col" class="right">"Similarity"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {next.map(|next| view! { <Next next/> })}
        </Card>
    }
    .into_any()
}

#[component]
fn Row(deal: SimilarDeal) -> impl IntoView {
    let why = deal.why.join(" · ");
    view! {
        <tr data-testid="similar-row">
            <th scope="row" class="min-w-0">
                <a class="link clamp-2" href=format!("/deals/{}", deal.id)>{deal.title}</a>
                <span class="block text-xs text-muted">{deal.account}</span>
                {(!why.is_empty()).then(|| view! { <span class="clamp-2 text-xs text-muted" data-testid="similar-why">{why}</span> })}
            </th>
            <td class="outcome-cell">
                <OutcomeBadge outcome=deal.outcome/>
                {deal.loss_reason.map(|reason| view! { <span class="block text-xs text-muted mt-0.5">{reason}</span> })}
            </td>
            <td class="right num max-sm:hidden">{deal.value.map_or_else(|| "–".into(), |value| value.to_string())}</td>
            <td class="num max-sm:hidden">
                {deal.closed_at.map_or_else(|| "–".into(), instant_date)}
                {deal.cycle_days.map(|days| view! { <span class="block text-xs text-muted">{format!("after {}", plural(days.unsigned_abs(), "day", "days"))}</span> })}
            </td>
            <td class="right num">{format!("{:.0}%", deal.similarity * 100.0)}</td>
        </tr>
    }
    .into_any()
}

/// What the won ones among them did in the stage that this deal is in.
#[component]
fn Next(next: WonNext) -> impl IntoView {
    let WonNext { stage, won, median_days, days, window_days, activities } = next;
    let stayed = median_days.map(|median| {
        format!(
            "In the stage {stage}, {} stayed {} in the middle; this deal has been there for {}.",
            plural(won, "won deal", "won deals"),
            plural(median.round() as u64, "day", "days"),
            plural(days.floor() as u64, "day", "days"),
        )
    });
    let rows = activities
        .into_iter()
        .map(|ActivitiesThen { kind, won, here }| {
            view! {
                <tr>
                    <th scope="row">{kind.label()}</th>
                    <td class="right num">{format!("{won:.1}")}</td>
                    <td class="right num">{count(here)}</td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <table class="data-table plain-table mt-1">
                <caption class="sr-only">{format!("Activities in the first {window_days} days of the stage: the won deals' average, and this deal's")}</caption>
                <thead>
                    <tr>
                        <th scope="col">{format!("First {window_days} days")}</th>
                        <th scope="col" class="right">"Won deals"</th>
                        <th scope="col" class="right">"This deal"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
    });
    view! {
        <div class="px-4 py-3 border-t border-line" data-testid="won-next">
            <h3 class="font-semibold">"What the won ones did next"</h3>
            <p class="mt-0.5">{stayed}</p>
            {table}
        </div>
    }
    .into_any()
}
