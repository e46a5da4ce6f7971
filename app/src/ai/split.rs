//! Splits of the examples that keep the rows of a deal together.

use std::collections::HashMap;

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// Rows by side, in increasing order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemporalSplit {
    pub older: Vec<usize>,
    pub newest: Vec<usize>,
}

/// The rows of each group, groups in the order in which they first come.
fn by_group(group: &[u32]) -> Vec<Vec<usize>> {
    let mut place: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (row, id) in group.iter().enumerate() {
        let next = groups.len();
        let at = *place.entry(*id).or_insert(next);
        if at == next {
            groups.push(Vec::new());
        }
        groups[at].push(row);
    }
    groups
}

/// Holds out the `share` of groups that come last in `order` (of which a group's highest counts). Where groups tie, chance
/// decides: files are often sorted by outcome, so their order must not.
pub fn temporal(group: &[u32], order: &[i64], share: f64, seed: u64) -> TemporalSplit {
    let mut groups = by_group(group);
    groups.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    groups.sort_by_key(|rows| rows.iter().map(|row| order[*row]).max());
    let newest = ((groups.len() as f64 * share).round() as usize).min(groups.len());
    let side = |groups: &[Vec<usize>]| {
        let mut rows = groups.concat();
        rows.sort_unstable();
        rows
    };
    let (older, newest) = groups.split_at(groups.len() - newest);
    TemporalSplit { older: side(older), newest: side(newest) }
}

/// The fold, 0 to `folds` − 1, that holds out each row. Folds are alike in number and outcome of groups.
pub fn stratified_folds(group: &[u32], won: &[bool], folds: usize, seed: u64) -> Vec<usize> {
    let mut groups = by_group(group);
    groups.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    // Won groups are dealt out first, lost ones go on where they ended.
    groups.sort_by_key(|rows| !rows.first().is_some_and(|row| won[*row]));
    let mut fold = vec![0; group.len()];
    for (place, rows) in groups.iter().enumerate() {
        rows.iter().for_each(|row| fold[*row] = place % folds.max(1));
    }
    fold
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The outcome of a group, as data have it: one for all its rows.
    fn outcomes(group: &[u32]) -> Vec<bool> {
        group.iter().map(|id| id.wrapping_mul(2_654_435_761) % 3 == 0).collect()
    }

    proptest! {
        #[test]
        fn groups_stay_together(group in prop::collection::vec(0u32..30, 1..120), seed: u64) {
            let order: Vec<i64> = group.iter().map(|id| i64::from(id / 3)).collect();
            let split = temporal(&group, &order, 0.2, seed);
            prop_assert_eq!(split.older.len() + split.newest.len(), group.len());
            for row in &split.newest {
                prop_assert!(split.older.iter().all(|other| group[*other] != group[*row] && order[*other] <= order[*row]));
            }
            let fold = stratified_folds(&group, &outcomes(&group), 5, seed);
            for (a, id) in group.iter().enumerate() {
                prop_assert!(group.iter().enumerate().all(|(b, other)| other != id || fold[a] == fold[b]));
            }
        }

        #[test]
        fn folds_are_alike(groups in 1u32..200, seed: u64) {
            let group: Vec<u32> = (0..groups).collect();
            let won = outcomes(&group);
            let fold = stratified_folds(&group, &won, 5, seed);
            for class in [true, false] {
                let count = |fold_index: usize| (0..group.len()).filter(|row| fold[*row] == fold_index && won[*row] == class).count();
                let counts: Vec<usize> = (0..5).map(count).collect();
                prop_assert!(counts.iter().max() <= counts.iter().min().map(|least| least + 1).as_ref(), "{:?}", counts);
            }
        }
    }

    #[test]
    fn the_newest_fifth_is_held_out() {
        let order: Vec<i64> = (0..50).map(|i| (i * 7) % 50).collect();
        let group: Vec<u32> = (0..50).collect();
        let split = temporal(&group, &order, 0.2, 1);
        let mut held_out: Vec<i64> = split.newest.iter().map(|row| order[*row]).collect();
        held_out.sort_unstable();
        assert_eq!(held_out, (40..50).collect::<Vec<_>>());
    }

    #[test]
    fn without_an_order_chance_decides() {
        let group: Vec<u32> = (0..100).collect();
        let split = temporal(&group, &[0; 100], 0.2, 1);
        assert_eq!(split.newest.len(), 20);
        assert!(split.newest.iter().any(|row| *row < 50) && split.newest.iter().any(|row| *row >= 50));
    }
}
