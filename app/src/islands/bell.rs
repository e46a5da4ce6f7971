//! The bell: unread notifications, kept live by server-sent events, and toasts for what is critical.

use leptos::prelude::*;

use super::{Icon, IconName, page};
use crate::{domain::ids::NotificationId, views::notifications::NotificationView};

/// What this tab has heard since it was loaded.
#[derive(Clone, Copy)]
struct Heard {
    unread: RwSignal<u64>,
    toasts: RwSignal<Vec<NotificationView>>,
}

/// Leads to the notification centre. It stays while pages come and go, and is told what each of them knows.
#[island]
pub fn Bell(
    /// Notifications that the viewer had not read when the page was made.
    unread: u64,
) -> impl IntoView {
    let heard = Heard { unread: RwSignal::new(unread), toasts: RwSignal::new(Vec::new()) };
    Effect::new(move |_| {
        page::on_other_page(move |unread| {
            if let Some(unread) = unread {
                heard.unread.set(unread);
            }
        });
        #[cfg(feature = "hydrate")]
        live::listen(heard);
    });
    let text = move || match heard.unread.get() {
        0 => String::new(),
        number @ 1..=99 => number.to_string(),
        _ => "99+".into(),
    };
    let spoken = move || match heard.unread.get() {
        0 => "Notifications, none unread".to_owned(),
        number => format!("Notifications, {number} unread"),
    };
    view! {
        <a class="bell" href="/notifications" data-testid="bell" data-unread=unread.to_string()>
            <Icon name=IconName::Bell/>
            <span class="bell-count num" data-testid="bell-count" hidden=move || heard.unread.get() == 0>{text}</span>
            <span class="sr-only">{spoken}</span>
        </a>
        <div class="toasts no-print" role="alert" aria-live="assertive">
            <For each=move || heard.toasts.get() key=|toast| toast.id let:toast>
                <Toast toast toasts=heard.toasts/>
            </For>
        </div>
    }
}

/// What is critical, at the edge of the page until it is closed.
#[component]
fn Toast(toast: NotificationView, toasts: RwSignal<Vec<NotificationView>>) -> impl IntoView {
    let NotificationView { id, deal, deal_title, headline, .. } = toast;
    let close = move |id: NotificationId| toasts.update(|toasts| toasts.retain(|toast| toast.id != id));
    let link = deal.map(|deal| {
        view! { <a class="link text-xs" href=format!("/deals/{deal}")>{deal_title.unwrap_or_else(|| "Open the deal".into())}</a> }
    });
    view! {
        <div class="toast" data-testid="toast">
            <Icon name=IconName::Octagon/>
            <div class="min-w-0 flex-1">
                <p class="font-semibold">{headline}</p>
                {link}
            </div>
            <button type="button" class="button button-quiet button-square" aria-label="Close" on:click=move |_| close(id)>
                <Icon name=IconName::Close/>
            </button>
        </div>
    }
}

/// The connection to the server's event stream. The browser comes back by itself when it is cut off, and says what it has.
#[cfg(feature = "hydrate")]
mod live {
    use leptos::{
        prelude::*,
        wasm_bindgen::{JsCast, closure::Closure},
    };
    use web_sys::{EventSource, MessageEvent};

    use super::{Heard, page};
    use crate::{domain::alerts::Priority, views::notifications::NotificationView};

    /// Toasts on the page at a time.
    const TOASTS: usize = 3;

    pub fn listen(heard: Heard) {
        let Ok(source) = EventSource::new("/api/v1/notifications/stream") else { return };
        let on_notification = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let told = event.data().as_string().and_then(|text| serde_json::from_str::<NotificationView>(&text).ok());
            if let Some(told) = told {
                hear(heard, told);
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
        // All three live as long as the document: the bell stays while pages come and go.
        std::mem::forget(source);
        on_notification.forget();
        on_hello.forget();
    }

    fn hear(heard: Heard, told: NotificationView) {
        heard.unread.update(|unread| *unread += 1);
        if told.priority == Priority::Critical && !told.quiet {
            heard.toasts.update(|toasts| {
                toasts.push(told);
                let old = toasts.len().saturating_sub(TOASTS);
                toasts.drain(..old);
            });
        }
        if document().query_selector("[data-heard-here]").is_ok_and(|found| found.is_some()) {
            page::refresh();
        }
    }
}
