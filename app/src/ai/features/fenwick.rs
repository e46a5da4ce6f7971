//! A Fenwick tree: counts by rank, updated and summed in logarithmic time.

/// How many items there are of each rank. (Fenwick, "A New Data Structure for Cumulative Frequency Tables", 1994.)
pub(super) struct Fenwick {
    /// From 1; entry i holds the sum over the ranks that end at i and are as many as i's lowest set bit.
    sums: Vec<i64>,
    total: i64,
}

impl Fenwick {
    pub fn new(ranks: usize) -> Self {
        Self { sums: vec![0; ranks + 1], total: 0 }
    }

    /// Adds `count` items of `rank` (from 0; out of range is ignored).
    pub fn add(&mut self, rank: usize, count: i64) {
        let mut i = rank + 1;
        if i >= self.sums.len() {
            return;
        }
        self.total += count;
        while i < self.sums.len() {
            self.sums[i] += count;
            i += i & i.wrapping_neg();
        }
    }

    /// Items in all.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// Items of a rank below `rank`.
    pub fn below(&self, rank: usize) -> i64 {
        let mut i = rank.min(self.sums.len() - 1);
        let mut sum = 0;
        while i > 0 {
            sum += self.sums[i];
            i &= i - 1;
        }
        sum
    }

    /// The rank of the `n`-th item from 0 in rank order, for `n` below [`Self::total`].
    pub fn nth(&self, n: i64) -> usize {
        let mut place = 0;
        let mut left = n;
        let mut step = self.sums.len().next_power_of_two();
        while step > 0 {
            if let Some(&sum) = self.sums.get(place + step)
                && sum <= left
            {
                place += step;
                left -= sum;
            }
            step /= 2;
        }
        place
    }
}

/// Counts by rank among the first items of a list, for lists that do not change.
///
/// A Fenwick tree over the places of the list, whose entries hold the sorted ranks of their items instead of a sum: n log n
/// ranks in all, and a query looks at log n of them, each by binary search.
pub(super) struct PrefixCounts {
    /// From 1; entry i holds the ranks of the items up to place i that are as many as i's lowest set bit.
    sorted: Vec<Vec<u32>>,
}

impl PrefixCounts {
    pub fn new(ranks: &[u32]) -> Self {
        let entry = |i: usize| {
            let mut items = ranks[i - (i & i.wrapping_neg())..i].to_vec();
            items.sort_unstable();
            items
        };
        Self { sorted: std::iter::once(Vec::new()).chain((1..=ranks.len()).map(entry)).collect() }
    }

    /// Items of a rank below `rank` among the first `count`.
    pub fn below(&self, rank: u32, count: usize) -> i64 {
        let mut i = count.min(self.sorted.len() - 1);
        let mut sum = 0;
        while i > 0 {
            sum += self.sorted[i].partition_point(|other| *other < rank);
            i &= i - 1;
        }
        sum as i64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_sorted_list(mut items in prop::collection::vec(0usize..40, 1..60), removed in 0usize..60) {
            let mut tree = Fenwick::new(40);
            for &rank in &items {
                tree.add(rank, 1);
            }
            if removed < items.len() - 1 {
                tree.add(items.remove(removed), -1);
            }
            items.sort_unstable();
            prop_assert_eq!(tree.total(), items.len() as i64);
            for (n, &rank) in items.iter().enumerate() {
                prop_assert_eq!(tree.nth(n as i64), rank);
            }
            for rank in 0..=40 {
                prop_assert_eq!(tree.below(rank), items.iter().filter(|&&item| item < rank).count() as i64);
            }
        }

        #[test]
        fn the_first_items_are_counted(ranks in prop::collection::vec(0u32..9, 0..60), count in 0usize..70, rank in 0u32..10) {
            let expected = ranks.iter().take(count).filter(|item| **item < rank).count() as i64;
            prop_assert_eq!(PrefixCounts::new(&ranks).below(rank, count), expected);
        }
    }
}
