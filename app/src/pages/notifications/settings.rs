//! What the viewer wants to be told, where and when. One form, which works without scripts.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{
        alerts::handling::MuteDeal,
        notifications::{SetPreferences, preferences},
    },
    components::{Card, ErrorPage, Notice, Tone, error_in_url},
    domain::{
        alerts::{AlertRule, Priority},
        notifications::{Channel, Preferences},
    },
    views::notifications::PreferencesView,
};

#[component]
pub fn SettingsPage() -> impl IntoView {
    let view = Resource::new_blocking(|| (), |()| preferences());
    let error = error_in_url::<SetPreferences>().or_else(error_in_url::<MuteDeal>);
    let saved = error.is_none() && use_query_map().with_untracked(|params| params.get_str("saved").is_some());
    view! {
        <Title text="What I am told"/>
        <section class="flex flex-col gap-3.5 max-w-3xl" data-testid="settings-page">
            <div class="flex flex-wrap items-end justify-between gap-2">
                <h1 class="text-xl font-semibold">"What I am told"</h1>
                <a class="button" href="/notifications">"Back to notifications"</a>
            </div>
            <Transition>
                {move || {
                        let error = error.clone();
                        Suspend::new(async move {
                            match view.await {
                                Ok(view) => {
                                    view! {
                                        {error.map(|error| view! { <Notice tone=Tone::Error testid="settings-error">{error.to_string()}</Notice> })}
                                        {saved.then(|| view! { <Notice tone=Tone::Good testid="settings-saved">"Saved."</Notice> })}
                                        {view.unreadable.then(|| {
                                            view! {
                                                <Notice tone=Tone::Warning testid="settings-unreadable">
                                                    "What you chose before cannot be read. You are told nothing by e-mail or in Slack until you save this page."
                                                </Notice>
                                            }
                                        })}
                                        <Settings view/>
                                    }
                                    .into_any()
                                }
                                Err(error) => view! { <ErrorPage error/> }.into_any(),
                            }
                        })
                    }}
            </Transition>
        </section>
    }
}

/// A choice of hours; nothing chosen is `none`.
#[component]
fn Hours(name: &'static str, label: &'static str, none: &'static str, chosen: Option<u8>) -> impl IntoView {
    let hours = (0..24_u8)
        .map(|hour| {
            let selected = chosen == Some(hour);
            view! { <option value=hour.to_string() selected=selected>{format!("{hour:02}:00")}</option> }
        })
        .collect_view();
    view! {
        <div>
            <label class="eyebrow block mb-1" for=name>{label}</label>
            <select class="field" id=name name=name><option value="" selected=chosen.is_none()>{none}</option> {hours}</select>
        </div>
    }
    .into_any()
}

#[component]
fn Floor(channel: Channel, chosen: Option<Priority>) -> impl IntoView {
    let id = format!("floor-{}", channel.into_str());
    let options = Priority::ALL
        .map(|priority| {
            let selected = chosen == Some(priority);
            let label = if priority == Priority::Critical { "Critical only".into() } else { format!("{} and above", priority.label()) };
            view! { <option value=priority.into_str() selected=selected>{label}</option> }
        })
        .collect_view();
    view! {
        <div>
            <label class="eyebrow block mb-1" for=id.clone()>{channel.label()}</label>
            <select class="field" id=id name=channel.into_str()>
                <option value="none" selected=chosen.is_none()>"Nothing"</option>
                {options}
            </select>
        </div>
    }
    .into_any()
}

#[component]
fn Settings(view: PreferencesView) -> impl IntoView {
    let PreferencesView { preferences, mail_works, slack_works, time_zones, muted, .. } = view;
    let Preferences { time_zone, digest_hour, quiet, off, .. } = preferences.clone();
    let zones = time_zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view();
    let unset = [(!mail_works).then_some("e-mail"), (!slack_works).then_some("Slack")].into_iter().flatten().collect::<Vec<_>>();
    let unset = (!unset.is_empty()).then(|| {
        let text = format!("This server sends no {} yet; an admin can set it up. Your choice counts from then on.", unset.join(" and no "));
        view! { <Notice tone=Tone::Info quiet=true>{text}</Notice> }
    });
    let rows = AlertRule::WATCHED
        .into_iter()
        .map(|rule| {
            let cells = Channel::ALL
                .map(|channel| {
                    let chosen = off.contains(&(rule, channel));
                    view! {
                        <td>
                            <input
                                type="checkbox"
                                name="off[]"
                                value=format!("{}:{}", rule.into_str(), channel.into_str())
                                checked=chosen
                                aria-label=format!("{}: not {}", rule.label(), channel.label().to_lowercase())
                            />
                        </td>
                    }
                })
                .collect_view();
            view! { <tr><th scope="row">{rule.label()}</th> {cells}</tr> }
        })
        .collect_view();
    let heads =
        Channel::ALL.map(|channel| view! { <th scope="col">{format!("Not {}", channel.label().to_lowercase())}</th> }).collect_view();
    let muted = (!muted.is_empty()).then(|| {
        let deals = muted
            .into_iter()
            .map(|(id, title)| {
                view! {
                    <li class="px-4 py-2 flex items-center justify-between gap-3">
                        <a class="link min-w-0 break-words" href=format!("/deals/{id}")>{title}</a>
                        <form method="post" action=MuteDeal::url()>
                            <input type="hidden" name="id" value=id.to_string()/>
                            <input type="hidden" name="muted" value="false"/>
                            <input type="hidden" name="back" value="/notifications/settings"/>
                            <button type="submit" class="button">"Unmute"</button>
                        </form>
                    </li>
                }
            })
            .collect_view();
        view! { <Card title="Muted deals" id="muted" flush=true><ul class="divided border-t border-line">{deals}</ul></Card> }
    });
    view! {
        <form method="post" action=SetPreferences::url() class="flex flex-col gap-3.5">
            <Card title="How urgent" id="channels" hint="The least urgent alert that you are told of in each place.".to_owned()>
                {unset}
                <div class="flex flex-wrap gap-3 mt-3">
                    {Channel::ALL.map(|channel| view! { <Floor channel chosen=preferences.floor(channel)/> }).collect_view()}
                </div>
            </Card>
            <Card title="When" id="hours" hint="In quiet hours nothing pops up and nothing goes to Slack; it is listed all the same.".to_owned()>
                <div class="flex flex-wrap gap-3">
                    <div>
                        <label class="eyebrow block mb-1" for="time_zone">"Time zone"</label>
                        <input class="field" id="time_zone" name="time_zone" list="zones" value=time_zone required data-testid="time-zone"/>
                        <datalist id="zones">{zones}</datalist>
                    </div>
                    <Hours name="digest_hour" label="Daily e-mail at" none="Never" chosen=digest_hour/>
                    <Hours name="quiet_from" label="Quiet from" none="–" chosen=quiet.map(|(from, _)| from)/>
                    <Hours name="quiet_to" label="Quiet until" none="–" chosen=quiet.map(|(_, to)| to)/>
                </div>
            </Card>
            <Card title="Rules" id="rules" flush=true hint="Tick what you do not want to be told of in a place.".to_owned()>
                <div class="scrolls">
                    <table class="data-table"><thead><tr><th scope="col">"Rule"</th> {heads}</tr></thead> <tbody>{rows}</tbody></table>
                </div>
            </Card>
            <div><button type="submit" class="button button-primary" data-testid="settings-save">"Save"</button></div>
        </form>
        {muted}
    }
    .into_any()
}
