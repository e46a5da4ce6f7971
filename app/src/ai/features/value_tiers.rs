//! In which fifth of the other deals' values a deal's value lies. Equal values count as half below.

use super::{
    MIN_OTHERS, Outline,
    fenwick::{Fenwick, PrefixCounts},
};
use crate::domain::Instant;

/// The fifth (1 to 5) of a value among `total` others, of which some are below it and some at most as high.
fn fifth(below: i64, up_to: i64, total: i64) -> Option<f64> {
    let share = (below + up_to) as f64 / 2.0 / total as f64;
    (total >= MIN_OTHERS).then(|| (1.0 + (share * 5.0).floor()).min(5.0))
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    sorted
}

/// The values that the deals created before an instant had just before it; the instant moves on.
pub(super) struct DatedValues {
    /// All values that occur, ascending: a value's place is its rank.
    sorted: Vec<f64>,
    tree: Fenwick,
    /// The rank of each deal's value.
    current: Vec<Option<usize>>,
}

/// A deal that was created with a value or got another one.
pub(super) struct Valued {
    pub at: Instant,
    deal: usize,
    value: Option<f64>,
}

impl DatedValues {
    /// None yet, and what happens to them, oldest first.
    pub fn new(deals: &[Outline]) -> (Self, Vec<Valued>) {
        let mut events: Vec<Valued> = Vec::new();
        for (deal, outline) in deals.iter().enumerate() {
            let Some(created) = outline.created_at else { continue };
            let later = outline.values.partition_point(|(at, _)| *at <= created);
            let first = later.checked_sub(1).map_or(outline.undated_value, |last| outline.values[last].1);
            events.push(Valued { at: created, deal, value: first });
            events.extend(outline.values[later..].iter().map(|(at, value)| Valued { at: *at, deal, value: *value }));
        }
        // Stable: changes of one deal at the same instant stay in their order.
        events.sort_by_key(|event| event.at);
        let sorted = sorted(events.iter().filter_map(|event| event.value));
        (Self { tree: Fenwick::new(sorted.len()), sorted, current: vec![None; deals.len()] }, events)
    }

    pub fn set(&mut self, event: &Valued) {
        let rank = event.value.map(|value| self.sorted.partition_point(|other| *other < value));
        if let Some(old) = std::mem::replace(&mut self.current[event.deal], rank) {
            self.tree.add(old, -1);
        }
        if let Some(rank) = rank {
            self.tree.add(rank, 1);
        }
    }

    /// The fifth of `value` among the deals other than `own`.
    pub fn tier(&self, own: Option<usize>, value: f64) -> Option<f64> {
        let low = self.sorted.partition_point(|other| *other < value);
        let high = self.sorted.partition_point(|other| *other <= value);
        let (mut below, mut up_to, mut total) = (self.tree.below(low), self.tree.below(high), self.tree.total());
        if let Some(rank) = own.and_then(|deal| self.current.get(deal).copied().flatten()) {
            below -= i64::from(rank < low);
            up_to -= i64::from(rank < high);
            total -= 1;
        }
        fifth(below, up_to, total)
    }
}

/// The values of the deals without a creation date, which are compared with those of a lower sequence number.
pub(super) struct UndatedValues {
    /// All values that occur, ascending.
    sorted: Vec<f64>,
    /// The deals' numbers, ascending; those without one come first, as everybody is compared with them.
    sequences: Vec<Option<i64>>,
    /// The ranks of their values, in the same order.
    ranks: Vec<u32>,
    counts: PrefixCounts,
    /// Where each deal stands in that order.
    places: Vec<Option<usize>>,
}

impl UndatedValues {
    pub fn new(deals: &[Outline]) -> Self {
        let mut valued: Vec<(Option<i64>, usize, f64)> = (deals.iter().enumerate())
            .filter(|(_, deal)| deal.created_at.is_none())
            .filter_map(|(place, deal)| deal.undated_value.map(|value| (deal.sequence, place, value)))
            .collect();
        valued.sort_unstable_by_key(|(sequence, place, _)| (*sequence, *place));
        let sorted = sorted(valued.iter().map(|(.., value)| *value));
        let ranks: Vec<u32> = valued.iter().map(|(.., value)| sorted.partition_point(|other| other < value) as u32).collect();
        let mut places = vec![None; deals.len()];
        for (place, (_, deal, _)) in valued.iter().enumerate() {
            places[*deal] = Some(place);
        }
        let sequences = valued.into_iter().map(|(sequence, ..)| sequence).collect();
        Self { sorted, sequences, counts: PrefixCounts::new(&ranks), ranks, places }
    }

    /// The fifth of `value` among the deals other than `own` with a number below `sequence`, or among all where it is `None`.
    pub fn tier(&self, own: Option<usize>, sequence: Option<i64>, value: f64) -> Option<f64> {
        let count = match sequence {
            Some(_) => self.sequences.partition_point(|other| *other < sequence),
            None => self.sequences.len(),
        };
        let low = self.sorted.partition_point(|other| *other < value) as u32;
        let high = self.sorted.partition_point(|other| *other <= value) as u32;
        let (mut below, mut up_to, mut total) = (self.counts.below(low, count), self.counts.below(high, count), count as i64);
        let own = own.and_then(|deal| self.places.get(deal).copied().flatten()).filter(|place| *place < count);
        if let Some(place) = own {
            below -= i64::from(self.ranks[place] < low);
            up_to -= i64::from(self.ranks[place] < high);
            total -= 1;
        }
        fifth(below, up_to, total)
    }
}
