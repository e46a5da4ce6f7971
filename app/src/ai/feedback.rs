//! Who was right: people's own estimates against the scores that they criticised, held against how the deals ended.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::metrics::draw_groups;
use crate::domain::{ids::DealId, models::Difference, scoring::WhoWasRight};

/// Draws behind the intervals.
const RESAMPLES: usize = 2_000;

/// An estimate of a deal that has closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub deal: DealId,
    pub person: f64,
    pub model: f64,
    pub won: bool,
}

fn brier(probability: f64, won: bool) -> f64 {
    (probability - f64::from(u8::from(won))).powi(2)
}

/// Compares people, scores, and the mean of both; `None` without estimates. Estimates of a deal share its outcome, so whole deals are
/// drawn for the percentile bootstrap intervals. The same seed gives the same answer.
pub fn who_was_right(estimates: &[Estimate], seed: u64) -> Option<WhoWasRight> {
    if estimates.is_empty() {
        return None;
    }
    let people: Vec<f64> = estimates.iter().map(|of| brier(of.person, of.won)).collect();
    let model: Vec<f64> = estimates.iter().map(|of| brier(of.model, of.won)).collect();
    let blend: Vec<f64> = estimates.iter().map(|of| brier(f64::midpoint(of.person, of.model), of.won)).collect();
    let (place, deals) = places(estimates);
    Some(WhoWasRight {
        n: estimates.len() as u64,
        deals: deals as u64,
        people: mean(&people),
        model: mean(&model),
        blend: mean(&blend),
        people_less_model: difference((&people, &model), (&place, deals), seed),
        blend_less_model: difference((&blend, &model), (&place, deals), seed),
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Each estimate's deal as a number from 0 on, and how many deals there are.
fn places(estimates: &[Estimate]) -> (Vec<usize>, usize) {
    let mut deals: Vec<DealId> = estimates.iter().map(|of| of.deal).collect();
    deals.sort_unstable();
    deals.dedup();
    (estimates.iter().map(|of| deals.partition_point(|deal| *deal < of.deal)).collect(), deals.len())
}

fn difference((a, b): (&[f64], &[f64]), (place, deals): (&[usize], usize), seed: u64) -> Difference {
    let paired: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    // By deal: how many estimates, and the sum of their differences.
    let mut sums = vec![(0.0, 0.0); deals];
    for (place, difference) in place.iter().zip(&paired) {
        sums[*place] = (sums[*place].0 + 1.0, sums[*place].1 + difference);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || {
        let drawn = draw_groups(deals, &mut rng);
        let (n, sum) = drawn.iter().zip(&sums).fold((0.0, 0.0), |(n, sum), (times, of)| (n + times * of.0, sum + times * of.1));
        sum / n
    };
    let mut draws: Vec<f64> = (0..RESAMPLES).map(|_| draw()).collect();
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[((draws.len() - 1) as f64 * share).round() as usize];
    Difference { mean: mean(&paired), low: at(0.025), high: at(0.975), rule_low: at(0.01), rule_high: at(0.99) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn estimate(deal: u128, person: f64, model: f64, won: bool) -> Estimate {
        Estimate { deal: DealId(Uuid::from_u128(deal)), person, model, won }
    }

    #[test]
    fn whoever_knows_more_has_the_lower_score() {
        let estimates: Vec<Estimate> = (0..60).map(|n| estimate(n, if n % 3 == 0 { 0.8 } else { 0.2 }, 0.5, n % 3 == 0)).collect();
        let right = who_was_right(&estimates, 1).expect("there are some");
        assert!((right.people - 0.04).abs() < 1e-12 && (right.model - 0.25).abs() < 1e-12);
        assert!(right.people_less_model.high < 0.0 && right.blend_less_model.high < 0.0);
        assert!(right.people < right.blend && right.blend < right.model);
        assert_eq!(who_was_right(&[], 1), None);
    }

    #[test]
    fn many_estimates_of_a_deal_are_no_surer_than_one() {
        let width = |times: u128| {
            let rows: Vec<Estimate> =
                (0..30 * times).map(|n| estimate(n % 30, if n % 30 < 12 { 0.9 } else { 0.6 }, 0.5, n % 2 == 0)).collect();
            let right = who_was_right(&rows, 1).expect("there are some");
            assert_eq!((right.n, right.deals), (30 * times as u64, 30));
            right.people_less_model.high - right.people_less_model.low
        };
        assert!((width(4) - width(1)).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn intervals_hold_the_mean_and_the_seed_decides(rows in prop::collection::vec((0u128..9, 0.0..1.0f64, 0.0..1.0f64, any::<bool>()), 1..30), seed in 0u64..9) {
            let estimates: Vec<Estimate> = rows.iter().map(|(deal, person, model, won)| estimate(*deal, *person, *model, *won)).collect();
            let right = who_was_right(&estimates, seed);
            prop_assert_eq!(&right, &who_was_right(&estimates, seed));
            let of = right.map(|right| right.people_less_model).expect("there are some");
            prop_assert!(of.low <= of.high && of.rule_low <= of.low && of.high <= of.rule_high);
        }
    }
}
