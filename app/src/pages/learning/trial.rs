//! Champion against challenger.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::DecideTrial,
    components::{Card, Icon, IconName, count, instant_date},
    domain::{Comparison, Difference, TrialRecord, TrialStanding, Verdict},
};

#[component]
pub fn TrialCard(trial: Option<(TrialRecord, TrialStanding)>, trials: Vec<TrialRecord>, may_manage: bool) -> impl IntoView {
    let present = match trial {
        Some((record, standing)) => view! { <OnTrial record standing may_manage/> }.into_any(),
        None => view! { <p class="px-4 pb-4 text-muted">"No challenger is on trial."</p> }.into_any(),
    };
    let over = (!trials.is_empty()).then(|| {
        let lines = trials.into_iter().map(|trial| view! { <Over trial/> }).collect_view();
        view! { <ul class="divided border-t border-line">{lines}</ul> }
    });
    view! {
        <Card
            title="Champion and challenger"
            id="trial"
            flush=true
            hint="The challenger says what it thinks of every open deal in the shadow; both are judged by the deals that close since."
        >
            {present}
            {over}
        </Card>
    }
    .into_any()
}

#[component]
fn OnTrial(record: TrialRecord, standing: TrialStanding, may_manage: bool) -> impl IntoView {
    let TrialStanding { so_far, verdict, why, .. } = standing;
    let stands = match verdict {
        Verdict::Wait { needed } => format!("Undecided: {} more closed deals until the next look. ", count(needed)),
        Verdict::Promote => "Proved better. ".to_owned(),
        Verdict::Drop => "Did not prove better. ".to_owned(),
    };
    let decide = may_manage.then(|| view! { <Decide challenger=record.challenger/> });
    view! {
        <div class="px-4 pb-4 flex flex-col gap-2" data-testid="on-trial">
            <p class="font-medium">
                {format!("Model {} against model {}", record.challenger, record.champion)}
                <span class="font-normal text-xs text-muted">{format!(" since {}", instant_date(record.began_at))}</span>
            </p>
            <p class="text-muted" data-testid="trial-why">{stands} {why}</p>
            {so_far.map(|comparison| view! { <Figures comparison/> })}
            {decide}
        </div>
    }
    .into_any()
}

#[component]
fn Figures(comparison: Comparison) -> impl IntoView {
    let difference = |of: Difference| format!("{:+.3} ({:+.3} to {:+.3})", of.mean, of.low, of.high);
    let rows = [
        ("Log-loss, challenger less champion", difference(comparison.log_loss)),
        ("Brier score, challenger less champion", difference(comparison.brier)),
        ("Calibration error of the champion", format!("{:.3}", comparison.champion_ece)),
        ("Calibration error of the challenger", format!("{:.3}", comparison.challenger_ece)),
    ];
    let rows = rows
        .into_iter()
        .map(|(name, value)| view! { <tr><th scope="row">{name}</th> <td class="right num">{value}</td></tr> })
        .collect_view();
    view! {
        <div class="scrolls">
            <table class="data-table" data-testid="trial-figures">
                <caption class="text-left text-xs text-muted pb-1">
                    {format!("{} deals so far, {} won. Below 0 the challenger is better; 95 % intervals.", count(comparison.n), count(comparison.won))}
                </caption>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Asked for twice: the form opens first, also without scripts.
#[component]
fn Decide(challenger: i32) -> impl IntoView {
    view! {
        <details class="disclosure no-print">
            <summary class="inline-flex items-center gap-1 text-xs font-medium" data-testid="decide-trial">
                <span class="turns inline-flex text-muted"><Icon name=IconName::ChevronRight/></span>
                "Decide by hand"
            </summary>
            <div class="flex flex-wrap gap-2 mt-2">
                <form method="post" action=DecideTrial::url()>
                    <input type="hidden" name="promote" value="true"/>
                    <button type="submit" class="button button-primary" data-testid="promote">{format!("Promote model {challenger}")}</button>
                </form>
                <form method="post" action=DecideTrial::url()>
                    <input type="hidden" name="promote" value="false"/>
                    <button type="submit" class="button" data-testid="withdraw">"End the trial"</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn Over(trial: TrialRecord) -> impl IntoView {
    let TrialRecord { challenger, champion, began_at, ended_at, ending, said } = trial;
    let until = ended_at.map(instant_date).unwrap_or_default();
    view! {
        <li class="px-4 py-2.5" data-testid="trial-over">
            <div class="flex items-center justify-between gap-2">
                <span>{format!("Model {challenger} against model {champion}, {} to {until}", instant_date(began_at))}</span>
                {ending.map(|ending| view! { <span class="badge" data-trial=ending.as_str()>{ending.label()}</span> })}
            </div>
            {said.map(|said| view! { <p class="text-xs text-muted">{said}</p> })}
        </li>
    }
    .into_any()
}
