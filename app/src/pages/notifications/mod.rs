//! The notification centre, and what the viewer wants to be told.

mod settings;

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

pub use self::settings::SettingsPage;
use crate::{
    api::notifications::{MarkRead, notifications},
    components::{EmptyState, ErrorPage, Notice, PriorityBadge, Tone, error_in_url},
    domain::today::Today,
    islands::HeardHere,
    views::notifications::{NotificationCentre, NotificationView},
};

#[component]
pub fn NotificationsPage() -> impl IntoView {
    let centre = Resource::new_blocking(|| (), |()| notifications());
    view! {
        <Title text="Notifications"/>
        <Transition>
            {move || Suspend::new(async move {
                match centre.await {
                    Ok(centre) => view! { <Centre centre/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Centre(centre: NotificationCentre) -> impl IntoView {
    let NotificationCentre { notifications, unread } = centre;
    let body = if notifications.is_empty() {
        view! { <EmptyState title="Nothing to tell you" text="When something is wrong with one of your deals, you read it here first."/> }
            .into_any()
    } else {
        let lines = notifications.into_iter().map(|told| view! { <Line told/> }).collect_view();
        view! { <ul class="divided" data-testid="notification-list">{lines}</ul> }.into_any()
    };
    view! {
        <section class="flex flex-col gap-3.5" data-testid="notification-page">
            <HeardHere/>
            {error_in_url::<MarkRead>().map(|error| view! { <Notice tone=Tone::Error testid="notification-error">{error.to_string()}</Notice> })}
            <div class="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
                <h1 class="text-xl font-semibold">"Notifications"</h1>
                <div class="flex gap-2 no-print">
                    {(unread > 0)
                        .then(|| {
                            view! {
                                <form method="post" action=MarkRead::url()>
                                    <button type="submit" class="button" data-testid="mark-all-read">"Mark all as read"</button>
                                </form>
                            }
                        })}
                    <a class="button" href="/notifications/settings" data-testid="notification-settings">"What I am told"</a>
                </div>
            </div>
            <div class="card">{body}</div>
        </section>
    }
    .into_any()
}

#[component]
fn Line(told: NotificationView) -> impl IntoView {
    let (href, title) = match (told.deal, &told.link) {
        (Some(deal), _) => (format!("/deals/{deal}"), told.deal_title.clone().unwrap_or_else(|| "The deal".into())),
        (None, Some(link)) => (link.clone(), "Look at it".into()),
        (None, None) => ("/alerts".into(), "All alerts".into()),
    };
    let when = expect_context::<Today>().distance(told.at.date_naive());
    let id = told.id.to_string();
    let read = (!told.read).then(|| {
        view! {
            <form method="post" action=MarkRead::url()>
                <input type="hidden" name="id" value=id/>
                <button type="submit" class="button button-quiet text-xs" data-testid="mark-read">"Mark as read"</button>
            </form>
        }
    });
    view! {
        <li
            class="px-4 py-3 flex flex-wrap items-center gap-x-3 gap-y-1"
            data-testid="notification"
            data-read=told.read.to_string()
        >
            <PriorityBadge priority=told.priority/>
            <div class="min-w-0 flex-1">
                <p class=if told.read { "" } else { crate::components::classes!("font-semibold") }>{told.headline.clone()}</p>
                <p class="text-xs text-muted"><a class="link" href=href>{title}</a> {format!(" · {when}")}</p>
            </div>
            {read}
        </li>
    }
    .into_any()
}
