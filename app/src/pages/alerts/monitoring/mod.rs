//! The monitoring: how useful alerts are, how the rules would have done in the past, and the limits they go by.

mod backtest;
mod thresholds;

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{backtest::BacktestCard, thresholds::ThresholdsCard};
use crate::{
    api::alerts::monitoring::{BacktestNow, ChooseThreshold, SweepNow, monitoring},
    components::{Card, ErrorPage, FiguresTable, Notice, RelevanceTable, Tone, count, error_in_url, instant_date},
    domain::{
        alerts::{PRIORITY_IN_WORDS, SweepReport},
        error::AppError,
    },
    views::alerts::MonitoringView,
};

/// What can be done here.
#[derive(Clone, Copy)]
struct Actions {
    sweep: ServerAction<SweepNow>,
    backtest: ServerAction<BacktestNow>,
    choose: ServerAction<ChooseThreshold>,
}

impl Actions {
    fn version(self) -> [usize; 3] {
        [self.sweep.version().get(), self.backtest.version().get(), self.choose.version().get()]
    }

    /// What the last one came to, if it failed; a post without scripts brings its error back in the address.
    fn error(self) -> Option<AppError> {
        if self.version() == [0; 3] {
            return error_in_url::<ChooseThreshold>();
        }
        [self.sweep.value().get(), self.backtest.value().get(), self.choose.value().get()].into_iter().flatten().find_map(Result::err)
    }
}

#[component]
pub fn MonitoringPage() -> impl IntoView {
    let actions = Actions { sweep: ServerAction::new(), backtest: ServerAction::new(), choose: ServerAction::new() };
    let view = Resource::new_blocking(move || actions.version(), |_| monitoring());
    let asked = use_query_map().with_untracked(|params| params.get_str("asked").is_some());
    view! {
        <Title text="Monitoring"/>
        <Transition>
            {move || {
                let error = actions.error();
                let [sweep, backtest, _] = actions.version();
                let asked = error.is_none() && (asked || sweep + backtest > 0);
                Suspend::new(async move {
                    match view.await {
                        Ok(view) => view! { <Monitoring view actions error asked/> }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Monitoring(view: MonitoringView, actions: Actions, error: Option<AppError>, asked: bool) -> impl IntoView {
    let MonitoringView { sweeps, minutes_between, places, relevance, backtest, may_manage } = view;
    let again = may_manage.then(|| {
        view! {
            <ActionForm action=actions.backtest>
                <button type="submit" class="button" data-testid="backtest-now">"Replay now"</button>
            </ActionForm>
        }
    });
    view! {
        <section class="flex flex-col gap-3.5" data-testid="monitoring-page">
            <div class="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
                <h1 class="text-xl font-semibold">"Monitoring"</h1>
                <div class="flex flex-wrap gap-2 no-print">
                    <ActionForm action=actions.sweep>
                        <button type="submit" class="button button-primary" data-testid="sweep-now">"Look at all deals now"</button>
                    </ActionForm>
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
            <ThresholdsCard places may_manage action=actions.choose/>
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
                    <th scope="row">{format!("{}, {} UTC", instant_date(run.started_at), run.started_at.format("%H:%M"))}</th>
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
