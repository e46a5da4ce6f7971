//! The interval of a probability.

use serde::{Deserialize, Serialize};

use super::{
    Outcomes,
    groups::{Block, groups},
};

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

    use super::{
        super::{groups::MAX_GROUPS, tests::drawn},
        *,
    };
    use crate::ai::learner::sigmoid;

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
