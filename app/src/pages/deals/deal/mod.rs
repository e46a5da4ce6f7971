//! The deal page: what it is, how likely it is to be won and why, what resembles it, what happened, and how it ended.

mod alerts;
mod close;
mod facts;
mod feedback;
mod header;
pub mod past_score;
mod score;
mod similar;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

pub use self::past_score::PastScorePage;
use self::{
    alerts::{ActivityForm, DealAlerts},
    close::{CloseForms, ClosedBanner},
    facts::Facts,
    feedback::FeedbackCard,
    header::Header,
    score::ScoreCard,
    similar::SimilarDeals,
};
use crate::{
    api::deals::deal,
    components::{Card, ErrorPage, Notice, Timeline, Tone},
    views::deals::DealView,
};

#[component]
pub fn DealPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let view = Resource::new_blocking(move || id.get(), deal);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(deal) => view! { <Deal deal/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Deal(deal: DealView) -> impl IntoView {
    let facts = deal.clone();
    let forms = (deal.may_close && !deal.outcome.is_closed()).then(|| {
        let value = deal.value.as_ref().map(|value| value.amount.normalize().to_string()).unwrap_or_default();
        view! { <CloseForms id=deal.id version=deal.version value choices=deal.close_choices.clone()/> }
    });
    let banner = deal.outcome.is_closed().then(|| {
        view! { <ClosedBanner deal=deal.clone()/> }
    });
    let entries = deal.timeline.clone();
    let timeline = if entries.is_empty() {
        view! { <p class="text-muted">"Nothing is known of its history: the source gave none."</p> }.into_any()
    } else {
        view! { <Timeline entries/> }.into_any()
    };
    let more = deal.timeline_truncated.then(|| {
        view! { <div class="mt-2"><Notice tone=Tone::Info>"Older entries are kept but not shown here."</Notice></div> }
    });
    let open = !deal.outcome.is_closed();
    let (id, muted) = (deal.id, deal.muted);
    let alerts = (open || !deal.alerts.is_empty()).then(|| view! { <DealAlerts id alerts=deal.alerts.clone() muted/> });
    let activity = (open && deal.may_close).then(|| view! { <ActivityForm id/> });
    let may_give = open && deal.score.is_some();
    let feedback = (may_give || !deal.feedback.is_empty()).then(|| view! { <FeedbackCard id feedback=deal.feedback.clone() may_give/> });
    view! {
        <Title text=deal.title.clone()/>
        <div class="flex flex-col gap-3.5">
            <Header deal=deal.clone()/>
            {banner}
            <div class="deal-plan">
                <ScoreCard id score=deal.score revenue_at_risk=deal.revenue_at_risk outcome=deal.outcome history=deal.score_history/>
                <div class="deal-aside flex flex-col gap-3.5 min-w-0">{activity} {forms} <Facts deal=facts/></div>
                <div class="flex flex-col gap-3.5 min-w-0">
                    {alerts}
                    {feedback}
                    <SimilarDeals similar=deal.similar/>
                    <Card title="History" id="history">{timeline} {more}</Card>
                </div>
            </div>
        </div>
    }
    .into_any()
}
