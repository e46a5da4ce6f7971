//! Curves over all thresholds, and lift.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::judged::Tie;
use crate::domain::models::{CurvePoint, LiftRow};

/// Points of a curve at most: more than a chart can show.
const MAX_POINTS: usize = 101;
const TENTHS: usize = 10;

/// False against true positive rate, from (0, 0) to (1, 1); empty unless there are both outcomes.
pub(super) fn roc(ties: &[Tie]) -> Vec<CurvePoint> {
    let (won, lost) = totals(ties);
    if won <= 0.0 || lost <= 0.0 {
        return Vec::new();
    }
    let mut points = vec![CurvePoint { x: 0.0, y: 0.0 }];
    points.extend(from_the_top(ties).map(|(true_won, false_won)| CurvePoint { x: share(false_won, lost), y: share(true_won, won) }));
    thinned(&points)
}

/// Recall against precision of won deals, from recall 0 (with the precision of the best rows) to 1; empty without won deals.
pub(super) fn precision_recall(ties: &[Tie]) -> Vec<CurvePoint> {
    let (won, _) = totals(ties);
    if won <= 0.0 {
        return Vec::new();
    }
    let mut points: Vec<CurvePoint> = from_the_top(ties)
        .filter(|(true_won, false_won)| true_won + false_won > 0.0)
        .map(|(true_won, false_won)| CurvePoint { x: share(true_won, won), y: share(true_won, true_won + false_won) })
        .collect();
    if let Some(first) = points.first().copied() {
        points.insert(0, CurvePoint { x: 0.0, y: first.y });
    }
    thinned(&points)
}

/// Tenths of the deals by weight, best predictions first. Rows of one probability are spread evenly over the tenths they reach
/// into, so that their order does not matter. Empty without rows.
pub(super) fn lift(ties: &[Tie]) -> Vec<LiftRow> {
    let (won, lost) = totals(ties);
    let total = won + lost;
    if total <= 0.0 {
        return Vec::new();
    }
    // Deals and won deals down to each border, the top first.
    let borders: Vec<(f64, f64)> =
        (1..TENTHS).map(|tenth| total * tenth as f64 / TENTHS as f64).map(|deals| (deals, won_among(ties, deals))).collect();
    let ends: Vec<(f64, f64)> = [(0.0, 0.0)].into_iter().chain(borders).chain([(total, won)]).collect();
    let row = |(at, ends): (usize, &[(f64, f64)])| {
        let (deals, won_here) = (ends[1].0 - ends[0].0, ends[1].1 - ends[0].1);
        let win_rate = share(won_here, deals);
        LiftRow {
            tenth: at as u8 + 1,
            deals,
            won: won_here,
            win_rate,
            lift: ratio_or_one(win_rate, won / total),
            captured: share(ends[1].1, won),
        }
    };
    ends.windows(2).enumerate().map(row).collect()
}

/// Won deals among the best `deals`.
fn won_among(ties: &[Tie], deals: f64) -> f64 {
    let (mut left, mut won) = (deals, 0.0);
    for tie in ties.iter().rev() {
        let taken = left.min(tie.weight());
        won += share(tie.won, tie.weight()) * taken;
        left -= taken;
        if left <= 0.0 {
            break;
        }
    }
    won
}

fn totals(ties: &[Tie]) -> (f64, f64) {
    ties.iter().fold((0.0, 0.0), |sum, tie| (sum.0 + tie.won, sum.1 + tie.lost))
}

/// Won and lost rows at or above each probability, the highest first.
fn from_the_top(ties: &[Tie]) -> impl Iterator<Item = (f64, f64)> {
    ties.iter().rev().scan((0.0, 0.0), |sum, tie| {
        *sum = (sum.0 + tie.won, sum.1 + tie.lost);
        Some(*sum)
    })
}

/// Within 0..=1 whatever the rounding of sums; 0 of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// No class to be found more often than by chance is a lift of 1.
fn ratio_or_one(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 1.0 }
}

/// A stretch of a curve between two points that are kept, with the point in it that is furthest from their line.
struct Stretch {
    from: usize,
    to: usize,
    furthest: usize,
    distance: f64,
}

impl Stretch {
    fn new(points: &[CurvePoint], from: usize, to: usize) -> Self {
        let (a, b) = (points[from], points[to]);
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let length = dx.hypot(dy);
        let distance = |at: usize| {
            let (x, y) = (points[at].x - a.x, points[at].y - a.y);
            if length > 0.0 { (dx * y - dy * x).abs() / length } else { x.hypot(y) }
        };
        let mut stretch = Self { from, to, furthest: from, distance: 0.0 };
        for at in from + 1..to {
            let distance = distance(at);
            if distance > stretch.distance {
                (stretch.furthest, stretch.distance) = (at, distance);
            }
        }
        stretch
    }
}

impl Ord for Stretch {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.total_cmp(&other.distance).then(other.from.cmp(&self.from))
    }
}

impl PartialOrd for Stretch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Stretch {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Stretch {}

/// The ends and the points that matter most to the shape (Douglas and Peucker 1973, furthest point first).
fn thinned(points: &[CurvePoint]) -> Vec<CurvePoint> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let mut kept = vec![0, points.len() - 1];
    let mut stretches = BinaryHeap::from([Stretch::new(points, 0, points.len() - 1)]);
    while kept.len() < MAX_POINTS {
        // What lies on the line up to rounding adds nothing.
        let Some(Stretch { from, to, furthest, .. }) = stretches.pop().filter(|stretch| stretch.distance > 1e-9) else { break };
        kept.push(furthest);
        stretches.push(Stretch::new(points, from, furthest));
        stretches.push(Stretch::new(points, furthest, to));
    }
    kept.sort_unstable();
    kept.into_iter().map(|at| points[at]).collect()
}
