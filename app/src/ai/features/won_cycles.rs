//! How long the won deals took: a deal's age is compared with it.

use super::{MILLIS_PER_DAY, MIN_OTHERS, Outline, fenwick::Fenwick};
use crate::domain::{Instant, deals::Outcome};

/// The times from creation to close of the deals won before an instant that moves on.
pub(super) struct WonCycles {
    /// All that occur, in milliseconds, ascending: a cycle's place is its rank.
    cycles: Vec<i64>,
    tree: Fenwick,
    /// The rank of each deal that is in.
    ranks: Vec<Option<usize>>,
}

/// A deal that was won.
pub(super) struct Won {
    pub closed: Instant,
    deal: usize,
    rank: usize,
}

impl WonCycles {
    /// None yet, and what is to be added, in the order of the closes.
    pub fn new(deals: &[Outline]) -> (Self, Vec<Won>) {
        let cycle = |(place, deal): (usize, &Outline)| match (deal.outcome, deal.created_at, deal.closed_at) {
            (Outcome::Won, Some(created), Some(closed)) => Some((place, closed, (closed - created).num_milliseconds().max(0))),
            _ => None,
        };
        let won: Vec<_> = deals.iter().enumerate().filter_map(cycle).collect();
        let mut cycles: Vec<i64> = won.iter().map(|(.., millis)| *millis).collect();
        cycles.sort_unstable();
        cycles.dedup();
        let rank = |millis: i64| cycles.partition_point(|other| *other < millis);
        let mut won: Vec<Won> = won.into_iter().map(|(deal, closed, millis)| Won { closed, deal, rank: rank(millis) }).collect();
        won.sort_unstable_by_key(|won| (won.closed, won.deal));
        (Self { tree: Fenwick::new(cycles.len()), cycles, ranks: vec![None; deals.len()] }, won)
    }

    pub fn add(&mut self, won: &Won) {
        self.tree.add(won.rank, 1);
        self.ranks[won.deal] = Some(won.rank);
    }

    /// The median of the deals other than `own`, in days.
    pub fn median_days(&self, own: Option<usize>) -> Option<f64> {
        let own = own.and_then(|deal| self.ranks.get(deal).copied().flatten()).map(|rank| self.tree.below(rank));
        let count = self.tree.total() - i64::from(own.is_some());
        // The own cycle stands at one place of the sorted list; those behind it move up.
        let nth = |n: i64| self.cycles[self.tree.nth(n + i64::from(own.is_some_and(|own| own <= n)))];
        (count >= MIN_OTHERS).then(|| (nth((count - 1) / 2) + nth(count / 2)) as f64 / 2.0 / MILLIS_PER_DAY)
    }
}
