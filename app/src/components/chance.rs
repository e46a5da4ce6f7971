//! A win probability with its interval, in figures and drawn.

use leptos::prelude::*;

use crate::domain::probability::Probability;

/// The interval around a probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: Probability,
    pub high: Probability,
}

impl Interval {
    /// "34–52%".
    pub fn text(self) -> String {
        format!("{}–{}", self.low.percent(), self.high)
    }
}

fn percent_of_track(probability: Probability) -> String {
    format!("{:.1}%", probability.get() * 100.0)
}

/// The track from 0 to 100 %: the interval as a band, the estimate as a tick. Only drawn: the figures stand beside it.
#[component]
fn Track(probability: Probability, interval: Interval) -> impl IntoView {
    let width = format!("{:.1}%", (interval.high.get() - interval.low.get()).max(0.0) * 100.0);
    view! {
        <span class="chance-track" aria-hidden="true">
            <span class="chance-band" style:left=percent_of_track(interval.low) style:width=width></span>
            <span class="chance-tick" style:left=percent_of_track(probability)></span>
        </span>
    }
}

/// In a table's cell: figure, track, and the interval in small below it. `large` draws the track alone, for a card.
#[component]
pub fn ChanceBar(probability: Probability, interval: Interval, #[prop(optional)] large: bool) -> impl IntoView {
    if large {
        view! {
            <div class="chance-large flex flex-col" aria-hidden="true">
                <Track probability interval/>
                <span class="flex justify-between text-xs text-muted mt-1.5 num"><span>"0%"</span><span>"50%"</span><span>"100%"</span></span>
            </div>
        }
        .into_any()
    } else {
        view! {
            <span class="chance">
                <span class="num font-semibold">{probability.to_string()}</span>
                <Track probability interval/>
                <span class="num text-xs text-muted col-start-2">
                    <span class="sr-only">"Between "</span>
                    {interval.text()}
                </span>
            </span>
        }
        .into_any()
    }
}
