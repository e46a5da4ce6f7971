//! How good a model is, as charts.

use plotters::{prelude::*, style::text_anchor::HPos};

use super::drawing::{AXIS, Area, BAR, Drawn, GRID, INTERVAL, LINE, REFERENCE, TEXT, VALUE, lettering, scale, svg};
use crate::domain::{
    models::{CurvePoint, LiftRow, ReliabilityBin},
    report::Chart,
};

/// Drawing units in one unit of layout: the library draws at whole numbers only, which shows in curves.
const FINE: f64 = 4.0;
/// In units of layout. So narrow that the lettering stays readable on a phone.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 300.0;
const LETTERS: f64 = 12.0;
const SMALL_LETTERS: f64 = 10.5;

/// The chart of a report's figure.
pub fn of_report(chart: &Chart) -> String {
    match chart {
        Chart::Roc(points, auc) => roc(points, *auc),
        Chart::PrecisionRecall(points, base_rate) => precision_recall(points, *base_rate),
        Chart::Reliability(bins) => reliability(bins),
        Chart::Lift(rows) => lift(rows),
    }
}

/// The curve of false against true positive rates, with the diagonal that chance would give.
fn roc(points: &[CurvePoint], auc: Option<f64>) -> String {
    let plot = Plot::new(100.0, 18.0);
    let description = "How many of the won deals are found, against how many of the lost ones are taken for won, over all thresholds.";
    let title = auc.map_or_else(|| "ROC curve.".to_owned(), |auc| format!("ROC curve, AUC {auc:.2}."));
    plot.svg(&title, description, |area| {
        plot.percent_axes(area, "Lost deals taken for won", "Won deals found")?;
        plot.reference(area, [(0.0, 0.0), (100.0, 100.0)])?;
        plot.text(area, (64.0, 56.0), "by chance", TEXT, HPos::Left)?;
        plot.curve(area, points)?;
        let auc = auc.map_or(String::new(), |auc| format!("AUC {auc:.2}"));
        plot.text(area, (97.0, 8.0), &auc, VALUE, HPos::Right)
    })
}

/// The curve of recall against precision of won deals, with the precision of calling every deal won.
fn precision_recall(points: &[CurvePoint], base_rate: Option<f64>) -> String {
    let plot = Plot::new(100.0, 18.0);
    let description = "How many of the deals called won are won, against how many of the won deals are found, over all thresholds.";
    plot.svg("Precision and recall of won deals.", description, |area| {
        plot.percent_axes(area, "Won deals found (recall)", "Of those called won, won (precision)")?;
        if let Some(rate) = base_rate.map(|rate| rate * 100.0) {
            plot.reference(area, [(0.0, rate), (100.0, rate)])?;
            let beside = if rate < 12.0 { rate + 6.0 } else { rate - 6.0 };
            plot.text(area, (2.0, beside), &format!("all deals: {rate:.0}%"), TEXT, HPos::Left)?;
        }
        plot.curve(area, points)
    })
}

/// What was predicted against what happened. The line where both agree is dashed; each dot has its 95 % interval, and below stands
/// how many deals it speaks for.
fn reliability(bins: &[ReliabilityBin]) -> String {
    let plot = Plot::new(100.0, 34.0);
    let description = "Of deals with like predictions, the share that was won; on the dashed line both agree.";
    plot.svg("Calibration.", description, |area| {
        plot.percent_axes(area, "Predicted win probability", "Share won")?;
        plot.reference(area, [(0.0, 0.0), (100.0, 100.0)])?;
        for bin in bins {
            let (x, y) = (bin.predicted * 100.0, bin.observed * 100.0);
            let interval = [plot.at(x, bin.low * 100.0), plot.at(x, bin.high * 100.0)];
            area.draw(&PathElement::new(interval, INTERVAL.mix(0.7).stroke_width(fine(1.5) as u32)))?;
            area.draw(&Circle::new(plot.at(x, y), fine(4.0), LINE.filled()))?;
            let middle = plot.at((bin.from + bin.to) * 50.0, 0.0).0;
            area.draw(&Text::new(short_count(bin.deals), (middle, plot.below(31.0)), small(TEXT, HPos::Center)))?;
        }
        area.draw(&Text::new("deals", (fine(plot.left - 7.0), plot.below(31.0)), small(TEXT, HPos::Right)))
    })
}

/// The win rate of each tenth of the deals, best predictions first, with the win rate of all.
fn lift(rows: &[LiftRow]) -> String {
    let highest = rows.iter().map(|row| row.win_rate * 100.0).fold(0.0, f64::max);
    let (end, step) = scale(highest.ceil() as u64);
    let plot = Plot::new((end as f64).min(100.0).max(highest), 18.0);
    let (won, deals) = rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.won, sum.1 + row.deals));
    let description = match rows {
        [best, .., worst] => {
            format!("Of the best tenth {:.0}% were won, of the last {:.0}%.", best.win_rate * 100.0, worst.win_rate * 100.0)
        }
        _ => String::new(),
    };
    plot.svg("Win rate by tenths of the deals, best predictions first.", &description, |area| {
        plot.grid(area, step)?;
        plot.titles(area, "Tenths of the deals, best predictions first", "Share won")?;
        let all = (deals > 0.0).then(|| won / deals * 100.0);
        if let Some(rate) = all {
            plot.reference(area, [(0.0, rate), (100.0, rate)])?;
            area.draw(&Text::new(format!("dashed: all deals, {rate:.0}%"), (fine(plot.right), fine(10.0)), letters(TEXT, HPos::Right)))?;
        }
        for row in rows {
            let (from, to) = (f64::from(row.tenth) * 10.0 - 10.0, f64::from(row.tenth) * 10.0);
            let ((left, top), (right, bottom)) = (plot.at(from + 1.2, row.win_rate * 100.0), plot.at(to - 1.2, 0.0));
            if row.won > 0.0 {
                area.draw(&Rectangle::new([(left, top.min(bottom - fine(1.0))), (right, bottom)], BAR.filled()))?;
            }
            let middle = (left + right) / 2;
            let value_at = clear_of(all.map(|rate| plot.at(0.0, rate).1), top - fine(8.0));
            area.draw(&Text::new(format!("{:.0}", row.win_rate * 100.0), (middle, value_at), small(VALUE, HPos::Center)))?;
            area.draw(&Text::new(row.tenth.to_string(), (middle, plot.below(15.0)), letters(TEXT, HPos::Center)))?;
        }
        Ok(())
    })
}

/// The height for a figure that would stand at `at`, moved above a line that would strike it through.
fn clear_of(line: Option<i32>, at: i32) -> i32 {
    line.filter(|line| (line - at).abs() < fine(7.0)).map_or(at, |line| line - fine(8.0))
}

/// Layout to drawing units.
fn fine(units: f64) -> i32 {
    (units * FINE).round() as i32
}

fn letters(colour: RGBColor, h: HPos) -> TextStyle<'static> {
    lettering(LETTERS * FINE, colour, h)
}

fn small(colour: RGBColor, h: HPos) -> TextStyle<'static> {
    lettering(SMALL_LETTERS * FINE, colour, h)
}

/// "7", "940", "1.2k", "34k": room is scarce below a diagram.
fn short_count(deals: f64) -> String {
    let deals = if deals < 0.5 { deals } else { deals.round() };
    match deals {
        0.0..0.5 => "<1".into(),
        0.5..1_000.0 => format!("{deals:.0}"),
        1_000.0..9_950.0 => format!("{:.1}k", deals / 1_000.0),
        _ => format!("{:.0}k", deals / 1_000.0),
    }
}

/// A field from 0 to 100 % across, and from 0 to `end` % upwards.
struct Plot {
    end: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Plot {
    /// `below` is the room for what stands below the axis, apart from its title.
    fn new(end: f64, below: f64) -> Self {
        Self { end, left: 44.0, right: WIDTH - 18.0, top: 32.0, bottom: HEIGHT - below - 28.0 }
    }

    fn svg(&self, title: &str, description: &str, draw: impl FnOnce(&Area) -> Drawn) -> String {
        svg((fine(WIDTH) as u32, fine(HEIGHT) as u32), title, description, draw)
    }

    /// Where a point in per cent lies.
    fn at(&self, x: f64, y: f64) -> (i32, i32) {
        let share = if self.end > 0.0 { y / self.end } else { 0.0 };
        (fine(self.left + (self.right - self.left) * x / 100.0), fine(self.bottom - (self.bottom - self.top) * share))
    }

    fn below(&self, units: f64) -> i32 {
        fine(self.bottom + units)
    }

    fn text(&self, area: &Area, (x, y): (f64, f64), text: &str, colour: RGBColor, h: HPos) -> Drawn {
        area.draw(&Text::new(text.to_owned(), self.at(x, y), letters(colour, h)))
    }

    /// Horizontal lines with their per cent.
    fn grid(&self, area: &Area, step: u64) -> Drawn {
        for percent in (0..=self.end as u64).step_by(step.max(1) as usize) {
            let line = if percent == 0 { AXIS } else { GRID };
            let (from, to) = (self.at(0.0, percent as f64), self.at(100.0, percent as f64));
            area.draw(&PathElement::new([from, to], line.stroke_width(FINE as u32)))?;
            area.draw(&Text::new(format!("{percent}%"), (from.0 - fine(7.0), from.1), letters(TEXT, HPos::Right)))?;
        }
        Ok(())
    }

    fn titles(&self, area: &Area, x: &str, y: &str) -> Drawn {
        area.draw(&Text::new(y.to_owned(), (fine(8.0), fine(10.0)), letters(TEXT, HPos::Left)))?;
        let middle = self.at(50.0, 0.0).0;
        area.draw(&Text::new(x.to_owned(), (middle, fine(HEIGHT - 10.0)), letters(TEXT, HPos::Center)))
    }

    fn percent_axes(&self, area: &Area, x: &str, y: &str) -> Drawn {
        self.grid(area, 20)?;
        for percent in (0..=100u8).step_by(20) {
            let at = self.at(f64::from(percent), 0.0).0;
            area.draw(&Text::new(format!("{percent}%"), (at, self.below(15.0)), letters(TEXT, HPos::Center)))?;
        }
        self.titles(area, x, y)
    }

    /// A dashed line.
    fn reference(&self, area: &Area, [from, to]: [(f64, f64); 2]) -> Drawn {
        area.draw(&PathElement::new([self.at(from.0, from.1), self.at(to.0, to.1)], REFERENCE.stroke_width(FINE as u32)))
    }

    /// A curve of shares with the area below it.
    fn curve(&self, area: &Area, points: &[CurvePoint]) -> Drawn {
        let line: Vec<(i32, i32)> = points.iter().map(|point| self.at(point.x * 100.0, point.y * 100.0)).collect();
        let (Some(first), Some(last)) = (line.first(), line.last()) else { return Ok(()) };
        let floor = self.at(0.0, 0.0).1;
        let below = [(first.0, floor)].into_iter().chain(line.iter().copied()).chain([(last.0, floor)]);
        area.draw(&Polygon::new(below.collect::<Vec<_>>(), LINE.mix(0.1)))?;
        area.draw(&PathElement::new(line, LINE.stroke_width(fine(2.0) as u32)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(count: u32) -> Vec<CurvePoint> {
        let at = |i: u32| f64::from(i) / f64::from(count - 1);
        (0..count).map(|i| CurvePoint { x: at(i), y: at(i).sqrt() }).collect()
    }

    fn bin(from: f64, deals: f64) -> ReliabilityBin {
        ReliabilityBin { from, to: from + 0.1, deals, predicted: from + 0.05, observed: from + 0.06, low: from, high: from + 0.1 }
    }

    fn rows(rates: &[f64]) -> Vec<LiftRow> {
        let row = |(at, rate): (usize, &f64)| LiftRow {
            tenth: at as u8 + 1,
            deals: 10.0,
            won: rate * 10.0,
            win_rate: *rate,
            lift: 1.0,
            captured: 0.5,
        };
        rates.iter().enumerate().map(row).collect()
    }

    #[test]
    fn curves_say_what_they_show() {
        let svg = roc(&points(101), Some(0.812));
        assert!(svg.contains("<title>ROC curve, AUC 0.81.</title><desc>"));
        assert_eq!((svg.matches("<polygon").count(), svg.matches("chart-reference").count()), (1, 1));
        assert!(svg.contains(">\nAUC 0.81\n</text>") && svg.contains("stroke-dasharray"), "{svg}");
        assert!(precision_recall(&points(50), Some(0.226)).contains("all deals: 23%"));
    }

    #[test]
    fn a_dot_for_each_bin_with_its_deals() {
        let svg = reliability(&[bin(0.0, 940.0), bin(0.4, 1_234.0), bin(0.9, 0.3)]);
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("940") && svg.contains("1.2k") && svg.contains("&lt;1"), "{svg}");
    }

    #[test]
    fn a_bar_for_each_tenth_that_won_something() {
        let svg = lift(&rows(&[0.81, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.01, 0.0]));
        assert_eq!(svg.matches("chart-bar").count(), 9);
        assert!(svg.contains("Of the best tenth 81% were won, of the last 0%."));
        assert!(svg.contains("dashed: all deals, 30%"));
    }

    #[test]
    fn nothing_to_show_still_makes_a_chart() {
        for svg in [roc(&[], None), precision_recall(&[], None), reliability(&[]), lift(&[]), lift(&rows(&[0.0])), lift(&rows(&[f64::NAN]))]
        {
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        }
    }
}
