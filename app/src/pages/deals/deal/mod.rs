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
    api::{
        alerts::handling::{AddActivity, HandleAlerts, MuteDeal},
        deals::deal,
        outcomes::closing::{CloseDeal, ReopenDeal, UndoClose},
        scoring::GiveFeedback,
    },
    components::{Card, ErrorPage, Notice, Timeline, Tone},
    views::deals::DealView,
};

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Actions {
    close: ServerAction<CloseDeal>,
    undo: ServerAction<UndoClose>,
    reopen: ServerAction<ReopenDeal>,
    handle: ServerAction<HandleAlerts>,
    mute: ServerAction<MuteDeal>,
    activity: ServerAction<AddActivity>,
    feedback: ServerAction<GiveFeedback>,
}

impl Actions {
    /// Changes whenever one of them is done.
    fn version(self) -> [usize; 7] {
        [
            self.close.version().get(),
            self.undo.version().get(),
            self.reopen.version().get(),
            self.handle.version().get(),
            self.mute.version().get(),
            self.activity.version().get(),
            self.feedback.version().get(),
        ]
    }
}

#[component]
pub fn DealPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let actions = Actions {
        close: ServerAction::new(),
        undo: ServerAction::new(),
        reopen: ServerAction::new(),
        handle: ServerAction::new(),
        mute: ServerAction::new(),
        activity: ServerAction::new(),
        feedback: ServerAction::new(),
    };
    let view = Resource::new_blocking(move || (id.get(), actions.version()), |(id, _)| deal(id));
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(deal) => view! { <Deal deal actions/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Deal(deal: DealView, actions: Actions) -> impl IntoView {
    let facts = deal.clone();
    let forms = (deal.may_close && !deal.outcome.is_closed()).then(|| {
        let value = deal.value.as_ref().map(|value| value.amount.normalize().to_string()).unwrap_or_default();
        view! { <CloseForms id=deal.id version=deal.version value choices=deal.close_choices.clone() action=actions.close/> }
    });
    let banner = deal.outcome.is_closed().then(|| {
        view! { <ClosedBanner deal=deal.clone() undo=actions.undo reopen=actions.reopen/> }
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
    let alerts = (open || !deal.alerts.is_empty())
        .then(|| view! { <DealAlerts id alerts=deal.alerts.clone() muted handle=actions.handle mute=actions.mute/> });
    let activity = (open && deal.may_close).then(|| view! { <ActivityForm id action=actions.activity/> });
    let may_give = open && deal.score.is_some();
    let feedback = (may_give || !deal.feedback.is_empty())
        .then(|| view! { <FeedbackCard id feedback=deal.feedback.clone() may_give action=actions.feedback/> });
    view! {
        <Title text=deal.title.clone()/>
        <div class="flex flex-col gap-3.5">
            <Header deal=deal.clone()/>
            {banner}
            <div class="deal-plan">
                <ScoreCard id score=deal.score revenue_at_risk=deal.revenue_at_risk outcome=deal.outcome trend_svg=deal.trend_svg/>
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
