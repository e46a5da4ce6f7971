//! From margins to probabilities one can trust, learned from out-of-fold margins: of deals the model had not learned from.

use serde::{Deserialize, Serialize};

use super::learner::{log_loss, sigmoid};

/// Newton steps of [`Platt::fit`], at most, and halvings of each.
const MAX_STEPS: usize = 100;
const MAX_HALVINGS: usize = 40;

/// Margins with what happened; all three have one value per row.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'a> {
    /// Log-odds.
    pub margin: &'a [f64],
    pub won: &'a [bool],
    pub weight: &'a [f64],
}

impl Outcomes<'_> {
    fn class_weight(&self, won: bool) -> f64 {
        self.won.iter().zip(self.weight).filter(|(outcome, _)| **outcome == won).map(|(_, weight)| weight).sum()
    }
}

/// Platt scaling (Platt 1999): probability = sigmoid(slope × margin + offset). Of single precision, which any JSON parser
/// carries exactly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    slope: f32,
    offset: f32,
}

impl Platt {
    /// Newton's method with backtracking on targets smoothed by the prior (Lin, Lin & Weng 2007). A slope is never negative:
    /// margins that rank deals the wrong way round calibrate to the base rate.
    pub fn fit(outcomes: Outcomes) -> Self {
        let (slope, offset) = newton(outcomes, true);
        let (slope, offset) = if slope >= 0.0 { (slope, offset) } else { newton(outcomes, false) };
        Self { slope: slope as f32, offset: offset as f32 }
    }

    pub fn probability(&self, margin: f64) -> f64 {
        sigmoid(self.calibrated_margin(margin))
    }

    /// The probability in log-odds.
    pub fn calibrated_margin(&self, margin: f64) -> f64 {
        f64::from(self.slope) * margin + f64::from(self.offset)
    }

    /// Log-odds of the calibrated margin per log-odds of the model's.
    pub fn slope(&self) -> f64 {
        f64::from(self.slope)
    }

    /// Checks values that were read from outside.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.slope.is_finite() && self.slope >= 0.0 && self.offset.is_finite() { Ok(()) } else { Err("slope or offset out of range") }
    }
}

/// Slope (0 unless `with_slope`) and offset with the least log-loss.
fn newton(outcomes: Outcomes, with_slope: bool) -> (f64, f64) {
    let (won, lost) = (outcomes.class_weight(true), outcomes.class_weight(false));
    let target = |is_won: bool| if is_won { (won + 1.0) / (won + 2.0) } else { 1.0 / (lost + 2.0) };
    let x = |margin: f64| if with_slope { margin } else { 0.0 };
    let rows = || outcomes.margin.iter().zip(outcomes.won).zip(outcomes.weight);
    let loss = |slope: f64, offset: f64| -> f64 {
        let row = |((margin, is_won), weight): ((&f64, &bool), &f64)| {
            let z = slope * x(*margin) + offset;
            // -t ln p - (1 - t) ln(1 - p).
            weight * (log_loss(z, false) - target(*is_won) * z)
        };
        rows().map(row).sum()
    };
    let (mut slope, mut offset) = (0.0, ((won + 1.0) / (lost + 1.0)).ln());
    let mut present = loss(slope, offset);
    for _ in 0..MAX_STEPS {
        // The ridge keeps the system solvable when all margins are alike.
        let (mut h11, mut h22, mut h21) = (1e-9, 1e-9, 0.0);
        let (mut g1, mut g2) = (0.0, 0.0);
        for ((margin, is_won), weight) in rows() {
            let m = x(*margin);
            let p = sigmoid(slope * m + offset);
            let (d1, d2) = (weight * (p - target(*is_won)), weight * p * (1.0 - p));
            h11 += m * m * d2;
            h21 += m * d2;
            h22 += d2;
            g1 += m * d1;
            g2 += d1;
        }
        if g1.abs() < 1e-7 && g2.abs() < 1e-7 {
            break;
        }
        let determinant = h11 * h22 - h21 * h21;
        let (step1, step2) = (-(h22 * g1 - h21 * g2) / determinant, -(h11 * g2 - h21 * g1) / determinant);
        let slant = g1 * step1 + g2 * step2;
        let mut length = 1.0;
        let better = (0..MAX_HALVINGS).find_map(|_| {
            let (new_slope, new_offset) = (slope + length * step1, offset + length * step2);
            let new = loss(new_slope, new_offset);
            let enough = new < present + 1e-4 * length * slant;
            length /= 2.0;
            enough.then_some((new_slope, new_offset, new))
        });
        let Some((new_slope, new_offset, new)) = better else { break };
        (slope, offset, present) = (new_slope, new_offset, new);
    }
    (slope, offset)
}

/// Calibration points kept apart; more are put into groups of equal weight.
const MAX_GROUPS: usize = 1_000;

/// Inductive Venn–Abers predictor (Vovk & Petej 2014): what isotonic regression says of a deal if it were lost, and if it were
/// won. The true probability is one of the two; how far they are apart says how much is known around this margin.
///
/// Margins and probabilities are of single precision, which any JSON parser carries exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VennAbers {
    /// Groups of calibration margins, by their lowest and highest; increasing.
    groups: Vec<(f32, f32)>,
    /// The interval at each place: below the first group, in it, between it and the second, …, above the last.
    intervals: Vec<(f32, f32)>,
}

impl VennAbers {
    /// A deal to be judged weighs 1.
    pub fn fit(outcomes: Outcomes) -> Self {
        let points = groups(outcomes);
        let blocks: Vec<Block> = points.iter().map(|point| point.block).collect();
        let left = Staircase::new(blocks.iter().copied(), |below, block| below.mean() >= block.mean());
        let right = Staircase::new(blocks.iter().rev().copied(), |above, block| above.mean() <= block.mean());
        let count = points.len();
        let interval = |place: usize| {
            // Groups below and above this place, and the one that the deal falls into.
            let (below, above) = (place / 2, count - place.div_ceil(2));
            let own = if place % 2 == 1 { blocks[place / 2] } else { Block::default() };
            let judged = |won: f64| pool(own.with(Block { won, weight: 1.0 }), left.after(below), right.after(above)).mean() as f32;
            (judged(0.0), judged(1.0))
        };
        Self { groups: points.iter().map(|point| (point.low, point.high)).collect(), intervals: (0..=2 * count).map(interval).collect() }
    }

    /// Lowest and highest probability at this margin.
    pub fn interval(&self, margin: f64) -> (f64, f64) {
        let margin = margin as f32;
        let below = self.groups.partition_point(|(_, high)| *high < margin);
        let inside = self.groups.get(below).is_some_and(|(low, _)| *low <= margin);
        let (low, high) = self.intervals.get(2 * below + usize::from(inside)).copied().unwrap_or((0.0, 1.0));
        (f64::from(low), f64::from(high))
    }

    /// Checks values that were read from outside.
    pub fn check(&self) -> Result<(), &'static str> {
        let margins: Vec<f32> = self.groups.iter().flat_map(|(low, high)| [*low, *high]).collect();
        if self.intervals.len() != 2 * self.groups.len() + 1 {
            return Err("intervals do not fit the groups");
        }
        if !margins.iter().all(|margin| margin.is_finite()) || !margins.is_sorted() {
            return Err("margins out of order");
        }
        if !self.intervals.iter().all(|(low, high)| (0.0..=1.0).contains(low) && (*low..=1.0).contains(high)) {
            return Err("an interval out of range");
        }
        Ok(())
    }
}

/// Rows that share one probability.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    won: f64,
    weight: f64,
}

impl Block {
    fn mean(self) -> f64 {
        self.won / self.weight
    }

    fn with(self, other: Self) -> Self {
        Self { won: self.won + other.won, weight: self.weight + other.weight }
    }
}

struct Group {
    low: f32,
    high: f32,
    block: Block,
}

/// Equal margins together; if that leaves too many, neighbours too.
fn groups(outcomes: Outcomes) -> Vec<Group> {
    let mut rows: Vec<(f32, Block)> = outcomes
        .margin
        .iter()
        .zip(outcomes.won)
        .zip(outcomes.weight)
        .map(|((margin, won), weight)| (*margin as f32, Block { won: if *won { *weight } else { 0.0 }, weight: *weight }))
        .filter(|(margin, _)| margin.is_finite())
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut distinct: Vec<Group> = Vec::new();
    for (margin, block) in rows {
        match distinct.last_mut() {
            Some(last) if last.high == margin => last.block = last.block.with(block),
            _ => distinct.push(Group { low: margin, high: margin, block }),
        }
    }
    if distinct.len() <= MAX_GROUPS {
        return distinct;
    }
    let share = distinct.iter().map(|group| group.block.weight).sum::<f64>() / MAX_GROUPS as f64;
    let mut seen = 0.0;
    let mut grouped: Vec<Group> = Vec::new();
    let mut present = usize::MAX;
    for group in distinct {
        // The share in which the group's middle lies.
        let index = ((seen + group.block.weight / 2.0) / share) as usize;
        seen += group.block.weight;
        match grouped.last_mut() {
            Some(last) if index == present => {
                last.high = group.high;
                last.block = last.block.with(group.block);
            }
            _ => grouped.push(group),
        }
        present = index;
    }
    grouped
}

/// Isotonic regression (pool adjacent violators) of all beginnings of a sequence: a step keeps pointing at the one before it,
/// so each beginning's steps stay readable.
struct Staircase {
    /// A step and the one before it.
    steps: Vec<(Block, Option<usize>)>,
}

impl Staircase {
    fn new(blocks: impl Iterator<Item = Block>, violates: impl Fn(Block, Block) -> bool) -> Self {
        let mut steps: Vec<(Block, Option<usize>)> = Vec::new();
        for mut block in blocks {
            let mut before = steps.len().checked_sub(1);
            while let Some((step, earlier)) = before.map(|index| steps[index]).filter(|(step, _)| violates(*step, block)) {
                block = block.with(step);
                before = earlier;
            }
            steps.push((block, before));
        }
        Self { steps }
    }

    /// The steps after `count` blocks, last first.
    fn after(&self, count: usize) -> impl Iterator<Item = Block> {
        let mut next = count.checked_sub(1);
        std::iter::from_fn(move || {
            let (step, before) = self.steps[next?];
            next = before;
            Some(step)
        })
    }
}

/// The step that `block` ends in between the steps below and above it.
fn pool(mut block: Block, below: impl Iterator<Item = Block>, above: impl Iterator<Item = Block>) -> Block {
    let (mut below, mut above) = (below.peekable(), above.peekable());
    loop {
        if let Some(step) = below.next_if(|step| step.mean() >= block.mean()) {
            block = block.with(step);
        } else if let Some(step) = above.next_if(|step| step.mean() <= block.mean()) {
            block = block.with(step);
        } else {
            return block;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn drawn(rows: usize, slope: f64, offset: f64) -> (Vec<f64>, Vec<bool>) {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let margins: Vec<f64> = (0..rows).map(|_| rng.random_range(-3.0..3.0)).collect();
        let won = margins.iter().map(|margin| rng.random_bool(sigmoid(slope * margin + offset))).collect();
        (margins, won)
    }

    #[test]
    fn platt_finds_the_line_behind_the_outcomes() {
        let (margin, won) = drawn(20_000, 0.6, -1.0);
        let platt = Platt::fit(Outcomes { margin: &margin, won: &won, weight: &vec![1.0; 20_000] });
        assert!((platt.slope() - 0.6).abs() < 0.05 && (platt.calibrated_margin(0.0) + 1.0).abs() < 0.05, "{platt:?}");
    }

    #[test]
    fn platt_never_turns_the_order_round() {
        let (margin, won) = drawn(2_000, -0.8, 0.3);
        let platt = Platt::fit(Outcomes { margin: &margin, won: &won, weight: &vec![0.5; 2_000] });
        let rate = won.iter().filter(|won| **won).count() as f64 / 2_000.0;
        assert!((platt.probability(2.0) - rate).abs() < 0.01 && platt.slope() == 0.0);
    }

    #[test]
    fn platt_stays_off_certainty_where_margins_separate() {
        let margin: Vec<f64> = (0..20).map(|i| f64::from(i) - 9.5).collect();
        let won: Vec<bool> = (0..20).map(|i| i >= 10).collect();
        let p = Platt::fit(Outcomes { margin: &margin, won: &won, weight: &[1.0; 20] }).probability(9.5);
        assert!(p > 0.9 && p < 0.999, "{p}");
        let none = Platt::fit(Outcomes { margin: &[], won: &[], weight: &[] });
        assert_eq!(none.probability(3.0), 0.5);
    }

    /// Isotonic regression by its minimax formula, at one point.
    fn isotonic(points: &[(f64, f64, f64)], at: f64) -> f64 {
        let mean = |from: f64, to: f64| {
            let inside = || points.iter().filter(|(x, ..)| *x >= from && *x <= to);
            inside().map(|(_, y, w)| y * w).sum::<f64>() / inside().map(|(.., w)| w).sum::<f64>()
        };
        let ends = || points.iter().map(|(x, ..)| *x);
        let lowest = |from: f64| ends().filter(|to| *to >= at).map(|to| mean(from, to)).fold(f64::INFINITY, f64::min);
        ends().filter(|from| *from <= at).map(lowest).fold(0.0, f64::max)
    }

    proptest! {
        #[test]
        fn intervals_are_those_of_the_definition(rows in prop::collection::vec((0u8..12, any::<bool>(), 1u8..4), 0..30), at in 0u8..25) {
            let margin: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let won: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.2) / 2.0).collect();
            let fitted = VennAbers::fit(Outcomes { margin: &margin, won: &won, weight: &weight });
            prop_assert_eq!(fitted.check(), Ok(()));
            let at = f64::from(at) / 2.0 - 0.5;
            let (low, high) = fitted.interval(at);
            for (outcome, found) in [(0.0, low), (1.0, high)] {
                let mut points: Vec<_> = (0..rows.len()).map(|i| (margin[i], f64::from(u8::from(won[i])), weight[i])).collect();
                points.push((at, outcome, 1.0));
                prop_assert!((isotonic(&points, at) - found).abs() < 1e-6, "{} {}", isotonic(&points, at), found);
            }
        }
    }

    #[test]
    fn intervals_are_narrow_where_much_is_known() {
        let (margin, won) = drawn(20_000, 1.0, 0.0);
        let fitted = VennAbers::fit(Outcomes { margin: &margin, won: &won, weight: &vec![1.0; 20_000] });
        assert!(fitted.groups.len() <= MAX_GROUPS + 1, "{}", fitted.groups.len());
        let few = VennAbers::fit(Outcomes { margin: &margin[..200], won: &won[..200], weight: &[1.0; 200] });
        let mut last = 0.0;
        for step in -30..=30 {
            let at = f64::from(step) / 10.0;
            let (low, high) = fitted.interval(at);
            assert!(low <= high && low >= last, "intervals rise with the margin");
            assert!(low - 0.06 < sigmoid(at) && sigmoid(at) < high + 0.06, "{at}: {low} {high}");
            last = low;
        }
        let width = |fitted: &VennAbers| fitted.interval(0.05).1 - fitted.interval(0.05).0;
        assert!(width(&fitted) < width(&few));
    }
}
