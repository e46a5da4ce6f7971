//! The two features that compare a deal with the others: one walk through time, adding each deal as it becomes known.

use super::{MILLIS_PER_DAY, Snapshot, fenwick::Fenwick, known::amount};
use crate::domain::{ChangeKind, DealHistory, Instant, Outcome};

/// Other deals needed before a deal is compared with them: five make the first median and quintiles worth the name.
const MIN_OTHERS: i64 = 5;

/// For each snapshot the median days from creation to close of the other deals that were won and closed before it.
pub(super) fn won_medians(histories: &[DealHistory], snapshots: &[Snapshot]) -> Vec<Option<f64>> {
    let cycle = |history: &DealHistory| match (history.outcome, history.created_at, history.closed_at) {
        (Outcome::Won, Some(created), Some(closed)) => Some((closed, (closed - created).num_milliseconds().max(0))),
        _ => None,
    };
    let mut cycles: Vec<i64> = histories.iter().filter_map(cycle).map(|(_, millis)| millis).collect();
    cycles.sort_unstable();
    cycles.dedup();
    let ranks: Vec<Option<(Instant, usize)>> = histories
        .iter()
        .map(|history| cycle(history).map(|(closed, millis)| (closed, cycles.partition_point(|other| *other < millis))))
        .collect();
    let mut closes: Vec<(Instant, usize)> = ranks.iter().flatten().copied().collect();
    closes.sort_unstable();

    let mut tree = Fenwick::new(cycles.len());
    let mut medians = vec![None; snapshots.len()];
    let mut closes = closes.into_iter().peekable();
    for (row, at, deal) in in_time_order(snapshots) {
        while let Some((_, rank)) = closes.next_if(|(closed, _)| *closed < at) {
            tree.add(rank, 1);
        }
        let own = ranks.get(deal).copied().flatten().filter(|(closed, _)| *closed < at);
        if let Some((_, rank)) = own {
            tree.add(rank, -1);
        }
        let count = tree.total();
        if count >= MIN_OTHERS {
            let middle = cycles[tree.nth((count - 1) / 2)] + cycles[tree.nth(count / 2)];
            medians[row] = Some(middle as f64 / 2.0 / MILLIS_PER_DAY);
        }
        if let Some((_, rank)) = own {
            tree.add(rank, 1);
        }
    }
    medians
}

/// For each snapshot, whose deal has the value `own` then, its fifth (1 to 5) among the other deals created before it, by what
/// their values were just before it. Equal values count as half below. Deals without a creation date are compared with each
/// other instead: with those of a lower sequence number, or with all where there is none.
pub(super) fn value_tiers(histories: &[DealHistory], snapshots: &[Snapshot], own: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut tiers = vec![None; snapshots.len()];
    dated_tiers(histories, snapshots, own, &mut tiers);
    undated_tiers(histories, snapshots, own, &mut tiers);
    tiers
}

fn dated_tiers(histories: &[DealHistory], snapshots: &[Snapshot], own: &[Option<f64>], tiers: &mut [Option<f64>]) {
    let mut events: Vec<(Instant, usize, Option<f64>)> = Vec::new();
    for (deal, history) in histories.iter().enumerate() {
        let Some(created) = history.created_at else { continue };
        let mut value = history.undated.value;
        let mut later = Vec::new();
        for change in &history.changes {
            match change.kind {
                ChangeKind::Value(changed) if change.at <= created => value = changed,
                ChangeKind::Value(changed) => later.push((change.at, deal, changed.and_then(amount))),
                _ => {}
            }
        }
        events.push((created, deal, value.and_then(amount)));
        events.append(&mut later);
    }
    // Stable: changes of one deal at the same instant stay in their order.
    events.sort_by_key(|(at, ..)| *at);

    let mut values = Values::new(histories.len(), events.iter().filter_map(|(.., value)| *value));
    let mut events = events.into_iter().peekable();
    for (row, at, deal) in in_time_order(snapshots) {
        while let Some((_, changed, value)) = events.next_if(|(known, ..)| *known < at) {
            values.set(changed, value);
        }
        if histories.get(deal).is_some_and(|history| history.created_at.is_some()) {
            tiers[row] = own[row].and_then(|value| values.tier(deal, value));
        }
    }
}

fn undated_tiers(histories: &[DealHistory], snapshots: &[Snapshot], own: &[Option<f64>], tiers: &mut [Option<f64>]) {
    let undated = |deal: usize| histories.get(deal).filter(|history| history.created_at.is_none());
    // Deals without a number come first: everybody is compared with them.
    let mut deals: Vec<(Option<i64>, usize)> =
        (0..histories.len()).filter_map(|deal| undated(deal).map(|history| (history.sequence, deal))).collect();
    deals.sort_unstable();
    let mut rows: Vec<(i64, usize)> = (snapshots.iter().enumerate())
        .filter_map(|(row, snapshot)| undated(snapshot.deal).map(|history| (history.sequence.unwrap_or(i64::MAX), row)))
        .collect();
    rows.sort_unstable();

    let value_of = |deal: usize| undated(deal).and_then(|history| history.undated.value).and_then(amount);
    let mut values = Values::new(histories.len(), deals.iter().filter_map(|(_, deal)| value_of(*deal)));
    let mut deals = deals.into_iter().peekable();
    for (sequence, row) in rows {
        let deal = snapshots[row].deal;
        let all = undated(deal).is_some_and(|history| history.sequence.is_none());
        while let Some((_, added)) = deals.next_if(|(other, _)| all || other.is_none_or(|other| other < sequence)) {
            values.set(added, value_of(added));
        }
        tiers[row] = own[row].and_then(|value| values.tier(deal, value));
    }
}

/// The dated snapshots as (row, instant, deal), oldest first.
fn in_time_order(snapshots: &[Snapshot]) -> Vec<(usize, Instant, usize)> {
    let mut order: Vec<_> =
        snapshots.iter().enumerate().filter_map(|(row, snapshot)| snapshot.at.map(|at| (row, at, snapshot.deal))).collect();
    order.sort_unstable_by_key(|(row, at, _)| (*at, *row));
    order
}

/// The values that deals have at one point of the walk.
struct Values {
    /// All values that occur, ascending: a value's place is its rank.
    sorted: Vec<f64>,
    tree: Fenwick,
    /// The rank of each deal's value.
    current: Vec<Option<usize>>,
}

impl Values {
    fn new(deals: usize, values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.dedup();
        Self { tree: Fenwick::new(sorted.len()), sorted, current: vec![None; deals] }
    }

    fn set(&mut self, deal: usize, value: Option<f64>) {
        let rank = value.map(|value| self.sorted.partition_point(|other| *other < value));
        if let Some(old) = std::mem::replace(&mut self.current[deal], rank) {
            self.tree.add(old, -1);
        }
        if let Some(rank) = rank {
            self.tree.add(rank, 1);
        }
    }

    /// The fifth of `value` among the deals other than `deal`.
    fn tier(&self, deal: usize, value: f64) -> Option<f64> {
        let low = self.sorted.partition_point(|other| *other < value);
        let high = self.sorted.partition_point(|other| *other <= value);
        let (mut below, mut up_to, mut total) = (self.tree.below(low), self.tree.below(high), self.tree.total());
        if let Some(rank) = self.current[deal] {
            below -= i64::from(rank < low);
            up_to -= i64::from(rank < high);
            total -= 1;
        }
        if total < MIN_OTHERS {
            return None;
        }
        let share = (below + up_to) as f64 / 2.0 / total as f64;
        Some((1.0 + (share * 5.0).floor()).min(5.0))
    }
}
