//! A history so small that it fits a table's row.

use std::fmt::Write;

use crate::domain::Instant;

const WIDTH: f64 = 96.0;
const HEIGHT: f64 = 24.0;
/// Room for the line's width and the dot at its end.
const MARGIN: f64 = 3.0;
/// More than the width can show.
const MAX_POINTS: usize = 48;

/// The win probability over time, oldest first, always on a scale from 0 to 100 % so that rows can be compared; the newest value
/// is a dot. No text, only a label for assistive technology. Empty without points.
pub fn sparkline(points: &[(Instant, f64)]) -> String {
    let points: Vec<(Instant, f64)> = points.iter().filter(|point| point.1.is_finite()).copied().collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let span = (last.0 - first.0).num_seconds() as f64;
    let at = |&(instant, probability): &(Instant, f64)| {
        let share = if span > 0.0 { ((instant - first.0).num_seconds() as f64 / span).clamp(0.0, 1.0) } else { 1.0 };
        let x = MARGIN + (WIDTH - 2.0 * MARGIN) * share;
        (x, HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * probability.clamp(0.0, 1.0))
    };
    let mut line = String::new();
    for point in thinned(&points) {
        let (x, y) = at(&point);
        // Writing to a string does not fail.
        let _ = write!(line, "{}{x:.1},{y:.1}", if line.is_empty() { "" } else { " " });
    }
    let (x, y) = at(last);
    format!(
        r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{}"><polyline points="{line}" fill="none" stroke="var(--accent, #3a55d9)" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/><circle cx="{x:.1}" cy="{y:.1}" r="2.2" fill="var(--accent, #3a55d9)"/></svg>"#,
        label(&points, first, last)
    )
}

fn label(points: &[(Instant, f64)], first: &(Instant, f64), last: &(Instant, f64)) -> String {
    let percent = |p: f64| format!("{:.0}%", p * 100.0);
    let day = |at: Instant| at.format("%-d %b %Y").to_string();
    if points.len() == 1 {
        return format!("Win probability {} on {}", percent(last.1), day(last.0));
    }
    let (low, high) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| (low.min(point.1), high.max(point.1)));
    format!(
        "Win probability from {} on {} to {} on {}, between {} and {}",
        percent(first.1),
        day(first.0),
        percent(last.1),
        day(last.0),
        percent(low),
        percent(high)
    )
}

/// Evenly picked points, the first and the last among them.
fn thinned(points: &[(Instant, f64)]) -> Vec<(Instant, f64)> {
    if points.len() <= MAX_POINTS {
        return points.to_vec();
    }
    (0..MAX_POINTS).map(|i| points[i * (points.len() - 1) / (MAX_POINTS - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::*;

    fn history(values: &[f64]) -> Vec<(Instant, f64)> {
        let start = Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).single().expect("an instant");
        values.iter().enumerate().map(|(day, value)| (start + TimeDelta::days(day as i64), *value)).collect()
    }

    #[test]
    fn a_history_is_a_line_with_a_label() {
        let svg = sparkline(&history(&[0.4, 0.62, 0.3, 0.55]));
        assert!(svg.contains("aria-label=\"Win probability from 40% on 2 Mar 2026 to 55% on 5 Mar 2026, between 30% and 62%\""), "{svg}");
        assert!(svg.contains("points=\"3.0,13.8 33.0,9.8 63.0,15.6 93.0,11.1\""), "{svg}");
        assert!(!svg.contains("<text") && svg.len() < 700);
    }

    #[test]
    fn short_long_and_broken_histories() {
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&history(&[f64::NAN])), "");
        assert!(sparkline(&history(&[0.5])).contains("Win probability 50% on 2 Mar 2026"));
        let long = sparkline(&history(&[0.5; 1_000]));
        assert_eq!(long.matches(',').count(), MAX_POINTS + long.matches(", ").count());
    }
}
