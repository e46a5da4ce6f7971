//! The bell: unread notifications, kept live by server-sent events, and toasts for what is critical.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::{api::notifications::unread, domain::ids::NotificationId, views::notifications::NotificationView};

/// What this tab has heard since it was loaded.
#[derive(Clone, Copy)]
pub struct Heard {
    /// The newest notification; changes whenever one comes.
    pub newest: RwSignal<Option<NotificationId>>,
    /// Notifications that came since the count was asked for.
    more: RwSignal<u64>,
    toasts: RwSignal<Vec<NotificationView>>,
}

/// Makes what the tab hears known to its pages.
pub fn provide_heard() -> Heard {
    let heard = Heard { newest: RwSignal::new(None), more: RwSignal::new(0), toasts: RwSignal::new(Vec::new()) };
    provide_context(heard);
    heard
}

#[component]
pub fn Bell(heard: Heard) -> impl IntoView {
    let count = Resource::new_blocking(|| (), |()| unread());
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| live::listen(heard));
    let path = leptos_router::hooks::use_location().pathname;
    // Whoever looks into the centre, or marks something there, changes the count.
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            heard.more.set(0);
            count.refetch();
        }
        now
    });
    view! {
        <a class="bell" href="/notifications" data-testid="bell">
            <Icon name=IconName::Bell/>
            <Transition>
                {move || Suspend::new(async move {
                    let unread = count.await.unwrap_or(0);
                    view! { <Count unread heard/> }
                })}
            </Transition>
        </a>
    }
    .into_any()
}

#[component]
fn Count(unread: u64, heard: Heard) -> impl IntoView {
    let shown = move || unread + heard.more.get();
    let text = move || match shown() {
        0 => String::new(),
        number @ 1..=99 => number.to_string(),
        _ => "99+".into(),
    };
    let spoken = move || match shown() {
        0 => "Notifications, none unread".to_owned(),
        number => format!("Notifications, {number} unread"),
    };
    view! {
        <span class="bell-count num" data-testid="bell-count" hidden=move || shown() == 0>{text}</span>
        <span class="sr-only">{spoken}</span>
    }
}

/// What is critical, at the edge of the page until it is closed.
#[component]
pub fn Toasts(heard: Heard) -> impl IntoView {
    let close = move |id: NotificationId| heard.toasts.update(|toasts| toasts.retain(|toast| toast.id != id));
    view! {
        <div class="toasts no-print" role="alert" aria-live="assertive">
            <For each=move || heard.toasts.get() key=|toast| toast.id let:toast>
                <div class="toast" data-testid="toast">
                    <Icon name=IconName::Octagon/>
                    <div class="min-w-0 flex-1">
                        <p class="font-semibold">{toast.headline.clone()}</p>
                        {toast
                            .deal
                            .map(|deal| {
                                view! {
                                    <a class="link text-xs" href=format!("/deals/{deal}")>
                                        {toast.deal_title.clone().unwrap_or_else(|| "Open the deal".into())}
                                    </a>
                                }
                            })}
                    </div>
                    <button
                        type="button"
                        class="button button-quiet button-square"
                        aria-label="Close"
                        on:click=move |_| close(toast.id)
                    >
                        <Icon name=IconName::Close/>
                    </button>
                </div>
            </For>
        </div>
    }
    .into_any()
}

/// The connection to the server's event stream. The browser comes back by itself when it is cut off, and says what it has.
#[cfg(feature = "hydrate")]
mod live {
    use leptos::{
        prelude::*,
        wasm_bindgen::{JsCast, closure::Closure},
    };
    use web_sys::{EventSource, MessageEvent};

    use super::Heard;
    use crate::{domain::alerts::Priority, views::notifications::NotificationView};

    /// Toasts on the page at a time.
    const TOASTS: usize = 3;

    pub fn listen(heard: Heard) {
        let Ok(source) = EventSource::new("/api/v1/notifications/stream") else { return };
        let on_notification = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let notices = event.data().as_string().and_then(|text| serde_json::from_str::<NotificationView>(&text).ok());
            if let Some(notices) = notices {
                hear(heard, notices);
            }
        });
        let _ = source.add_event_listener_with_callback("notification", on_notification.as_ref().unchecked_ref());
        // Tells tests that the stream is open.
        let on_hello = Closure::<dyn Fn()>::new(|| {
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute("data-live", "true");
            }
        });
        let _ = source.add_event_listener_with_callback("hello", on_hello.as_ref().unchecked_ref());
        // The browser has one thread; leptos' cleanup wants a value that could change threads.
        let open = StoredValue::new_local(source);
        on_cleanup(move || {
            open.try_with_value(EventSource::close);
        });
        // Both live as long as the page.
        on_notification.forget();
        on_hello.forget();
    }

    fn hear(heard: Heard, notices: NotificationView) {
        heard.newest.set(Some(notices.id));
        heard.more.update(|more| *more += 1);
        if notices.priority == Priority::Critical && !notices.quiet {
            heard.toasts.update(|toasts| {
                toasts.push(notices);
                let old = toasts.len().saturating_sub(TOASTS);
                toasts.drain(..old);
            });
        }
    }
}
