//! Pages that follow what happens behind them.

use std::time::Duration;

use leptos::{html::Span, prelude::*};

use super::page::{is_shown, refresh};

/// Asks for the page anew every few seconds, as long as it is shown.
#[island]
pub fn Follow(
    /// Between two looks.
    seconds: u32,
) -> impl IntoView {
    let place = NodeRef::<Span>::new();
    Effect::new(move |_| {
        let looking = StoredValue::new(None::<IntervalHandle>);
        let look = move || {
            if is_shown(place) {
                refresh();
            } else {
                looking.with_value(|looking| looking.as_ref().map(IntervalHandle::clear));
            }
        };
        looking.set_value(set_interval_with_handle(look, Duration::from_secs(u64::from(seconds))).ok());
    });
    view! { <span node_ref=place hidden></span> }
}

/// Marks a page that lists what the bell hears: it is asked for anew when something comes.
#[component]
pub fn HeardHere() -> impl IntoView {
    view! { <span hidden data-heard-here="true"></span> }
}
