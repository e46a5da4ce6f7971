//! Won and lost deals over time.

use plotters::{prelude::*, style::text_anchor::HPos};

use super::drawing::{AXIS, Area, BAR, Drawn, GRID, LOST, TEXT, VALUE, lettering, scale, svg};

/// The drawing's size in its own units; on the page it fills the width it is given.
const SIZE: (u32, u32) = (720, 250);
const LETTERS: f64 = 10.5;
/// Names of stretches that fit below the axis, and figures above the bars.
const NAMES: usize = 8;
const FIGURES: usize = 24;

/// Won and lost deals by stretch of time: (name, won, lost). Won deals stand at the bottom of each bar, the share won above it.
pub fn wins_and_losses(spans: &[(&str, u64, u64)]) -> String {
    let (won, lost) = spans.iter().fold((0, 0), |sum, span| (sum.0 + span.1, sum.1 + span.2));
    let title = format!("Won and lost deals over time: {won} won, {lost} lost.");
    svg(SIZE, &title, "The number above a bar is the share won, in per cent.", |area| draw(spans, area))
}

fn draw(spans: &[(&str, u64, u64)], area: &Area) -> Drawn {
    let (left, right, top, bottom) = (40i32, SIZE.0 as i32 - 12, 24i32, SIZE.1 as i32 - 28);
    let (highest, step) = scale(spans.iter().map(|(_, won, lost)| won + lost).max().unwrap_or(0));
    let y = |deals: u64| bottom - ((bottom - top) as f64 * deals as f64 / highest as f64).round() as i32;
    let x = |place: usize| left + ((right - left) as f64 * place as f64 / spans.len().max(1) as f64).round() as i32;
    for deals in (0..=highest).step_by(step as usize) {
        let line = if deals == 0 { AXIS } else { GRID };
        area.draw(&PathElement::new([(left, y(deals)), (right, y(deals))], line))?;
        area.draw(&Text::new(deals.to_string(), (left - 8, y(deals)), lettering(LETTERS, TEXT, HPos::Right)))?;
    }
    let every = spans.len().div_ceil(NAMES).max(1);
    for (place, (name, won, lost)) in spans.iter().enumerate() {
        let (from, to) = (x(place), x(place + 1));
        let gap = ((to - from) / 6).clamp(1, 14);
        if *won > 0 {
            area.draw(&Rectangle::new([(from + gap, y(*won)), (to - gap, bottom)], BAR.filled()))?;
        }
        if *lost > 0 {
            area.draw(&Rectangle::new([(from + gap, y(won + lost)), (to - gap, y(*won))], LOST.filled()))?;
        }
        let middle = (from + to) / 2;
        if won + lost > 0 && spans.len() <= FIGURES {
            let rate = format!("{:.0}", 100.0 * *won as f64 / (won + lost) as f64);
            area.draw(&Text::new(rate, (middle, y(won + lost) - 9), lettering(LETTERS, VALUE, HPos::Center)))?;
        }
        // The newest has its name, and from there every so many.
        if (spans.len() - 1 - place).is_multiple_of(every) {
            area.draw(&Text::new((*name).to_owned(), (middle, bottom + 15), lettering(LETTERS, TEXT, HPos::Center)))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_for_what_there_is() {
        let svg = wins_and_losses(&[("Jan 2026", 3, 0), ("Feb 2026", 0, 0), ("Mar 2026", 2, 4)]);
        assert_eq!(svg.matches("class=\"chart-bar\"").count(), 2);
        assert_eq!(svg.matches("class=\"chart-lost\"").count(), 1);
        assert!(svg.contains("5 won, 4 lost"));
        assert!(svg.contains("33") && svg.contains("Mar 2026"));
        assert!(!svg.contains("#0"), "a stand-in was left: {svg}");
        assert!(wins_and_losses(&[]).contains("0 won, 0 lost"));
    }
}
