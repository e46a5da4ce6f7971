//! The best split of one column, from its histogram.
//!
//! Gain and leaf values are those of XGBoost (Chen & Guestrin 2016); categories are grouped as in LightGBM (Fisher 1958: sorted
//! by their mean gradient, the best two groups are neighbours), smoothed so that small categories do not lead.

use super::{
    histogram::{Histogram, Sum},
    params::BoostParams,
};
use crate::ai::learner::trees::{bins::MISSING, tree::BinSet};

/// Up to as many categories each is tried alone against the rest.
const ONE_AGAINST_REST: usize = 4;
/// Categories in the smaller group, at most.
const MAX_GROUP: usize = 32;

/// Hessians below this are what subtracting histograms leaves of nothing.
const NOTHING: f64 = 1e-9;

/// A way to divide a leaf.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// By how much the regularised loss falls, times two.
    pub gain: f64,
    pub column: usize,
    pub goes_left: BinSet,
    pub left: Sum,
}

/// The leaf to be divided.
#[derive(Debug, Clone, Copy)]
pub struct LeafSum {
    pub sum: Sum,
    /// Weight of the rows per hessian: histograms do not count rows, so the weight of a bin is estimated from its hessian.
    pub weight_per_hessian: f64,
}

/// Searches one column.
pub struct Search<'a> {
    pub params: &'a BoostParams,
    pub leaf: LeafSum,
    pub column: usize,
    pub histogram: &'a Histogram,
    pub bin_count: usize,
}

impl Search<'_> {
    pub fn best(&self, is_category: bool) -> Option<Split> {
        if is_category { self.best_categories() } else { self.best_cut() }
    }

    fn best_cut(&self) -> Option<Split> {
        let missing = self.histogram[usize::from(MISSING)];
        let mut best: Option<(f64, usize, bool, Sum)> = None;
        let mut try_cuts = |missing_left: bool, last: usize| {
            let mut left = if missing_left { missing } else { Sum::default() };
            for bin in 1..=last {
                let sum = self.histogram[bin];
                left = left.plus(sum);
                if sum.hessian > NOTHING
                    && let Some(gain) = self.gain(left, self.params.l2)
                    && best.as_ref().is_none_or(|(most, ..)| gain > *most)
                {
                    best = Some((gain, bin, missing_left, left));
                }
            }
        };
        let some_missing = missing.hessian > NOTHING;
        // With missing values on the right, the last cut divides known from missing.
        try_cuts(false, if some_missing { self.bin_count - 1 } else { self.bin_count.saturating_sub(2) });
        if some_missing {
            try_cuts(true, self.bin_count.saturating_sub(2));
        }
        let (gain, bin, missing_left, left) = best?;
        let mut goes_left = BinSet::from_range(1..=bin as u8);
        if if some_missing { missing_left } else { self.is_heavier(left) } {
            goes_left.insert(MISSING);
        }
        Some(Split { gain, column: self.column, goes_left, left })
    }

    /// Missing is a category like others. Categories without rows in this leaf go right, with "all others".
    fn best_categories(&self) -> Option<Split> {
        let seen: Vec<usize> = (0..self.bin_count).filter(|bin| self.histogram[*bin].hessian > NOTHING).collect();
        let (gain, left, group) =
            if seen.len() <= ONE_AGAINST_REST { self.best_single(&seen)? } else { self.best_group(self.sorted_by_gradient(seen))? };
        let mut goes_left = BinSet::default();
        group.iter().for_each(|bin| goes_left.insert(*bin as u8));
        if self.histogram[usize::from(MISSING)].hessian <= NOTHING && self.is_heavier(left) {
            goes_left.insert(MISSING);
        }
        Some(Split { gain, column: self.column, goes_left, left })
    }

    fn best_single(&self, seen: &[usize]) -> Option<(f64, Sum, Vec<usize>)> {
        let mut best: Option<(f64, usize)> = None;
        for bin in seen {
            if let Some(gain) = self.gain(self.histogram[*bin], self.params.l2)
                && best.is_none_or(|(most, _)| gain > most)
            {
                best = Some((gain, *bin));
            }
        }
        best.map(|(gain, bin)| (gain, self.histogram[bin], vec![bin]))
    }

    /// Categories too small to be judged here are left out: they stay with "all others".
    fn sorted_by_gradient(&self, mut seen: Vec<usize>) -> Vec<usize> {
        let smooth = self.params.category_smoothing;
        seen.retain(|bin| self.weight(self.histogram[*bin]) >= smooth);
        let mean = |bin: &usize| self.histogram[*bin].gradient / (self.histogram[*bin].hessian + smooth);
        seen.sort_by(|a, b| mean(a).total_cmp(&mean(b)).then(a.cmp(b)));
        seen
    }

    /// The best group from either end of the order.
    fn best_group(&self, sorted: Vec<usize>) -> Option<(f64, Sum, Vec<usize>)> {
        let longest = MAX_GROUP.min(sorted.len().div_ceil(2));
        let reversed: Vec<usize> = sorted.iter().rev().copied().collect();
        let mut best: Option<(f64, Sum, &[usize])> = None;
        for order in [&sorted, &reversed] {
            let (mut left, mut since_last) = (Sum::default(), 0.0);
            for (place, bin) in order.iter().take(longest).enumerate() {
                left = left.plus(self.histogram[*bin]);
                since_last += self.weight(self.histogram[*bin]);
                if since_last < self.params.min_group_weight {
                    continue;
                }
                since_last = 0.0;
                if let Some(gain) = self.gain(left, self.params.l2 + self.params.category_l2)
                    && best.as_ref().is_none_or(|(most, ..)| gain > *most)
                {
                    best = Some((gain, left, &order[..=place]));
                }
            }
        }
        best.map(|(gain, left, group)| (gain, left, group.to_vec()))
    }

    /// `None` where a side is too small or nothing is gained.
    fn gain(&self, left: Sum, l2: f64) -> Option<f64> {
        let right = self.leaf.sum.minus(left);
        let large_enough = |side: Sum| {
            side.hessian >= self.params.min_leaf_hessian && self.weight(side) >= self.params.min_leaf_weight && side.hessian > NOTHING
        };
        let score = |side: Sum, l2: f64| side.gradient * side.gradient / (side.hessian + l2);
        if !large_enough(left) || !large_enough(right) {
            return None;
        }
        let gain = score(left, l2) + score(right, l2) - score(self.leaf.sum, self.params.l2);
        (gain > self.params.min_gain).then_some(gain)
    }

    fn weight(&self, sum: Sum) -> f64 {
        sum.hessian * self.leaf.weight_per_hessian
    }

    fn is_heavier(&self, left: Sum) -> bool {
        left.hessian * 2.0 > self.leaf.sum.hessian
    }
}
