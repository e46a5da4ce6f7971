//! The jobs behind everything: queues, what failed, what waits to be tried again, what was sent.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use crate::{
    api::jobs::{RetryJob, SetRetention, jobs},
    components::{Card, ErrorPage, FiguresTable, Notice, Tone, count, error_in_url, instant_date},
    domain::{Instant, retention::Retention},
    views::{
        jobs::{JobView, JobsView},
        notifications::DeliveryView,
    },
};

#[component]
pub fn JobsPage() -> impl IntoView {
    let view = Resource::new_blocking(|| (), |()| jobs());
    let error = error_in_url::<RetryJob>().or_else(error_in_url::<SetRetention>);
    view! {
        <Title text="Jobs"/>
        <Transition>
            {move || {
                let error = error.clone();
                Suspend::new(async move {
                    match view.await {
                        Ok(view) => {
                            view! {
                                <section class="flex flex-col gap-3.5" data-testid="jobs-page">
                                    <div class="flex items-end justify-between gap-2">
                                        <h1 class="text-xl font-semibold">"Jobs"</h1>
                                        <a class="button" href="/jobs">"Look again"</a>
                                    </div>
                                    {error.map(|error| view! { <Notice tone=Tone::Error testid="jobs-error">{error.to_string()}</Notice> })}
                                    <RetentionCard retention=view.retention/>
                                    <Jobs view/>
                                </section>
                            }
                            .into_any()
                        }
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

fn moment(at: Instant) -> String {
    format!("{}, {} UTC", instant_date(at), at.format("%H:%M:%S"))
}

#[component]
fn Jobs(view: JobsView) -> impl IntoView {
    let JobsView { queues, failed, recent, retrying, unknown, deliveries, retention: _ } = view;
    let queues = queues
        .into_iter()
        .map(|queue| {
            view! {
                <tr data-testid="queue" data-queue=queue.name.clone()>
                    <th scope="row">{queue.name.clone()}</th>
                    <td class="right num">{count(queue.waiting)}</td>
                    <td class="right num">{count(queue.running)}</td>
                    <td class="right num">{count(queue.done)}</td>
                    <td class="right num" data-testid="queue-failed">{count(queue.failed)}</td>
                </tr>
            }
        })
        .collect_view();
    let failed = if failed.is_empty() {
        view! { <p class="px-4 pb-4 text-muted" data-testid="no-failures">"Nothing has failed for good."</p> }.into_any()
    } else {
        let rows = failed.into_iter().map(|job| view! { <Failed job/> }).collect_view();
        view! { <ul class="divided border-t border-line">{rows}</ul> }.into_any()
    };
    let retrying = (!retrying.is_empty()).then(|| {
        let rows = retrying
            .into_iter()
            .map(|job| {
                let text = format!("{}: attempt {} at {}", job.name, job.attempt, moment(job.due_at));
                view! { <li class="px-4 py-2">{text}</li> }
            })
            .collect_view();
        view! { <Card title="To be tried again" id="retrying" flush=true><ul class="divided border-t border-line">{rows}</ul></Card> }
    });
    let unknown = (!unknown.is_empty()).then(|| {
        let rows = unknown.into_iter().map(|job| view! { <li class="px-4 py-2 break-words">{job.name}</li> }).collect_view();
        view! {
            <Card
                title="For a newer version"
                id="unknown"
                flush=true
                hint="This version does not know these jobs. They wait for a server of the version that asked for them.".to_owned()
            >
                <ul class="divided border-t border-line" data-testid="unknown-jobs">{rows}</ul>
            </Card>
        }
    });
    let recent = recent.into_iter().map(|job| view! { <Recent job/> }).collect_view();
    let deliveries = (!deliveries.is_empty()).then(|| {
        let rows = deliveries.into_iter().map(|delivery| view! { <Delivery delivery/> }).collect_view();
        view! {
            <Card title="E-mail and Slack" id="deliveries" flush=true>
                <ul class="divided border-t border-line" data-testid="deliveries">{rows}</ul>
            </Card>
        }
    });
    view! {
        <Card
            title="Queues"
            id="queues"
            flush=true
            hint="index: embeddings and scores. watch: sweeps. deliver: mail and Slack. learn: backtests and training.".to_owned()
        >
            <FiguresTable names="Queue" figures=&["Waiting", "Running", "Done", "Failed"]><tbody>{queues}</tbody></FiguresTable>
        </Card>
        <Card title="Failed" id="failed" flush=true>{failed}</Card>
        {retrying}
        {unknown}
        <Card title="Newest" id="recent" flush=true><ul class="divided border-t border-line" data-testid="recent-jobs">{recent}</ul></Card>
        {deliveries}
    }
    .into_any()
}

#[component]
fn Failed(job: JobView) -> impl IntoView {
    view! {
        <li class="px-4 py-2.5 flex items-center justify-between gap-3" data-testid="failed-job">
            <div class="min-w-0">
                <p class="font-medium">{format!("{} · {} attempts", job.name, job.attempts)}</p>
                <p class="text-xs text-muted break-words">{job.error.unwrap_or_default()}</p>
                <p class="text-xs text-muted">{job.at.map(moment)}</p>
            </div>
            <form method="post" action=RetryJob::url()>
                <input type="hidden" name="id" value=job.id/>
                <button type="submit" class="button" data-testid="retry">"Try again"</button>
            </form>
        </li>
    }
    .into_any()
}

#[component]
fn Recent(job: JobView) -> impl IntoView {
    view! {
        <li class="px-4 py-2">
            <p>{format!("{} · {}", job.name, job.state.into_str())}</p>
            <p class="text-xs text-muted break-words">
                {[job.at.map(moment), job.error].into_iter().flatten().collect::<Vec<_>>().join(" · ")}
            </p>
        </li>
    }
    .into_any()
}

#[component]
fn Delivery(delivery: DeliveryView) -> impl IntoView {
    let DeliveryView { channel, to, subject, state, attempts, repeat, at, error } = delivery;
    let repeat = if repeat { ", marked as a repeat" } else { "" };
    view! {
        <li class="px-4 py-2" data-testid="delivery" data-state=state.clone()>
            <p>{format!("{channel} to {to} · {state}{repeat}")}</p>
            <p class="text-xs text-muted break-words">{format!("{subject} · {attempts} attempts · {}", moment(at))}</p>
            {error.map(|error| view! { <p class="text-xs text-muted break-words">{error}</p> })}
        </li>
    }
    .into_any()
}

/// How long the past is kept; closed until somebody wants to change it.
#[component]
fn RetentionCard(retention: Retention) -> impl IntoView {
    let Retention { scores_daily, scores_weekly, audit, runs, deliveries, notifications, alerts } = retention;
    view! {
        <Card
            title="What is kept"
            id="retention"
            testid="retention"
            hint="In days; the job of every night deletes what is older. All scores are kept for a month, then the last of each day, then of \
                  each week; those shown at a close, and where accuracy looks before it, are kept for ever."
        >
            <form method="post" action=SetRetention::url() class="flex flex-col gap-3">
                <div class="fact-grid">
                    <Days name="scores_daily" label="Scores, daily" value=scores_daily/>
                    <Days name="scores_weekly" label="Scores, weekly" value=scores_weekly/>
                    <Days name="audit" label="Audit log" value=audit/>
                    <Days name="runs" label="Sweeps, drift, trainings" value=runs/>
                    <Days name="deliveries" label="E-mail and Slack" value=deliveries/>
                    <Days name="notifications" label="Notifications" value=notifications/>
                    <Days name="alerts" label="Ended alerts" value=alerts/>
                </div>
                <div><button type="submit" class="button" data-testid="save-retention">"Save"</button></div>
            </form>
        </Card>
    }
    .into_any()
}

#[component]
fn Days(name: &'static str, label: &'static str, value: u32) -> impl IntoView {
    view! {
        <div>
            <label class="eyebrow block mb-1" for=name>{label}</label>
            <input class="field num" id=name name=name inputmode="numeric" value=value.to_string()/>
        </div>
    }
    .into_any()
}
