//! What all charts share: the roles of their parts, lettering, and how a drawing becomes a themed SVG.

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// Stand-ins that no theme uses, replaced by classes and the theme's colours once the drawing is done.
pub(super) const BAR: RGBColor = RGBColor(1, 0, 1);
pub(super) const GRID: RGBColor = RGBColor(2, 0, 1);
pub(super) const AXIS: RGBColor = RGBColor(3, 0, 1);
pub(super) const TEXT: RGBColor = RGBColor(4, 0, 1);
pub(super) const VALUE: RGBColor = RGBColor(5, 0, 1);
/// A curve, or the dots of one.
pub(super) const LINE: RGBColor = RGBColor(6, 0, 1);
/// What a curve is to be compared with.
pub(super) const REFERENCE: RGBColor = RGBColor(7, 0, 1);
/// How sure a dot is.
pub(super) const INTERVAL: RGBColor = RGBColor(8, 0, 1);
/// Lost deals beside won ones.
pub(super) const LOST: RGBColor = RGBColor(9, 0, 1);

/// Stand-in, class, colour, and what else the part gets.
const ROLES: [(RGBColor, &str, &str, &str); 9] = [
    (BAR, "chart-bar", "var(--accent, #3a55d9)", ""),
    (GRID, "chart-grid", "var(--line, #e3e7ed)", ""),
    (AXIS, "chart-axis", "var(--line-strong, #c9d0da)", ""),
    (TEXT, "chart-text", "var(--muted, #5a6474)", ""),
    (VALUE, "chart-value", "var(--ink, #10151f)", ""),
    (LINE, "chart-line", "var(--accent, #3a55d9)", ""),
    (REFERENCE, "chart-reference", "var(--muted, #5a6474)", " stroke-dasharray=\"16 16\""),
    (INTERVAL, "chart-interval", "var(--muted, #5a6474)", ""),
    (LOST, "chart-lost", "var(--line-strong, #c9d0da)", ""),
];

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// A drawing as SVG that scales to the width of its place, with a name and a description for assistive technology.
pub(super) fn svg(size: (u32, u32), title: &str, description: &str, draw: impl FnOnce(&Area) -> Drawn) -> String {
    let mut svg = String::new();
    let drawn = {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area).and_then(|()| area.present())
    };
    // Drawing into a string does not fail; should the drawing library see it otherwise, the page still has the figures' table.
    if drawn.is_ok() { themed(&svg, size, title, description) } else { String::new() }
}

/// Lettering of a size in the drawing's units.
pub(super) fn lettering(size: f64, colour: RGBColor, h: HPos) -> TextStyle<'static> {
    // The library takes the em square for 1.24 times the size.
    ("sans-serif", size * 1.24).into_font().color(&colour).pos(Pos::new(h, VPos::Center))
}

/// The end of an axis and the step of its grid: round numbers, four or five lines.
pub(super) fn scale(highest: u64) -> (u64, u64) {
    let rough = (highest.max(4) as f64) / 4.0;
    let magnitude = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * magnitude).find(|step| *step >= rough).unwrap_or(rough);
    let step = (step as u64).max(1);
    (highest.max(1).div_ceil(step) * step, step)
}

/// Replaces the stand-in colours, and the fixed size by a viewBox with a name.
fn themed(svg: &str, (width, height): (u32, u32), title: &str, description: &str) -> String {
    let mut themed = svg.to_owned();
    for (RGBColor(r, g, b), class, paint, more) in ROLES {
        let colour = format!("#{r:02X}{g:02X}{b:02X}");
        for attribute in ["fill", "stroke"] {
            themed = themed.replace(&format!("{attribute}=\"{colour}\""), &format!("class=\"{class}\" {attribute}=\"{paint}\"{more}"));
        }
    }
    let label = if description.is_empty() { title.to_owned() } else { format!("{title} {description}") };
    let head = format!(
        r#"<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{label}" xmlns="http://www.w3.org/2000/svg"><title>{title}</title>"#
    );
    let described = if description.is_empty() { String::new() } else { format!("<desc>{description}</desc>") };
    match themed.find('>') {
        Some(end) if themed.starts_with("<svg") => head + &described + &themed[end + 1..],
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn every_part_has_a_class_and_a_colour_of_the_theme() {
        let svg = svg((40, 40), "A line.", "It rises.", |area| area.draw(&PathElement::new([(0, 40), (40, 0)], LINE)));
        assert!(svg.starts_with("<svg class=\"chart\" viewBox=\"0 0 40 40\" role=\"img\" aria-label=\"A line. It rises.\""));
        assert!(svg.contains("<title>A line.</title><desc>It rises.</desc>"));
        assert!(svg.contains("class=\"chart-line\" stroke=\"var(--accent, #3a55d9)\""), "{svg}");
        assert!(!svg.contains("#0"), "a stand-in was left: {svg}");
    }
}
