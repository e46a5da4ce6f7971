//! The closed deals most like this one, and how they ended.

use leptos::prelude::*;

use crate::{
    components::{Card, OutcomeBadge, instant_date, plural, with_code},
    domain::deals::Outcome,
    views::similarity::{SimilarDeal, SimilarView},
};

#[component]
pub fn SimilarDeals(similar: SimilarView) -> impl IntoView {
    let message = match similar {
        SimilarView::Found { deals } if !deals.is_empty() => return view! { <Found deals/> }.into_any(),
        SimilarView::Found { .. } => "No closed deal is close enough to compare with yet.".to_owned(),
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
fn Found(deals: Vec<SimilarDeal>) -> impl IntoView {
    let won = deals.iter().filter(|deal| deal.outcome == Outcome::Won).count() as u64;
    let of = plural(deals.len() as u64, "most similar deal was won", "most similar deals were won");
    let rows = deals.into_iter().map(|deal| view! { <Row deal/> }).collect_view();
    view! {
        <Card title="Similar closed deals" id="similar" testid="similar-deals" flush=true hint=format!("{won} of the {of}")>
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
        </Card>
    }
    .into_any()
}

#[component]
fn Row(deal: SimilarDeal) -> impl IntoView {
    view! {
        <tr data-testid="similar-row">
            <th scope="row" class="min-w-0">
                <a class="link clamp-2" href=format!("/deals/{}", deal.id)>{deal.title}</a>
                <span class="block text-xs text-muted">{deal.account}</span>
            </th>
            <td class="outcome-cell">
                <OutcomeBadge outcome=deal.outcome/>
                {deal.loss_reason.map(|reason| view! { <span class="block text-xs text-muted mt-0.5">{reason}</span> })}
            </td>
            <td class="right num max-sm:hidden">{deal.value.map_or_else(|| "–".into(), |value| value.to_string())}</td>
            <td class="num max-sm:hidden">{deal.closed_at.map_or_else(|| "–".into(), instant_date)}</td>
            <td class="right num">{format!("{:.0}%", deal.similarity * 100.0)}</td>
        </tr>
    }
    .into_any()
}
