//! How predictions and outcomes went along, window by window.

use plotters::{prelude::*, style::text_anchor::HPos};

use super::drawing::{AXIS, Area, Drawn, GRID, INTERVAL, LINE, REFERENCE, TEXT, lettering, svg};
use crate::domain::models::CalibrationPoint;

/// Drawing units in one unit of layout.
const FINE: f64 = 4.0;
/// In units of layout.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = HEIGHT - 26.0;
/// Dates below the axis, at most.
const DATES: usize = 6;

fn fine(units: f64) -> i32 {
    (units * FINE).round() as i32
}

/// The share won (the line, with its 95 % intervals) and the mean probability (dashed) of the deals that closed in each window; empty for
/// fewer than two windows.
pub fn rolling_calibration(points: &[CalibrationPoint]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let span = (last.until - first.until).num_seconds() as f64;
    if span <= 0.0 {
        return String::new();
    }
    let x = |point: &CalibrationPoint| LEFT + (RIGHT - LEFT) * (point.until - first.until).num_seconds() as f64 / span;
    let y = |share: f64| BOTTOM - (BOTTOM - TOP) * share;
    let at = |point: &CalibrationPoint, share: f64| (fine(x(point)), fine(y(share)));
    let latest = last.calibration;
    let title = format!(
        "Predicted and won, six weeks at a time; lately {:.0}% were predicted and {:.0}% won.",
        latest.predicted * 100.0,
        latest.observed * 100.0
    );
    svg((fine(WIDTH) as u32, fine(HEIGHT) as u32), &title, "The line is the share won, the dashed one what was predicted.", |area| {
        grid(area)?;
        for point in points {
            let interval = [at(point, point.calibration.observed_low), at(point, point.calibration.observed_high)];
            area.draw(&PathElement::new(interval, INTERVAL.mix(0.5).stroke_width(fine(1.5) as u32)))?;
        }
        let predicted: Vec<(i32, i32)> = points.iter().map(|point| at(point, point.calibration.predicted)).collect();
        let observed: Vec<(i32, i32)> = points.iter().map(|point| at(point, point.calibration.observed)).collect();
        area.draw(&PathElement::new(predicted, REFERENCE.stroke_width(fine(1.5) as u32)))?;
        area.draw(&PathElement::new(observed, LINE.stroke_width(fine(2.0) as u32)))?;
        for point in points.iter().step_by(points.len().div_ceil(DATES)) {
            let date = point.until.format("%-d %b %y").to_string();
            area.draw(&Text::new(date, (fine(x(point)), fine(BOTTOM + 14.0)), lettering(10.5 * FINE, TEXT, HPos::Center)))?;
        }
        Ok(())
    })
}

fn grid(area: &Area) -> Drawn {
    for percent in (0..=100u8).step_by(25) {
        let y = fine(BOTTOM - (BOTTOM - TOP) * f64::from(percent) / 100.0);
        let line = if percent == 0 { AXIS } else { GRID };
        area.draw(&PathElement::new([(fine(LEFT), y), (fine(RIGHT), y)], line.stroke_width(FINE as u32)))?;
        area.draw(&Text::new(format!("{percent}%"), (fine(LEFT - 7.0), y), lettering(11.0 * FINE, TEXT, HPos::Right)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Utc};

    use super::*;
    use crate::{ai::learning::rolling, domain::models::JudgedPrediction};

    #[test]
    fn two_windows_make_a_chart_and_one_does_not() {
        let now = Utc::now();
        let judged: Vec<JudgedPrediction> =
            (0..60).map(|n| JudgedPrediction { at: now - TimeDelta::days(n), probability: 0.25, won: n % 4 == 0 }).collect();
        let svg = rolling_calibration(&rolling(&judged, now));
        assert!(svg.contains("lately 25% were predicted") && svg.contains("chart-reference"), "{svg}");
        assert_eq!(rolling_calibration(&[]), "");
        assert_eq!(rolling_calibration(&rolling(&judged[..1], now)), "");
    }
}
