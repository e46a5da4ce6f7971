//! "This score is wrong, because …": the form, and what was said before.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::scoring::GiveFeedback,
    components::{Card, Icon, IconName, Notice, Tone, error_in_url, instant_date},
    domain::{ids::DealId, scoring::FeedbackReason},
    views::scoring::FeedbackView,
};

#[component]
pub fn FeedbackCard(id: DealId, feedback: Vec<FeedbackView>, may_give: bool) -> impl IntoView {
    let lines = feedback.into_iter().map(|feedback| view! { <Said feedback/> }).collect_view();
    let form = may_give.then(|| view! { <Form id/> });
    view! {
        <Card title="What people say of the score" id="feedback" testid="feedback-card">
            <ul class="flex flex-col gap-2">{lines}</ul>
            {form}
        </Card>
    }
    .into_any()
}

#[component]
fn Said(feedback: FeedbackView) -> impl IntoView {
    let FeedbackView { by, at, probability, reason, estimate, note, .. } = feedback;
    let estimate = estimate.map(|estimate| format!(" Own estimate: {estimate}.")).unwrap_or_default();
    view! {
        <li class="text-muted" data-testid="feedback">
            <p>
                <span class="font-medium text-ink">{by}</span>
                {format!(", {}, of a score of {probability}: {}.{estimate}", instant_date(at), reason.label())}
            </p>
            {note.map(|note| view! { <p class="whitespace-pre-line break-words">{note}</p> })}
        </li>
    }
    .into_any()
}

#[component]
fn Form(id: DealId) -> impl IntoView {
    let failed = error_in_url::<GiveFeedback>();
    let refused = failed.is_some();
    let reasons = FeedbackReason::ALL.map(|reason| view! { <option value=reason.into_str()>{reason.label()}</option> }).collect_view();
    view! {
        <details class="disclosure mt-2 no-print" id="give-feedback" open=refused>
            <summary class="inline-flex items-center gap-1 text-xs font-medium" data-testid="give-feedback">
                <span class="turns inline-flex text-muted"><Icon name=IconName::ChevronRight/></span>
                "This score is wrong, because …"
            </summary>
            <div class="mt-2 flex flex-col gap-2">
                {failed.map(|error| view! { <Notice tone=Tone::Error testid="feedback-error">{error.to_string()}</Notice> })}
                <form method="post" action=GiveFeedback::url() class="flex flex-col gap-2.5">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <div>
                        <label class="eyebrow block mb-1" for="feedback-reason">"Why"</label>
                        <select class="field" id="feedback-reason" name="reason" required>{reasons}</select>
                    </div>
                    <div>
                        <label class="eyebrow block mb-1" for="feedback-estimate">"Your own estimate in % (optional)"</label>
                        <input class="field num" id="feedback-estimate" name="estimate" inputmode="decimal" placeholder="70"/>
                    </div>
                    <div>
                        <label class="eyebrow block mb-1" for="feedback-note">"Note (optional)"</label>
                        <textarea class="field" id="feedback-note" name="note" rows="2" maxlength="1000"></textarea>
                    </div>
                    <button type="submit" class="button" data-testid="feedback-submit">"Say so"</button>
                    <p class="text-xs text-muted">"It changes no score; once the deal has closed it is counted who was right."</p>
                </form>
            </div>
        </details>
    }
    .into_any()
}
