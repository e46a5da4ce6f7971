//! The monitoring: how useful alerts are, how the rules would have done in the past, and the limits they go by.

mod backtest;
mod thresholds;

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{backtest::BacktestCard, thresholds::ThresholdsCard};
use crate::{
    api::alerts::monitoring::{BacktestNow, ChooseThreshold, SweepNow, monitoring},
    components::{Card, ErrorPage, FiguresTable, Notice, RelevanceTable, Tone, count, error_in_url, moment},
    domain::{
        alerts::{PRIORITY_IN_WORDS, SweepReport},
        error::AppError,
    },
    views::alerts::MonitoringView,
};

/// What the last form came to, if it failed.
fn refused() -> Option<AppError> {
    error_in_url::<ChooseThreshold>().or_else(error_in_url::<SweepNow>).or_else(error_in_url::<BacktestNow>)
}

#[component]
pub fn MonitoringPage() -> impl IntoView {
    let view = Resource::new_blocking(|| (), |()| monitoring());
    let error = refused();
    let asked = error.is_none() && use_query_map().with_untracked(|params| params.get_str("asked").is_some());
    view! {
        <Title text="Monitoring"/>
        <Transition>
            {move || {
                let error = error.clone();
                Suspend::new(async move {
                    match view.await {
                        Ok(view) => view! { <Monitoring view error asked/> }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Monitoring(view: MonitoringView, error: Option<AppError>, asked: bool) -> impl IntoView {
    let MonitoringView { sweeps, minutes_between, places, relevance, backtest, may_manage } = view;
    let again = may_manage.then(|| {
        view! {
            <form method="post" action=BacktestNow::url()>
                <button type="submit" class="button" data-testid="backtest-now">"Replay now"</button>
            </form>
        }
    });
    view! {
        <section class="flex flex-col gap-3.5" data-testid="monitoring-page">
            <div class="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
                <h1 class="text-xl font-semibold">"Monitoring"</h1>
                <div class="flex flex-wrap gap-2 no-print">
                    <form method="post" action=SweepNow::url()>
                        <button type="submit" class="button button-primary" data-testid="sweep-now">"Look at all deals now"</button>
                    </form>
                    {again}
                </div>
            </div>
            {error.map(|error| view! { <Notice tone=Tone::Error testid="monitoring-error">{error.to_string()}</Notice> })}
            {asked
                .then(|| {
                    view! {
                        <Notice tone=Tone::Info testid="monitoring-asked">
                            "Asked for; it is done in the background. " <a class="link" href="/monitoring">"Look again"</a>
                        </Notice>
                    }
                })}
            <RelevanceTable relevance/>
            <BacktestCard made=backtest/>
            <ThresholdsCard places may_manage/>
            <SweepsCard sweeps minutes_between/>
            <Card title="How priorities come about" id="priorities"><p class="max-w-3xl">{PRIORITY_IN_WORDS}</p></Card>
        </section>
    }
    .into_any()
}

#[component]
fn SweepsCard(sweeps: Vec<SweepReport>, minutes_between: u32) -> impl IntoView {
    let rows = sweeps
        .into_iter()
        .map(|run| {
            view! {
                <tr data-testid="sweep">
                    <th scope="row">{moment(run.started_at)}</th>
                    <td class="right num">{count(run.deals)}</td>
                    <td class="right num">{count(run.raised)}</td>
                    <td class="right num">{count(run.worsened)}</td>
                    <td class="right num">{count(run.resolved)}</td>
                    <td class="right num">{format!("{} ms", count(run.milliseconds))}</td>
                </tr>
            }
        })
        .collect_view();
    let hint = format!("All open deals are looked at every {minutes_between} minutes.");
    view! {
        <Card title="Sweeps" id="sweeps" flush=true hint>
            <FiguresTable names="When" figures=&["Deals", "Raised", "Worse", "Resolved", "Took"]><tbody>{rows}</tbody></FiguresTable>
        </Card>
    }
    .into_any()
}
