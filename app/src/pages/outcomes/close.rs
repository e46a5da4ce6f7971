//! Closing several deals at once: chosen in the list, or on the board. The choice stands in the address.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::outcomes::closing::{CloseDeals, UndoClose, chosen_deals, close_address},
    components::{CloseFields, EmptyState, ErrorPage, Notice, OutcomeBadge, Tone, error_in_url, plural},
    domain::{deals::Outcome, ids::DealId},
    islands::Countdown,
    views::{deals::DealRow, outcomes::CloseView},
};

#[component]
pub fn ClosePage() -> impl IntoView {
    let params = use_query_map();
    let asked = Memo::new(move |_| {
        params.with(|params| {
            let ids: Vec<DealId> = params.get_all("deal").unwrap_or_default().iter().filter_map(|id| id.parse().ok()).collect();
            let outcome = params.get_str("outcome").and_then(Outcome::parse).filter(|outcome| outcome.is_closed());
            (ids, outcome.unwrap_or(Outcome::Won))
        })
    });
    let view = Resource::new_blocking(move || asked.get(), |(ids, outcome)| chosen_deals(ids, outcome));
    view! {
        <Title text="Record outcomes"/>
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Chosen view/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Chosen(view: CloseView) -> impl IntoView {
    if view.deals.is_empty() {
        return view! {
            <EmptyState title="No deal is chosen" text="Choose deals in the list, then mark them as won or lost.">
                <a class="button" href="/deals">"To the deals"</a>
            </EmptyState>
        }
        .into_any();
    }
    let closed = view.deals.iter().all(|deal| deal.outcome.is_closed());
    let rows = view.deals.iter().map(|deal| view! { <Line deal=deal.clone()/> }).collect_view();
    let body = if closed { view! { <Done view/> }.into_any() } else { view! { <Form view/> }.into_any() };
    view! {
        <section class="flex flex-col gap-3.5 max-w-2xl" data-testid="close-page">
            <h1 class="text-xl font-semibold">"Record outcomes"</h1>
            <ul class="card divided">{rows}</ul>
            {body}
        </section>
    }
    .into_any()
}

#[component]
fn Line(deal: DealRow) -> impl IntoView {
    let about: Vec<String> = deal.account.into_iter().chain(deal.stage).chain(deal.value.map(|value| value.to_string())).collect();
    view! {
        <li class="px-4 py-2.5 flex items-center justify-between gap-3" data-testid="chosen-deal">
            <div class="min-w-0">
                <a class="link font-medium" href=format!("/deals/{}", deal.id)>{deal.title}</a>
                <p class="text-xs text-muted">{about.join(" · ")}</p>
            </div>
            <OutcomeBadge outcome=deal.outcome/>
        </li>
    }
    .into_any()
}

#[component]
fn Form(view: CloseView) -> impl IntoView {
    let CloseView { outcome, deals, choices, .. } = view;
    let error = error_in_url::<CloseDeals>();
    let open: Vec<DealId> = deals.iter().filter(|deal| !deal.outcome.is_closed()).map(|deal| deal.id).collect();
    let single = match deals.as_slice() {
        [one] => Some(one.value.as_ref().map(|value| value.amount.normalize().to_string()).unwrap_or_default()),
        _ => None,
    };
    let left_out = deals.len() - open.len();
    let note = (left_out > 0).then(|| {
        let text = format!("{} closed already and left out.", plural(left_out as u64, "deal is", "deals are"));
        view! { <Notice tone=Tone::Info quiet=true>{text}</Notice> }
    });
    let other = if outcome == Outcome::Won { Outcome::Lost } else { Outcome::Won };
    let switch = close_address(&open, other);
    let hidden = open.iter().map(|id| view! { <input type="hidden" name="ids[]" value=id.to_string()/> }).collect_view();
    let many = plural(open.len() as u64, "deal", "deals");
    view! {
        <div class="card px-4 py-4 flex flex-col gap-3">
            {error.clone().map(|error| view! { <Notice tone=Tone::Error testid="close-error">{error.to_string()}</Notice> })}
            {note}
            <form method="post" action=CloseDeals::url() class="flex flex-col gap-2.5">
                {hidden}
                <input type="hidden" name="outcome" value=outcome.as_str()/>
                <CloseFields prefix="close" outcome choices value=single error/>
                <div class="flex flex-wrap gap-2">
                    <button type="submit" class="button button-primary" data-testid="close-submit">
                        {format!("Record {many} as {}", outcome.as_str())}
                    </button>
                    <a class="button" href=switch data-testid="close-switch">{format!("Mark as {} instead", other.as_str())}</a>
                </div>
            </form>
        </div>
    }
    .into_any()
}

#[component]
fn Done(view: CloseView) -> impl IntoView {
    let failed = error_in_url::<UndoClose>();
    let ids = view.deals.iter().map(|deal| view! { <input type="hidden" name="ids[]" value=deal.id.to_string()/> }).collect_view();
    let form = view.undo_seconds.map(|seconds| {
        view! {
            <form method="post" action=UndoClose::url()>
                {ids}
                <button type="submit" class="button" data-testid="undo-close">"Undo " <Countdown seconds/></button>
            </form>
        }
    });
    view! {
        {failed.map(|error| view! { <Notice tone=Tone::Error>{error.to_string()}</Notice> })}
        <Notice tone=Tone::Good testid="closed-notice">"Recorded. These deals count in the next training."</Notice>
        <div class="flex flex-wrap gap-2">{form} <a class="button" href="/deals">"To the deals"</a></div>
    }
    .into_any()
}
