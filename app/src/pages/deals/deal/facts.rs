//! What is known of the deal.

use leptos::prelude::*;

use crate::{
    components::{Card, Fact, date, instant_date},
    views::deals::DealView,
};

#[component]
pub fn Facts(deal: DealView) -> impl IntoView {
    let facts = [
        ("Owner", deal.owner),
        ("Team", deal.team),
        ("Account", deal.account),
        ("Industry", deal.industry),
        ("Pipeline", deal.pipeline),
        ("Stage", deal.stage),
        ("Value", deal.value.map(|value| value.to_string())),
        ("Rep's estimate", deal.rep_probability.map(|probability| probability.to_string())),
        ("Created", deal.created_at.map(instant_date)),
        ("Expected close", deal.expected_close.map(date)),
        ("Closed", deal.closed_at.map(instant_date)),
    ];
    let facts = facts
        .into_iter()
        .filter(|(_, value)| value.is_some())
        .map(|(label, value)| view! { <Fact label=label.to_owned() value/> })
        .collect_view();
    let text = |title: &'static str, id: &'static str, text: Option<String>| {
        text.filter(|text| !text.trim().is_empty()).map(|text| {
            view! { <Card title id testid="deal-notes"><p class="whitespace-pre-line break-words text-ink-2">{text}</p></Card> }
        })
    };
    let notes = if deal.outcome.is_closed() { None } else { deal.notes };
    let custom = (!deal.custom.is_empty()).then(|| {
        let fields = deal.custom.into_iter().map(|(label, value)| view! { <Fact label value=Some(value)/> }).collect_view();
        view! { <Card title="Custom fields" id="custom" testid="custom-fields"><dl class="divided text-xs">{fields}</dl></Card> }
    });
    view! {
        {text("Description", "description", Some(deal.description))}
        <Card title="Facts" id="facts" testid="deal-facts"><dl class="divided text-xs">{facts}</dl></Card>
        {text("Notes", "notes", notes)}
        {custom}
    }
    .into_any()
}
