//! Charts as SVG text, made on the server. They carry classes instead of colours, so that the page's theme decides.

use std::collections::BTreeSet;

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// The drawing's size in its own units; on the page it fills the width it is given.
const SIZE: (u32, u32) = (480, 250);

/// Stand-ins that no theme uses, replaced by classes once the drawing is done.
const BAR: RGBColor = RGBColor(1, 0, 1);
const GRID: RGBColor = RGBColor(2, 0, 1);
const AXIS: RGBColor = RGBColor(3, 0, 1);
const TEXT: RGBColor = RGBColor(4, 0, 1);
const VALUE: RGBColor = RGBColor(5, 0, 1);
const CLASSES: [(RGBColor, &str); 5] =
    [(BAR, "chart-bar"), (GRID, "chart-grid"), (AXIS, "chart-axis"), (TEXT, "chart-text"), (VALUE, "chart-value")];

/// Open deals by win probability, as bars: (from %, to %, deals). The figures stand above the bars.
/// The SVG scales to the width of its place and names itself for assistive technology.
pub fn probability_distribution(bins: &[(u8, u8, u64)]) -> String {
    let mut svg = String::new();
    // Drawing into a string does not fail; should the drawing library see it otherwise, the page still has the figures' table.
    let drawn = draw(bins, &mut svg).is_ok();
    if drawn { themed(&svg, &title(bins)) } else { String::new() }
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

/// The end of the axis and the step of its grid: round numbers, four or five lines.
fn scale(highest: u64) -> (u64, u64) {
    let rough = (highest.max(4) as f64) / 4.0;
    let magnitude = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * magnitude).find(|step| *step >= rough).unwrap_or(rough);
    let step = (step as u64).max(1);
    (highest.max(1).div_ceil(step) * step, step)
}

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

fn draw(bins: &[(u8, u8, u64)], svg: &mut String) -> Drawn {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let (left, right, top, bottom) = (36i32, SIZE.0 as i32 - 12, 22i32, SIZE.1 as i32 - 44);
    let (highest, step) = scale(bins.iter().map(|bin| bin.2).max().unwrap_or(0));
    let y = |deals: u64| bottom - ((bottom - top) as f64 * deals as f64 / highest as f64).round() as i32;
    let x = |percent: u8| left + ((right - left) as f64 * f64::from(percent) / 100.0).round() as i32;
    let label = |size: i32, colour: RGBColor, h: HPos| ("sans-serif", size).into_font().color(&colour).pos(Pos::new(h, VPos::Center));

    for deals in (0..=highest).step_by(step as usize) {
        let line = if deals == 0 { AXIS } else { GRID };
        area.draw(&PathElement::new([(left, y(deals)), (right, y(deals))], line))?;
        area.draw(&Text::new(deals.to_string(), (left - 8, y(deals)), label(12, TEXT, HPos::Right)))?;
    }
    for &(from, to, deals) in bins {
        let (start, end) = (x(from) + 3, x(to) - 3);
        if deals > 0 {
            // Even a single deal among thousands is to be seen.
            let height_at = y(deals).min(bottom - 2);
            area.draw(&Rectangle::new([(start, height_at), (end, bottom)], BAR.filled()))?;
        }
        area.draw(&Text::new(deals.to_string(), ((start + end) / 2, y(deals) - 9), label(12, VALUE, HPos::Center)))?;
    }
    let edges: BTreeSet<u8> = bins.iter().flat_map(|bin| [bin.0, bin.1]).collect();
    for edge in edges {
        area.draw(&Text::new(edge.to_string(), (x(edge), bottom + 14), label(12, TEXT, HPos::Center)))?;
    }
    area.draw(&Text::new("Win probability, %", ((left + right) / 2, bottom + 33), label(12, TEXT, HPos::Center)))?;
    area.present()
}

/// Replaces the stand-in colours by classes, and the fixed size by a viewBox with a name.
fn themed(svg: &str, title: &str) -> String {
    let mut themed = svg.to_owned();
    for (RGBColor(r, g, b), class) in CLASSES {
        let colour = format!("#{r:02X}{g:02X}{b:02X}");
        for attribute in ["fill", "stroke"] {
            themed = themed.replace(&format!("{attribute}=\"{colour}\""), &format!("class=\"{class}\""));
        }
    }
    let (width, height) = SIZE;
    let head = format!(
        r#"<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{title}" xmlns="http://www.w3.org/2000/svg"><title>{title}</title>"#
    );
    match themed.find('>') {
        Some(end) if themed.starts_with("<svg") => head + &themed[end + 1..],
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(counts: [u64; 10]) -> Vec<(u8, u8, u64)> {
        counts.iter().enumerate().map(|(i, deals)| (i as u8 * 10, i as u8 * 10 + 10, *deals)).collect()
    }

    #[test]
    fn a_chart_has_a_bar_for_each_filled_bin_and_no_colours_of_its_own() {
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

    #[test]
    fn axes_end_on_round_numbers_above_the_highest_bar() {
        assert_eq!(scale(0), (1, 1));
        assert_eq!(scale(3), (3, 1));
        assert_eq!(scale(61), (80, 20));
        assert_eq!(scale(40_000), (40_000, 10_000));
        for highest in 1..2_000 {
            let (end, step) = scale(highest);
            assert!(end >= highest && (1..=6).contains(&(end / step)), "{highest}: {end} by {step}");
        }
    }
}
