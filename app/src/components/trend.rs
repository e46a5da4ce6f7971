//! How a score moved, drawn small.

use leptos::prelude::*;

use crate::{
    charts,
    domain::{Instant, scoring::ScorePoint},
};

/// The drawing, which says in words what it shows; none where a score did not have the time to move.
pub fn trend(points: &[ScorePoint], testid: &'static str) -> Option<AnyView> {
    let points: Vec<(Instant, f64)> = points.iter().map(|point| (point.at, point.probability.get())).collect();
    (points.len() >= 2).then(|| view! { <span class="trend" data-testid=testid inner_html=charts::sparkline(&points)></span> }.into_any())
}
