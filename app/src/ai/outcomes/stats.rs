//! The statistics of shares: intervals, differences, and many comparisons at once.

use crate::{ai::evaluation::wilson, domain::outcomes::Share};

/// Deals of a group and how many of them were won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count {
    pub won: u64,
    pub deals: u64,
}

impl Count {
    pub fn add(&mut self, won: bool) {
        self.won += u64::from(won);
        self.deals += 1;
    }

    /// The share won with Wilson's 95 % interval; `None` without deals.
    pub fn share(self) -> Option<Share> {
        share(self.won, self.deals)
    }
}

/// `part` of `whole` with Wilson's 95 % interval; `None` of nothing.
pub fn share(part: u64, whole: u64) -> Option<Share> {
    let share = (whole > 0).then(|| part as f64 / whole as f64)?;
    let (low, high) = wilson(share, whole as f64);
    Some(Share { share, low, high })
}

/// The difference of two shares with Newcombe's 95 % interval (1998, method 10), made of Wilson's of each.
pub fn newcombe(a: Share, b: Share) -> (f64, f64, f64) {
    let difference = a.share - b.share;
    let below = ((a.share - a.low).powi(2) + (b.high - b.share).powi(2)).sqrt();
    let above = ((a.high - a.share).powi(2) + (b.share - b.low).powi(2)).sqrt();
    (difference, (difference - below).max(-1.0), (difference + above).min(1.0))
}

/// How likely chance alone makes two shares differ so much: the two-sided test with the pooled share. 1 where nothing can differ.
pub(super) fn p_value(a: Count, b: Count) -> f64 {
    let (n, m) = (a.deals as f64, b.deals as f64);
    if n == 0.0 || m == 0.0 {
        return 1.0;
    }
    let pooled = (a.won + b.won) as f64 / (n + m);
    let variance = pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m);
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (a.won as f64 / n - b.won as f64 / m) / variance.sqrt();
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Which of many tests hold when at most `rate` of those that do may be chance (Benjamini and Hochberg 1995).
pub(super) fn benjamini_hochberg(p_values: &[f64], rate: f64) -> Vec<bool> {
    let mut sorted = p_values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let limit = |rank: usize| rate * (rank + 1) as f64 / sorted.len() as f64;
    let largest = sorted.iter().enumerate().rev().find(|(rank, p)| **p <= limit(*rank)).map(|(_, p)| *p);
    p_values.iter().map(|p| largest.is_some_and(|largest| *p <= largest)).collect()
}

/// The middle of some numbers; `None` of none.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some((values[last / 2] + values[values.len() / 2]) / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(won: u64, deals: u64) -> Count {
        Count { won, deals }
    }

    fn counts() -> impl Strategy<Value = Count> {
        (1u64..500).prop_flat_map(|deals| (0..=deals).prop_map(move |won| count(won, deals)))
    }

    #[test]
    fn newcombe_is_as_published() {
        // Newcombe 1998, table II, example (a): 56/70 − 48/80.
        let [a, b] = [count(56, 70), count(48, 80)].map(|count| count.share().expect("deals"));
        let (difference, low, high) = newcombe(a, b);
        assert!((difference - 0.2).abs() < 1e-9);
        assert!((low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5, "{low} {high}");
    }

    #[test]
    fn p_values_are_those_of_the_normal_tail() {
        // Pooled: 15 of 40; z = 0.25 / sqrt(0.375 * 0.625 / 10) = 1.632993.
        assert!((p_value(count(10, 20), count(5, 20)) - 0.102_470).abs() < 1e-6);
        assert_eq!(p_value(count(5, 5), count(7, 7)), 1.0);
        assert_eq!(p_value(count(0, 0), count(7, 9)), 1.0);
    }

    #[test]
    fn benjamini_and_hochberg_step_up() {
        // The example of their paper: of these fifteen the first four hold at 5 %.
        let p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0];
        assert_eq!(benjamini_hochberg(&p, 0.05).iter().filter(|holds| **holds).count(), 4);
        assert!(benjamini_hochberg(&p, 0.05)[..4].iter().all(|holds| *holds));
        assert!(benjamini_hochberg(&[], 0.05).is_empty());
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(median(vec![4.0, 1.0, 9.0, 2.0]), Some(3.0));
    }

    proptest! {
        #[test]
        fn intervals_hold_their_share_and_the_difference(a in counts(), b in counts()) {
            let (x, y) = (a.share().expect("deals"), b.share().expect("deals"));
            prop_assert!(0.0 <= x.low && x.low <= x.share && x.share <= x.high && x.high <= 1.0);
            let (difference, low, high) = newcombe(x, y);
            prop_assert!(-1.0 <= low && low <= difference && difference <= high && high <= 1.0);
            let (back, back_low, back_high) = newcombe(y, x);
            prop_assert!((back + difference).abs() < 1e-12 && (back_low + high).abs() < 1e-12 && (back_high + low).abs() < 1e-12);
        }

        #[test]
        fn more_deals_of_the_same_share_are_surer(a in counts(), b in counts(), times in 2u64..9) {
            let scaled = |count: Count| Count { won: count.won * times, deals: count.deals * times };
            let p = p_value(a, b);
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!(p_value(scaled(a), scaled(b)) <= p + 1e-9);
            prop_assert!((p_value(b, a) - p).abs() < 1e-12);
            let width = |share: Share| share.high - share.low;
            prop_assert!(width(scaled(a).share().expect("deals")) < width(a.share().expect("deals")));
        }

        #[test]
        fn what_holds_has_the_smallest_p_values(p in proptest::collection::vec(0.0f64..1.0, 0..40)) {
            let holds = benjamini_hochberg(&p, 0.05);
            let of = |wanted: bool| p.iter().zip(&holds).filter(move |(_, holds)| **holds == wanted).map(|(p, _)| *p);
            let worst = of(true).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(of(false).all(|p| p > worst));
            // Never more than without a correction, never fewer than Bonferroni's.
            prop_assert!(of(true).all(|p| p <= 0.05));
            prop_assert!(of(false).all(|q| q > 0.05 / p.len() as f64));
        }
    }
}
