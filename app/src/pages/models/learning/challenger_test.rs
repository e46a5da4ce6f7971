//! Champion against challenger.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::models::learning::DecideChallengerTest,
    components::{Card, Icon, IconName, count, instant_date},
    domain::models::{ChallengerTest, ChallengerTestStatus, Comparison, Difference, Verdict},
};

#[component]
pub fn ChallengerTestCard(
    challenger_test: Option<(ChallengerTest, ChallengerTestStatus)>,
    challenger_tests: Vec<ChallengerTest>,
    may_manage: bool,
) -> impl IntoView {
    let present = match challenger_test {
        Some((record, challenger_test_status)) => view! { <UnderTest record challenger_test_status may_manage/> }.into_any(),
        None => view! { <p class="px-4 pb-4 text-muted">"No challenger is under test."</p> }.into_any(),
    };
    let over = (!challenger_tests.is_empty()).then(|| {
        let lines = challenger_tests.into_iter().map(|challenger_test| view! { <Over challenger_test/> }).collect_view();
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
fn UnderTest(record: ChallengerTest, challenger_test_status: ChallengerTestStatus, may_manage: bool) -> impl IntoView {
    let ChallengerTestStatus { so_far, verdict, why, .. } = challenger_test_status;
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
        <details class="disclosure no-print" id="decide">
            <summary class="inline-flex items-center gap-1 text-xs font-medium" data-testid="decide-trial">
                <span class="turns inline-flex text-muted"><Icon name=IconName::ChevronRight/></span>
                "Decide by hand"
            </summary>
            <div class="flex flex-wrap gap-2 mt-2">
                <form method="post" action=DecideChallengerTest::url()>
                    <input type="hidden" name="promote" value="true"/>
                    <button type="submit" class="button button-primary" data-testid="promote">{format!("Promote model {challenger}")}</button>
                </form>
                <form method="post" action=DecideChallengerTest::url()>
                    <input type="hidden" name="promote" value="false"/>
                    <button type="submit" class="button" data-testid="withdraw">"End the trial"</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn Over(challenger_test: ChallengerTest) -> impl IntoView {
    let ChallengerTest { challenger, champion, began_at, ended_at, ending, said } = challenger_test;
    let until = ended_at.map(instant_date).unwrap_or_default();
    view! {
        <li class="px-4 py-2.5" data-testid="trial-over">
            <div class="flex items-center justify-between gap-2">
                <span>{format!("Model {challenger} against model {champion}, {} to {until}", instant_date(began_at))}</span>
                {ending.map(|ending| view! { <span class="badge" data-challenger_test=ending.into_str()>{ending.label()}</span> })}
            </div>
            {said.map(|said| view! { <p class="text-xs text-muted">{said}</p> })}
        </li>
    }
    .into_any()
}
