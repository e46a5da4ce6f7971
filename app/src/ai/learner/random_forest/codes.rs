//! Bins as ordered numbers, so that a split at a threshold is a split of bins.

use crate::ai::learner::trees::{
    bins::{BinnedColumn, BinnedTable, MISSING},
    tree::BinSet,
};

/// Weight of the overall win rate in each category's own: small categories should not stand at the ends of the order.
const SMOOTHING: f64 = 20.0;

/// One of the numbers that a column is given to smartcore as.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    pub column: usize,
    /// The number of each bin.
    of_bin: Vec<u16>,
}

impl Code {
    /// The numbers of all columns. Numeric columns with missing values are given twice, with these below and above all others,
    /// so that a split can send them either way, or apart (Twala et al. 2008). Categories are ordered by win rate: the best two
    /// groups are neighbours (Fisher 1958). A column that is the same in all rows is left out.
    pub fn fit(columns: &[BinnedColumn], table: &BinnedTable, won: &[bool], weight: &[f64]) -> Vec<Self> {
        let total: f64 = weight.iter().sum();
        let rate = won.iter().zip(weight).filter(|(won, _)| **won).map(|(_, weight)| weight).sum::<f64>() / total;
        let mut codes = Vec::new();
        for (column, definition) in columns.iter().enumerate() {
            let bins = &table.columns[column];
            if bins.iter().all(|bin| *bin == bins[0]) {
                continue;
            }
            let count = definition.bin_count() as u16;
            if definition.is_category() {
                codes.push(Self { column, of_bin: by_win_rate(bins, count, won, weight, rate) });
                continue;
            }
            codes.push(Self { column, of_bin: (0..count).collect() });
            if bins.contains(&MISSING) {
                let mut missing_last: Vec<u16> = (0..count).collect();
                missing_last[usize::from(MISSING)] = count;
                codes.push(Self { column, of_bin: missing_last });
            }
        }
        codes
    }

    pub fn number(&self, bin: u8) -> f32 {
        f32::from(self.of_bin[usize::from(bin)])
    }

    /// The bins whose number is `threshold` at most.
    pub fn up_to(&self, threshold: f64) -> BinSet {
        let mut set = BinSet::default();
        (0..=u8::MAX).zip(&self.of_bin).filter(|(_, number)| f64::from(**number) <= threshold).for_each(|(bin, _)| set.insert(bin));
        set
    }
}

/// Each bin's place in the order of the bins' win rates.
fn by_win_rate(bins: &[u8], count: u16, won: &[bool], weight: &[f64], rate: f64) -> Vec<u16> {
    let mut sums = vec![(SMOOTHING * rate, SMOOTHING); usize::from(count)];
    for ((bin, won), weight) in bins.iter().zip(won).zip(weight) {
        let (of_won, of_all) = &mut sums[usize::from(*bin)];
        *of_won += if *won { *weight } else { 0.0 };
        *of_all += weight;
    }
    let mut order: Vec<usize> = (0..sums.len()).collect();
    order.sort_by(|a, b| (sums[*a].0 / sums[*a].1).total_cmp(&(sums[*b].0 / sums[*b].1)));
    let mut of_bin = vec![0; sums.len()];
    (0..).zip(order).for_each(|(place, bin)| of_bin[bin] = place);
    of_bin
}
