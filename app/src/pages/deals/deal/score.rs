//! The score: how likely, how sure, and why.

use leptos::prelude::*;

use crate::{
    components::{Card, ChanceBar, Interval, instant_date, points, trend, whole, with_code},
    domain::{
        deals::Outcome,
        ids::DealId,
        money::Money,
        probability::Probability,
        scoring::{Advice, Confidence, Reason, Score, ScoreBasis, ScorePoint},
    },
};

/// Reasons weaker than this many points are left out: they would only be noise.
const LEAST_POINTS: f64 = 0.05;

fn title(outcome: Outcome, basis: ScoreBasis) -> &'static str {
    match (outcome.is_closed(), basis) {
        (true, _) => "Last score before it closed",
        (false, ScoreBasis::Model) => "Win probability",
        (false, ScoreBasis::StageRate) => "Stage win rate",
    }
}

fn confidence_in_words(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "Past deals like this one ended much the same way, so the range is narrow.",
        Confidence::Medium => "Past deals like this one differ somewhat, so take it as a range.",
        Confidence::Low => "Few past deals are like this one, so the range is wide: use it with care.",
    }
}

#[component]
pub fn ScoreCard(
    id: DealId,
    score: Option<Score>,
    revenue_at_risk: Option<Money>,
    outcome: Outcome,
    history: Vec<ScorePoint>,
) -> impl IntoView {
    let Some(score) = score else {
        let missing = match outcome {
            Outcome::Open => "Not scored yet. `vectoros score` scores all open deals.",
            Outcome::Won | Outcome::Lost => "This deal closed before it was ever scored.",
        };
        return view! {
            <Card title="Win probability" id="score" testid="score-card">
                <p class="text-muted">{with_code(missing)}</p>
            </Card>
        }
        .into_any();
    };
    let confidence = score.confidence();
    let interval = Interval { low: score.low, high: score.high };
    let basis = match (score.basis, score.model_version) {
        (ScoreBasis::StageRate, _) => "Stage win rate".to_owned(),
        (ScoreBasis::Model, Some(version)) => format!("Model {version}"),
        (ScoreBasis::Model, None) => "Model".to_owned(),
    };
    let explained = match score.basis {
        ScoreBasis::Model => confidence_in_words(confidence),
        ScoreBasis::StageRate => {
            "The share of past deals in this stage that were won. No model is ready, so nothing about this deal itself is in it."
        }
    };
    let at_risk = revenue_at_risk.filter(|_| !outcome.is_closed()).map(|money| {
        view! {
            <div class="mt-3 pt-3 border-t border-line flex justify-between gap-3 text-xs">
                <dt class="text-muted">"Revenue at risk"</dt>
                <dd class="num font-semibold" data-testid="revenue-at-risk">{whole(&money)}</dd>
            </div>
        }
    });
    let trend = trend(&history, "score-trend").map(|trend| {
        view! {
            <div class="mt-3 pt-3 border-t border-line flex items-center justify-between gap-3 text-xs">
                <span class="text-muted">"Last 90 days"</span>
                {trend}
            </div>
        }
    });
    let advice = if outcome.is_closed() { Vec::new() } else { score.advice };
    view! {
        <Card title=title(outcome, score.basis) id="score" testid="score-card">
            <div class="grid md:grid-cols-5 gap-x-8 gap-y-5">
                <div class="md:col-span-2">
                    <p class="flex items-baseline gap-2.5">
                        <span class="text-4xl font-semibold tracking-tight" data-testid="score-probability">{score.probability.to_string()}</span>
                        <span class="num text-muted" data-testid="score-interval">{format!("between {}", interval.text())}</span>
                    </p>
                    <div class="mt-3"><ChanceBar probability=score.probability interval large=true/></div>
                    <p class="mt-3 font-medium" data-testid="score-confidence">{confidence.label()}</p>
                    <p class="text-xs text-muted mt-0.5">{explained}</p>
                    <dl>{at_risk}</dl>
                    {trend}
                    <p class="text-xs text-muted mt-2" data-testid="score-basis">{format!("{basis}, as of {}", instant_date(score.at))}</p>
                    <a class="link text-xs no-print" href=format!("/deals/{id}/replay") data-testid="to-replay">"Any past date, with all inputs"</a>
                </div>
                <div class="md:col-span-3 min-w-0 flex flex-col gap-5">
                    <div><Reasons reasons=score.reasons basis=score.basis/></div>
                    {(!advice.is_empty()).then(|| view! { <WhatWouldHelp now=score.probability advice/> })}
                </div>
            </div>
        </Card>
    }
    .into_any()
}

/// What the model would say had something been done.
#[component]
fn WhatWouldHelp(now: Probability, advice: Vec<Advice>) -> impl IntoView {
    let rows = advice
        .into_iter()
        .map(|advice| {
            view! {
                <li class="flex items-baseline justify-between gap-3 py-1.5" data-testid="advice">
                    <span class="min-w-0">{advice.text}</span>
                    <span class="num text-right whitespace-nowrap">
                        <span class="text-muted">{format!("{now} would read {}", advice.probability)}</span>
                        <span class="font-semibold text-healthy ml-2">{points(advice.points)}</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <div data-testid="what-would-help">
            <h3 class="eyebrow mb-1">"What would help"</h3>
            <ul class="divided">{rows}</ul>
            <p class="text-xs text-muted mt-1.5">
                "How the score would read had it been done today. It is the model's reading of past deals, not a promise."
            </p>
        </div>
    }
    .into_any()
}

#[component]
pub fn Reasons(reasons: Vec<Reason>, basis: ScoreBasis) -> impl IntoView {
    let reasons: Vec<Reason> = reasons.into_iter().filter(|reason| reason.points.abs() >= LEAST_POINTS).collect();
    if reasons.is_empty() {
        let text = match basis {
            ScoreBasis::StageRate => "A stage win rate has no reasons of its own. They come with a trained model.",
            ScoreBasis::Model => "Nothing about this deal stands out from the average.",
        };
        return view! { <p class="text-muted">{text}</p> }.into_any();
    }
    let strongest = reasons.iter().map(|reason| reason.points.abs()).fold(0.0, f64::max);
    let rows = reasons
        .into_iter()
        .map(|reason| {
            // Half the track is for each direction; the strongest reason fills its half.
            let width = format!("{:.1}%", reason.points.abs() / strongest * 50.0);
            let sign = if reason.points < 0.0 { "down" } else { "up" };
            view! {
                <li class="reason-row" data-testid="reason" data-feature=reason.feature>
                    <span class="break-words">{reason.text}</span>
                    <span class="reason-track" aria-hidden="true"><span class="reason-fill" data-sign=sign style:width=width></span></span>
                    <span
                        class="num text-right font-semibold"
                        class=("text-critical", sign == "down")
                        class=("text-healthy", sign == "up")
                    >
                        {points(reason.points)}
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <h3 class="eyebrow mb-1">"Why: what moves it, in percentage points"</h3>
        <ul class="divided">{rows}</ul>
    }
    .into_any()
}
