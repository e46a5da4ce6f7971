//! Figures and periods as the page says them.

use leptos::prelude::*;

use crate::{
    components::{count, date},
    domain::{
        deals::{DealQuery, OutcomeFilter},
        money::Money,
        outcomes::{Period, Share},
    },
};

/// Which deals are shown, in words.
pub fn period_in_words(period: Option<Period>, before: Option<Period>) -> String {
    let days = |of: Period| format!("{} to {}", date(of.from), date(of.to));
    match (period, before) {
        (None, _) => "Deals closed at any time.".into(),
        (Some(period), None) => format!("Deals closed from {}.", days(period)),
        (Some(period), Some(before)) => format!("Deals closed from {}, compared with {}.", days(period), days(before)),
    }
}

/// The address of the won, lost or all closed deals of a group.
pub fn deals_href(deals: &DealQuery, outcome: OutcomeFilter) -> String {
    DealQuery { outcome, ..deals.clone() }.href()
}

/// A number of deals that leads to them; nothing to lead to where there are none.
pub fn linked(number: u64, deals: &DealQuery, outcome: OutcomeFilter) -> AnyView {
    match number {
        0 => view! { <span class="text-muted">"0"</span> }.into_any(),
        number => view! { <a class="link" href=deals_href(deals, outcome)>{count(number)}</a> }.into_any(),
    }
}

/// A figure that leads to the deals it comes from; a dash leads nowhere.
pub fn led(figure: String, deals: &DealQuery, outcome: OutcomeFilter) -> AnyView {
    match figure.as_str() {
        "–" => view! { <span class="text-muted">"–"</span> }.into_any(),
        _ => view! { <a class="link-quiet" href=deals_href(deals, outcome)>{figure}</a> }.into_any(),
    }
}

/// Sums of several currencies beside each other; a dash where there are none.
pub fn amounts(sums: &[Money]) -> String {
    match sums {
        [] => "–".into(),
        sums => sums.iter().map(Money::compact).collect::<Vec<_>>().join(" · "),
    }
}

/// "61%".
pub fn percent(share: Share) -> String {
    format!("{:.0}%", share.share * 100.0)
}

/// "18 days"; a dash for none.
pub fn days(days: Option<f64>) -> String {
    match days {
        None => "–".into(),
        Some(days) if days.round() == 1.0 => "1 day".into(),
        Some(days) => format!("{days:.0} days"),
    }
}
