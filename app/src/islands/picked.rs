//! How many deals of the list are chosen.

use leptos::{ev, html::Span, prelude::*, wasm_bindgen::JsCast, web_sys::Element};

use super::page::is_shown;

/// "3 chosen", as boxes of the form are ticked; nothing is said while none is.
#[island]
pub fn PickedCount(
    /// The id of the form that the boxes belong to.
    form: String,
) -> impl IntoView {
    let chosen = RwSignal::new(0_i32);
    let place = NodeRef::<Span>::new();
    let boxes = format!("input[type=checkbox][form='{form}']");
    Effect::new(move |_| {
        let listening = StoredValue::new(None::<WindowListenerHandle>);
        let boxes = boxes.clone();
        let heard = window_event_listener(ev::change, move |event| {
            if !is_shown(place) {
                if let Some(listening) = listening.try_update_value(Option::take).flatten() {
                    listening.remove();
                }
                return;
            }
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if target.is_some_and(|target| target.matches(&boxes).unwrap_or(false)) {
                let step = if event_target_checked(&event) { 1 } else { -1 };
                chosen.update(|chosen| *chosen = (*chosen + step).max(0));
            }
        });
        listening.set_value(Some(heard));
    });
    view! {
        <span class="num text-xs text-muted" node_ref=place aria-live="polite" data-testid="picked-count">
            {move || match chosen.get() {
                0 => String::new(),
                number => format!("{number} chosen"),
            }}
        </span>
    }
}
