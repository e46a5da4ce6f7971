//! Feedback on scores: what people said, and who was right.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::scoring::feedback,
    components::{Card, EmptyState, ErrorPage, FiguresTable, Notice, OutcomeBadge, Tone, count, instant_date},
    domain::{
        deals::Outcome,
        models::Difference,
        scoring::{FeedbackReason, WhoWasRight},
    },
    views::scoring::{FeedbackPageView, FeedbackView},
};

/// Deals below which figures say little.
const FEW: u64 = 20;

#[component]
pub fn FeedbackPage() -> impl IntoView {
    let view = Resource::new_blocking(|| (), |()| feedback());
    view! {
        <Title text="Feedback"/>
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Feedback view/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Feedback(view: FeedbackPageView) -> impl IntoView {
    let FeedbackPageView { feedback, reasons, overall, people } = view;
    let lines = if feedback.is_empty() {
        view! { <EmptyState title="No feedback yet" text="On a deal's page people can say why its score is wrong, with an estimate of their own."/> }
            .into_any()
    } else {
        let lines = feedback.into_iter().map(|feedback| view! { <Line feedback/> }).collect_view();
        view! { <ul class="divided">{lines}</ul> }.into_any()
    };
    view! {
        <section class="flex flex-col gap-3.5" data-testid="feedback-page">
            <h1 class="text-xl font-semibold">"Feedback on scores"</h1>
            <Right overall people/>
            {(!reasons.is_empty()).then(|| view! { <Reasons reasons/> })}
            <div class="card">{lines}</div>
        </section>
    }
    .into_any()
}

#[component]
fn Right(overall: Option<WhoWasRight>, people: Vec<(String, WhoWasRight)>) -> impl IntoView {
    let table = overall.map(|overall| {
        let rows = std::iter::once(("Everybody".to_owned(), overall))
            .chain(people)
            .map(|(name, right)| view! { <RightRow name right/> })
            .collect_view();
        view! {
            <FiguresTable
                names="Estimates of"
                figures=&["Estimates", "Deals", "Their Brier", "The score's", "Mean of both", "They less the score", "Mean less the score"]
            >
                <tbody>{rows}</tbody>
            </FiguresTable>
        }
    });
    let empty = table.is_none().then(|| view! { <p class="px-4 pb-3 text-muted">"No deal with an estimate has closed yet."</p> });
    view! {
        <Card
            title="Who was right?"
            id="right"
            flush=true
            hint="Estimates against the scores they criticised, on deals that closed since. Lower is better; differences with 95 % intervals by deal, grey on fewer than 20 deals."
        >
            {table}
            {empty}
            <div class="px-4 pb-4">
                <Notice tone=Tone::Info quiet=true>
                    "Feedback changes no score. It would be made a part of the model only if it were shown here that the mean of both does better \
                    than the score alone, beyond chance."
                </Notice>
            </div>
        </Card>
    }
    .into_any()
}

#[component]
fn RightRow(name: String, right: WhoWasRight) -> impl IntoView {
    let difference = |of: Difference| format!("{:+.3} ({:+.3} to {:+.3})", of.mean, of.low, of.high);
    view! {
        <tr class=("text-muted", right.deals < FEW) data-testid="who-was-right">
            <th scope="row">{name}</th>
            <td class="right num">{count(right.n)}</td>
            <td class="right num">{count(right.deals)}</td>
            <td class="right num">{format!("{:.3}", right.people)}</td>
            <td class="right num">{format!("{:.3}", right.model)}</td>
            <td class="right num">{format!("{:.3}", right.blend)}</td>
            <td class="right num">{difference(right.people_less_model)}</td>
            <td class="right num">{difference(right.blend_less_model)}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Reasons(reasons: Vec<(FeedbackReason, u64)>) -> impl IntoView {
    let lines = reasons
        .into_iter()
        .map(|(reason, said)| {
            view! {
                <li class="flex justify-between gap-4 py-1">
                    <span>{reason.label()}</span> <span class="num text-muted">{count(said)}</span>
                </li>
            }
        })
        .collect_view();
    view! { <Card title="Why scores are said to be wrong" id="reasons"><ul class="max-w-md">{lines}</ul></Card> }.into_any()
}

#[component]
fn Line(feedback: FeedbackView) -> impl IntoView {
    let FeedbackView { deal, deal_title, by, at, probability, reason, estimate, note, won, .. } = feedback;
    let estimate = estimate.map(|estimate| format!(", own estimate {estimate}")).unwrap_or_default();
    let outcome = won.map(|won| if won { Outcome::Won } else { Outcome::Lost });
    view! {
        <li class="px-4 py-2.5" data-testid="feedback-line">
            <div class="flex flex-wrap items-center justify-between gap-2">
                <a class="link font-medium" href=format!("/deals/{deal}")>{deal_title}</a>
                {outcome.map(|outcome| view! { <OutcomeBadge outcome/> })}
            </div>
            <p class="text-xs text-muted">
                {format!("{by}, {}: score {probability}{estimate}. {}.", instant_date(at), reason.label())}
            </p>
            {note.map(|note| view! { <p class="whitespace-pre-line break-words mt-0.5">{note}</p> })}
        </li>
    }
    .into_any()
}
