//! The numbers of deals at which a test is looked at.

use crate::domain::models::ChallengerTestRules;

pub struct Checkpoints(Vec<u64>);

impl Checkpoints {
    /// The first, then always so many times as many deals, up to the most, which is the last.
    pub fn new(rules: &ChallengerTestRules) -> Self {
        let most = rules.max_deals;
        // A growth that is none would never get there.
        let growth = if rules.growth > 1.0 { rules.growth } else { ChallengerTestRules::default().growth };
        let all = std::iter::successors(Some(rules.first_checkpoint.max(1) as f64), |deals| Some(deals * growth));
        let mut all: Vec<u64> = all.map(|deals| deals.round() as u64).take_while(|deals| *deals < most).collect();
        all.push(most);
        all.dedup();
        Self(all)
    }

    /// The newest that so many deals reach.
    pub fn reached(&self, deals: u64) -> Option<u64> {
        self.0.iter().rev().find(|checkpoint| **checkpoint <= deals).copied()
    }

    /// The next.
    pub fn after(&self, deals: u64) -> Option<u64> {
        self.0.iter().find(|checkpoint| **checkpoint > deals).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_grow_by_half_up_to_the_last() {
        let usual = Checkpoints::new(&ChallengerTestRules::default());
        assert_eq!(usual.0, [100, 150, 225, 338, 506, 600]);
        assert_eq!([99, 100, 149, 150, 9_000].map(|deals| usual.reached(deals)), [None, Some(100), Some(100), Some(150), Some(600)]);
        assert_eq!([0, 100, 599, 600].map(|deals| usual.after(deals)), [Some(100), Some(150), Some(600), None]);
    }

    #[test]
    fn odd_rules_still_come_to_an_end() {
        let checkpoints = |first_checkpoint, growth, max_deals| {
            Checkpoints::new(&ChallengerTestRules { first_checkpoint, growth, max_deals, ..ChallengerTestRules::default() }).0
        };
        assert_eq!(checkpoints(0, 0.0, 4), [1, 2, 3, 4]);
        assert_eq!(checkpoints(100, f64::NAN, 50), [50]);
        assert_eq!(checkpoints(1, 1.2, 5), [1, 2, 3, 4, 5]);
        assert_eq!(checkpoints(100, 1e30, 600), [100, 600]);
    }
}
