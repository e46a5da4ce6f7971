//! Name, badges, the figures one looks for first, and how far the deal has come.

use leptos::prelude::*;

use crate::{
    components::{HealthBadge, Icon, IconName, OutcomeBadge, date, instant_date},
    domain::{deals::Outcome, today::Today},
    views::deals::{DealView, StageStep},
};

#[component]
pub fn Header(deal: DealView) -> impl IntoView {
    let who = [deal.account, deal.industry].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let badge = match (deal.outcome, &deal.score) {
        (Outcome::Open, Some(score)) => view! { <HealthBadge health=score.health/> }.into_any(),
        (Outcome::Open, None) => ().into_any(),
        (outcome, _) => view! { <OutcomeBadge outcome/> }.into_any(),
    };
    let today = expect_context::<Today>();
    let closes = match (deal.outcome, deal.expected_close, deal.closed_at) {
        (Outcome::Open, expected, _) => {
            expected.map(|expected| ("Expected close", date(expected), today.distance(expected), today.is_after(expected)))
        }
        (_, _, closed) => closed.map(|closed| ("Closed", instant_date(closed), today.distance(closed.date_naive()), false)),
    };
    view! {
        <header class="flex flex-col gap-3">
            <nav class="no-print text-xs" aria-label="Breadcrumb">
                <a class="inline-flex items-center gap-1 text-muted hover:text-ink" href="/deals"><Icon name=IconName::ChevronLeft/> "Deals"</a>
            </nav>
            <div class="flex flex-wrap items-start justify-between gap-x-8 gap-y-3">
                <div class="min-w-0">
                    <div class="flex flex-wrap items-center gap-x-2.5 gap-y-1">
                        <h1 class="text-xl font-semibold break-words" data-testid="deal-title">{deal.title}</h1>
                        {badge}
                    </div>
                    <p class="text-muted mt-0.5">{who}</p>
                </div>
                <dl class="flex flex-wrap gap-x-8 gap-y-2">
                    <div>
                        <dt class="eyebrow">"Value"</dt>
                        <dd class="num text-base font-semibold">{deal.value.map_or_else(|| "–".into(), |value| value.to_string())}</dd>
                    </div>
                    {closes
                        .map(|(label, date, distance, overdue)| {
                            view! {
                                <div>
                                    <dt class="eyebrow">{label}</dt>
                                    <dd class="num text-base font-semibold">{date}</dd>
                                    <dd
                                        class="flex items-center gap-1 text-xs"
                                        class=("text-critical", overdue)
                                        class=("text-muted", !overdue)
                                    >
                                        {overdue.then(|| view! { <Icon name=IconName::Clock/> "Overdue, " })}
                                        {distance}
                                    </dd>
                                </div>
                            }
                        })}
                </dl>
            </div>
            <Stepper steps=deal.stages stage=deal.stage outcome=deal.outcome/>
        </header>
    }
    .into_any()
}

/// The open stages in order; a closed deal's outcome ends the row.
#[component]
fn Stepper(steps: Vec<StageStep>, stage: Option<String>, outcome: Outcome) -> impl IntoView {
    if steps.is_empty() {
        return stage.map(|stage| view! { <p><span class="text-muted">"Stage: "</span> {stage}</p> }).into_any();
    }
    let closed = outcome.is_closed();
    let items = steps
        .into_iter()
        .map(|step| {
            let current = step.current && !closed;
            let (state, said) = match (current, step.reached) {
                (true, _) => ("current", "current stage"),
                (false, true) => ("reached", "reached"),
                (false, false) => ("ahead", "not reached"),
            };
            view! {
                <li class="step" data-state=state aria-current=current.then_some("step")>
                    {step.name}
                    <span class="sr-only">{format!(" ({said})")}</span>
                </li>
            }
        })
        .collect_view();
    let end = closed.then(|| {
        let state = if outcome == Outcome::Won { "won" } else { "current" };
        view! { <li class="step" data-state=state data-end="true" aria-current="step">{outcome.label()}</li> }
    });
    view! { <ol class="stepper" aria-label="Stages" data-testid="stage-stepper">{items} {end}</ol> }.into_any()
}
