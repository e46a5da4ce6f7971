//! Calibration: what was predicted against what happened, in bins of equal width.

use std::collections::HashMap;

use super::Judged;
use crate::{
    ai::metrics::{BINS, bin_of},
    domain::models::{BrierParts, ReliabilityBin},
};

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_985;

/// What fell into a bin, in weight.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bin {
    weight: f64,
    predicted: f64,
    won: f64,
    /// Kish's effective number of deals: snapshots of one deal are one observation, a deal with half its weight here is half one.
    effective: f64,
}

pub(super) fn bins(judged: Judged) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    let mut by_deal: HashMap<(usize, u32), f64> = HashMap::new();
    for (((p, won), weight), deal) in judged.probability.iter().zip(judged.won).zip(judged.weight).zip(judged.group) {
        let at = bin_of(*p);
        let bin = &mut bins[at];
        bin.weight += weight;
        bin.predicted += weight * p;
        bin.won += if *won { *weight } else { 0.0 };
        *by_deal.entry((at, *deal)).or_default() += weight;
    }
    let mut squares = [0.0; BINS];
    let mut deals: Vec<((usize, u32), f64)> = by_deal.into_iter().collect();
    // Sums of floats depend on their order, a map's order on chance.
    deals.sort_by_key(|(key, _)| *key);
    deals.iter().for_each(|((at, _), weight)| squares[*at] += weight * weight);
    for (bin, squares) in bins.iter_mut().zip(squares) {
        bin.effective = if squares > 0.0 { bin.weight * bin.weight / squares } else { 0.0 };
    }
    bins
}

/// The bins that hold something.
pub(super) fn diagram(bins: &[Bin; BINS]) -> Vec<ReliabilityBin> {
    let filled = bins.iter().enumerate().filter(|(_, bin)| bin.weight > 0.0);
    let row = |(at, bin): (usize, &Bin)| {
        let observed = bin.won / bin.weight;
        let (low, high) = wilson(observed, bin.effective);
        ReliabilityBin {
            from: at as f64 / BINS as f64,
            to: (at + 1) as f64 / BINS as f64,
            deals: bin.weight,
            predicted: bin.predicted / bin.weight,
            observed,
            low,
            high,
        }
    };
    filled.map(row).collect()
}

/// Murphy's parts of the Brier score; all 0 without rows.
pub(super) fn brier_parts(bins: &[Bin; BINS]) -> BrierParts {
    let total: f64 = bins.iter().map(|bin| bin.weight).sum();
    let mut parts = BrierParts::default();
    if total <= 0.0 {
        return parts;
    }
    let base_rate = bins.iter().map(|bin| bin.won).sum::<f64>() / total;
    for bin in bins.iter().filter(|bin| bin.weight > 0.0) {
        let (predicted, observed) = (bin.predicted / bin.weight, bin.won / bin.weight);
        parts.reliability += bin.weight / total * (predicted - observed).powi(2);
        parts.resolution += bin.weight / total * (observed - base_rate).powi(2);
    }
    parts.uncertainty = base_rate * (1.0 - base_rate);
    parts
}

/// Wilson's 95 % score interval of a share among `n` (Wilson 1927), within 0..=1 and around the share.
pub(in crate::ai) fn wilson(share: f64, n: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let z2 = Z * Z;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).max(0.0).sqrt();
    ((centre - half).clamp(0.0, share), (centre + half).clamp(share, 1.0))
}
