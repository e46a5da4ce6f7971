//! Open deals by win probability.

use std::collections::BTreeSet;

use plotters::{prelude::*, style::text_anchor::HPos};

use super::drawing::{AXIS, Area, BAR, Drawn, GRID, TEXT, VALUE, lettering, scale, svg};

/// The drawing's size in its own units; on the page it fills the width it is given.
const SIZE: (u32, u32) = (480, 250);
const LETTERS: f64 = 9.7;

/// Open deals by win probability, as bars: (from %, to %, deals). The figures stand above the bars.
/// The SVG scales to the width of its place and names itself for assistive technology.
pub fn probability_distribution(bins: &[(u8, u8, u64)]) -> String {
    svg(SIZE, &title(bins), "", |area| draw(bins, area))
}

fn title(bins: &[(u8, u8, u64)]) -> String {
    let total: u64 = bins.iter().map(|bin| bin.2).sum();
    match bins.iter().max_by_key(|bin| bin.2) {
        Some((from, to, deals)) if *deals > 0 => {
            format!("{total} open deals by win probability; most of them, {deals}, lie between {from}% and {to}%.")
        }
        _ => "No open deal is scored.".into(),
    }
}

fn draw(bins: &[(u8, u8, u64)], area: &Area) -> Drawn {
    let (left, right, top, bottom) = (36i32, SIZE.0 as i32 - 12, 22i32, SIZE.1 as i32 - 44);
    let (highest, step) = scale(bins.iter().map(|bin| bin.2).max().unwrap_or(0));
    let y = |deals: u64| bottom - ((bottom - top) as f64 * deals as f64 / highest as f64).round() as i32;
    let x = |percent: u8| left + ((right - left) as f64 * f64::from(percent) / 100.0).round() as i32;

    for deals in (0..=highest).step_by(step as usize) {
        let line = if deals == 0 { AXIS } else { GRID };
        area.draw(&PathElement::new([(left, y(deals)), (right, y(deals))], line))?;
        area.draw(&Text::new(deals.to_string(), (left - 8, y(deals)), lettering(LETTERS, TEXT, HPos::Right)))?;
    }
    for &(from, to, deals) in bins {
        let (start, end) = (x(from) + 3, x(to) - 3);
        if deals > 0 {
            // Even a single deal among thousands is to be seen.
            let height_at = y(deals).min(bottom - 2);
            area.draw(&Rectangle::new([(start, height_at), (end, bottom)], BAR.filled()))?;
        }
        area.draw(&Text::new(deals.to_string(), ((start + end) / 2, y(deals) - 9), lettering(LETTERS, VALUE, HPos::Center)))?;
    }
    let edges: BTreeSet<u8> = bins.iter().flat_map(|bin| [bin.0, bin.1]).collect();
    for edge in edges {
        area.draw(&Text::new(edge.to_string(), (x(edge), bottom + 14), lettering(LETTERS, TEXT, HPos::Center)))?;
    }
    area.draw(&Text::new("Win probability, %", ((left + right) / 2, bottom + 33), lettering(LETTERS, TEXT, HPos::Center)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(counts: [u64; 10]) -> Vec<(u8, u8, u64)> {
        counts.iter().enumerate().map(|(i, deals)| (i as u8 * 10, i as u8 * 10 + 10, *deals)).collect()
    }

    #[test]
    fn a_chart_has_a_bar_for_each_filled_bin_and_no_stand_in_colours() {
        let svg = probability_distribution(&bins([3, 0, 12, 40, 55, 61, 30, 9, 1, 0]));
        assert_eq!(svg.matches("class=\"chart-bar\"").count(), 8);
        assert!(!svg.contains("#0"), "a colour was left: {svg}");
        assert!(svg.starts_with("<svg class=\"chart\" viewBox=\"0 0 480 250\" role=\"img\""));
        assert!(svg.contains("<title>211 open deals by win probability; most of them, 61, lie between 50% and 60%.</title>"));
        assert!(svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn no_deals_still_make_a_chart() {
        let svg = probability_distribution(&bins([0; 10]));
        assert_eq!(svg.matches("class=\"chart-bar\"").count(), 0);
        assert!(svg.contains("No open deal is scored."));
        assert!(probability_distribution(&[]).ends_with("</svg>\n"));
    }
}
