//! A deal's score as of any past date: what people saw, what it was made from.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::deals::past_score,
    components::{Card, ErrorPage, Interval, Notice, Tone, date, instant_date, set_status},
    domain::{
        error::AppError,
        scoring::{InputValue, Score, ScoreBasis},
    },
    pages::deals::deal::score::Reasons,
    views::scoring::PastScoreView,
};

#[component]
pub fn PastScorePage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked = Memo::new(move |_| (params.with(|params| params.get("id").unwrap_or_default()), query.with(|query| query.get("at"))));
    let view = Resource::new_blocking(move || asked.get(), |(id, at)| past_score(id, at));
    view! {
        <Title text="Score of a past date"/>
        <Transition>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Replay view/> }.into_any(),
                    Err(AppError::Invalid { message, .. }) => {
                        set_status(422);
                        view! { <Refused id=asked.get_untracked().0 message/> }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// A day that cannot be shown; another one can be chosen.
#[component]
fn Refused(id: String, message: String) -> impl IntoView {
    view! {
        <section class="flex flex-col gap-3.5" data-testid="replay-page">
            <div>
                <nav class="text-xs no-print" aria-label="Breadcrumb"><a class="link" href=format!("/deals/{id}")>"The deal"</a></nav>
                <h1 class="text-xl font-semibold">"The score of a past date"</h1>
            </div>
            <Notice tone=Tone::Error testid="replay-error">{message}</Notice>
            <DayForm id day=None first=None last=None/>
        </section>
    }
    .into_any()
}

/// Asks for a day; the page's address names it.
#[component]
fn DayForm(id: String, day: Option<NaiveDate>, first: Option<NaiveDate>, last: Option<NaiveDate>) -> impl IntoView {
    let text = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    view! {
        <form method="get" action=format!("/deals/{id}/replay") class="flex flex-wrap items-end gap-2 no-print" data-testid="replay-form">
            <div>
                <label class="eyebrow block mb-1" for="at">"As of the end of"</label>
                <input class="field" type="date" id="at" name="at" value=text(day) min=text(first) max=text(last)/>
            </div>
            <button type="submit" class="button" data-testid="replay-show">"Show"</button>
        </form>
    }
    .into_any()
}

#[component]
fn Replay(view: PastScoreView) -> impl IntoView {
    let PastScoreView { deal, title, day, at, first_day, last_day, shown, in_charge, recomputed, hindsight, inputs } = view;
    let over =
        (at.date_naive() < day).then(|| format!(" The deal was closed by then: this is as of just before, on {}.", instant_date(at)));
    let address = format!("/deals/{deal}");
    let hindsight = hindsight.then(|| {
        view! {
            <Notice tone=Tone::Warning quiet=true testid="replay-hindsight">
                "No model was in charge then, so today's made this score in hindsight: it may have learned how this deal ended."
            </Notice>
        }
    });
    let in_charge = in_charge.map_or_else(|| "No model was in charge yet.".to_owned(), |version| format!("Model {version} was in charge."));
    view! {
        <section class="flex flex-col gap-3.5" data-testid="replay-page">
            <div>
                <nav class="text-xs no-print" aria-label="Breadcrumb"><a class="link" href=address>{title}</a></nav>
                <h1 class="text-xl font-semibold">{format!("The score on {}", date(day))}</h1>
                <p class="text-muted mt-0.5" data-testid="replay-in-charge">{in_charge} {over}</p>
            </div>
            <DayForm id=deal.to_string() day=Some(day) first=first_day last=Some(last_day)/>
            {hindsight}
            <Shown shown/>
            <Recomputed score=recomputed/>
            <Inputs inputs/>
        </section>
    }
    .into_any()
}

fn in_words(score: &Score) -> String {
    let interval = Interval { low: score.low, high: score.high };
    let by = match (score.basis, score.model_version) {
        (ScoreBasis::Model, Some(version)) => format!("model {version}"),
        (ScoreBasis::Model, None) => "a model".into(),
        (ScoreBasis::StageRate, _) => "its stage's win rate".into(),
    };
    format!("{} (between {}), by {by}", score.probability, interval.text())
}

#[component]
fn Shown(shown: Option<Score>) -> impl IntoView {
    let body = match shown {
        Some(score) => view! {
            <p class="font-medium" data-testid="replay-shown">{format!("{}, made {}", in_words(&score), instant_date(score.at))}</p>
            <div class="mt-2 max-w-2xl"><Reasons reasons=score.reasons basis=score.basis/></div>
        }
        .into_any(),
        None => view! { <p class="text-muted" data-testid="replay-shown">"The deal had no score that people could have seen by then."</p> }
            .into_any(),
    };
    view! { <Card title="What people saw" id="shown">{body}</Card> }.into_any()
}

#[component]
fn Recomputed(score: Score) -> impl IntoView {
    let said = in_words(&score);
    view! {
        <Card title="Made anew from what was known then" id="recomputed">
            <p class="font-medium" data-testid="replay-recomputed">{said}</p>
            <div class="mt-2 max-w-2xl"><Reasons reasons=score.reasons basis=score.basis/></div>
        </Card>
    }
    .into_any()
}

#[component]
fn Inputs(inputs: Vec<InputValue>) -> impl IntoView {
    let rows = inputs
        .into_iter()
        .map(|input| {
            let known = input.value.is_some();
            view! {
                <tr data-testid="replay-input">
                    <th scope="row">
                        {input.name.replace('_', " ")} <span class="block text-xs font-normal text-muted">{input.definition}</span>
                    </th>
                    <td class="text-muted">{input.group}</td>
                    <td class="right num" class=("text-muted", !known)>{input.value.unwrap_or_else(|| "unknown".into())}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title="Inputs" id="inputs" flush=true hint="Every feature as it stood then. What is unknown is left unknown.">
            <div class="scrolls">
                <table class="data-table">
                    <thead>
                        <tr>
                            <th scope="col">"Feature"</th>
                            <th scope="col">"About"</th>
                            <th scope="col" class="right">"Value"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Card>
    }
    .into_any()
}
