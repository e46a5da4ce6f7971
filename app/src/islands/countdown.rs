//! How long something can still be taken back.

use std::time::Duration;

use leptos::{html::Span, prelude::*};

use super::page::{is_shown, refresh};

/// "(42 s)", counted down; when nothing is left the page is asked for anew, which then offers what is left to do.
#[island]
pub fn Countdown(
    /// Seconds left when the page was made.
    seconds: u32,
) -> impl IntoView {
    let left = RwSignal::new(seconds);
    let place = NodeRef::<Span>::new();
    Effect::new(move |_| {
        let ticking = StoredValue::new(None::<IntervalHandle>);
        let tick = move || {
            let now = left.get_untracked().saturating_sub(1);
            left.set(now);
            let gone = !is_shown(place);
            if now == 0 || gone {
                ticking.with_value(|ticking| ticking.as_ref().map(IntervalHandle::clear));
            }
            if now == 0 && !gone {
                refresh();
            }
        };
        ticking.set_value(set_interval_with_handle(tick, Duration::from_secs(1)).ok());
    });
    view! { <span class="num" node_ref=place data-testid="countdown">{move || format!("({} s)", left.get())}</span> }
}
