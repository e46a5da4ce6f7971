//! How islands and the page's script talk.

use leptos::{ev, html::Span, prelude::*, web_sys};

/// Asks for the page anew, because what it shows has changed; nothing happens while somebody is filling in a field.
pub(super) fn refresh() {
    if let Ok(event) = web_sys::Event::new("vectoros:refresh") {
        let _ = window().dispatch_event(&event);
    }
}

/// Does `then` with the number of unread notifications whenever another page is shown in this one's place.
pub(super) fn on_other_page(then: impl Fn(Option<u64>) + 'static) {
    let told = window_event_listener(ev::Custom::<web_sys::Event>::new("vectoros:page"), move |_| {
        let unread = document().document_element().and_then(|root| root.get_attribute("data-unread"));
        then(unread.and_then(|unread| unread.parse().ok()));
    });
    on_cleanup(move || told.remove());
}

/// Is the element still on the page? An island that has been taken away is never told.
pub(super) fn is_shown(place: NodeRef<Span>) -> bool {
    place.get_untracked().is_some_and(|element| element.is_connected())
}
