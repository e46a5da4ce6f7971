//! Recording how the deal ended, and taking that back. The forms open without scripts and post without them.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::outcomes::closing::{CloseDeal, ReopenDeal, UndoClose},
    components::{Card, CloseFields, Icon, IconName, Notice, Tone, error_in_url, instant_date},
    domain::{deals::Outcome, error::AppError, ids::DealId},
    islands::Countdown,
    views::{closing::CloseChoices, deals::DealView},
};

#[component]
pub fn CloseForms(
    id: DealId,
    version: i32,
    /// The deal's value now, as text.
    value: String,
    choices: CloseChoices,
) -> impl IntoView {
    let error = error_in_url::<CloseDeal>();
    let (won_choices, won_value) = (choices.clone(), value.clone());
    let said = error
        .clone()
        .map(|error| view! { <div class="mb-3"><Notice tone=Tone::Error testid="close-error">{error.to_string()}</Notice></div> });
    // A refused loss stands open, so that what is wrong can be seen.
    let lost_refused = matches!(&error, Some(AppError::Invalid { field, .. }) if ["reason", "competitor"].contains(&field.as_str()));
    view! {
        <div class="no-print">
            <Card title="Record the outcome" id="close">
                {said}
                <div class="flex flex-col gap-2">
                    <details class="disclosure border border-line rounded-lg" id="close-won" data-testid="close-won">
                        <Summary icon=IconName::Trophy text="Mark as won" testid="close-won-summary"/>
                        <div class="px-3 pb-3">
                            <form method="post" action=CloseDeal::url() class="flex flex-col gap-2.5">
                                <Hidden id version outcome=Outcome::Won/>
                                <CloseFields prefix="won" outcome=Outcome::Won choices=won_choices value=won_value error=error.clone()/>
                                <button type="submit" class="button button-primary" data-testid="close-won-submit">
                                    "Record as won"
                                </button>
                            </form>
                        </div>
                    </details>
                    <details class="disclosure border border-line rounded-lg" id="close-lost" open=lost_refused data-testid="close-lost">
                        <Summary icon=IconName::Close text="Mark as lost" testid="close-lost-summary"/>
                        <div class="px-3 pb-3">
                            <form method="post" action=CloseDeal::url() class="flex flex-col gap-2.5">
                                <Hidden id version outcome=Outcome::Lost/>
                                <CloseFields prefix="lost" outcome=Outcome::Lost choices value error/>
                                <button type="submit" class="button button-primary" data-testid="close-lost-submit">
                                    "Record as lost"
                                </button>
                            </form>
                        </div>
                    </details>
                </div>
            </Card>
        </div>
    }
    .into_any()
}

#[component]
fn Summary(icon: IconName, text: &'static str, testid: &'static str) -> impl IntoView {
    view! {
        <summary class="flex items-center gap-2 px-3 py-2 font-medium" data-testid=testid>
            <span class="text-muted"><Icon name=icon/></span>
            <span class="flex-1">{text}</span>
            <span class="turns inline-flex text-muted"><Icon name=IconName::ChevronRight/></span>
        </summary>
    }
}

#[component]
fn Hidden(id: DealId, version: i32, outcome: Outcome) -> impl IntoView {
    view! {
        <input type="hidden" name="id" value=id.to_string()/>
        <input type="hidden" name="version" value=version.to_string()/>
        <input type="hidden" name="outcome" value=outcome.as_str()/>
    }
}

/// Says how and when a closed deal ended, and takes it back.
#[component]
pub fn ClosedBanner(deal: DealView) -> impl IntoView {
    let DealView { id, outcome, closed_at, loss_reason, competitor, notes, may_reopen, undo_seconds, .. } = deal;
    let tone = if outcome == Outcome::Won { Tone::Good } else { Tone::Info };
    let when = closed_at.map(|at| format!(" on {}", instant_date(at))).unwrap_or_default();
    let why = loss_reason.map(|reason| format!(" Reason: {reason}.")).unwrap_or_default();
    let to_whom = competitor.map(|name| format!(" Competitor: {name}.")).unwrap_or_default();
    let notes = notes.filter(|notes| !notes.trim().is_empty());
    let failed = error_in_url::<UndoClose>()
        .or_else(error_in_url::<ReopenDeal>)
        .map(|error| view! { <Notice tone=Tone::Error>{error.to_string()}</Notice> });
    let back = may_reopen.then(|| {
        if let Some(seconds) = undo_seconds {
            view! {
                <form method="post" action=UndoClose::url() class="no-print">
                    <input type="hidden" name="ids[]" value=id.to_string()/>
                    <button type="submit" class="button" data-testid="undo-close">"Undo " <Countdown seconds/></button>
                </form>
            }
            .into_any()
        } else {
            view! {
                <form method="post" action=ReopenDeal::url() class="no-print">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button type="submit" class="button" data-testid="reopen-deal">"Reopen"</button>
                </form>
            }
            .into_any()
        }
    });
    view! {
        <div class="flex flex-col gap-2" data-testid="closed-banner" data-outcome=outcome.as_str()>
            {failed}
            <Notice tone>
                <div class="flex flex-wrap items-start justify-between gap-3">
                    <div class="min-w-0">
                        <p><strong class="font-semibold">{format!("This deal was {}{when}.", outcome.as_str())}</strong> {why} {to_whom}</p>
                        {notes.map(|notes| view! { <p class="mt-1 whitespace-pre-line break-words">{notes}</p> })}
                    </div>
                    {back}
                </div>
            </Notice>
        </div>
    }
    .into_any()
}
