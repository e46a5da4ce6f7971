use chrono::{TimeZone, Utc};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::ai::{learner::sigmoid, learning::challenger_test::*};

fn day(n: i64) -> Instant {
    Utc.timestamp_opt(1_700_000_000 + n * 86_400, 0).single().expect("a valid instant")
}

/// Deals whose outcome follows `truth` of two hidden figures; the models see these, too.
fn drawn(deals: usize, seed: u64, flipped: f64, models: [fn(f64, f64) -> f64; 3]) -> Vec<Pair> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let [truth, champion, challenger] = models.map(|logit| move |a: f64, b: f64| sigmoid(logit(a, b)));
    let pair = |n: usize| {
        let (a, b) = (rng.random_range(-2.0..2.0), rng.random_range(-2.0..2.0));
        let won = (rng.random::<f64>() < truth(a, b)) != (rng.random::<f64>() < flipped);
        Pair { closed_at: day(n as i64 / 9), champion: champion(a, b), challenger: challenger(a, b), won }
    };
    (0..deals).map(pair).collect()
}

fn verdict(pairs: &[Pair]) -> ChallengerTestStatus {
    challenger_test_status(pairs, &ChallengerTestRules::default(), day(0), day(60), 1)
}

#[test]
fn a_comparison_worked_by_hand() {
    let pair = |champion, challenger, won| Pair { closed_at: day(0), champion, challenger, won };
    let pairs = [pair(0.5, 0.8, true), pair(0.5, 0.4, false), pair(0.5, 0.4, true)];
    let of = compare(&pairs, &ChallengerTestRules::default(), 1).expect("pairs");
    assert_eq!((of.n, of.won, of.lost, of.noise), (3, 2, 1, 0.0));
    let log_loss = (-(0.8f64.ln() + 0.6f64.ln() + 0.4f64.ln()) - 3.0 * 2f64.ln()) / 3.0;
    assert!((of.log_loss.mean - log_loss).abs() < 1e-12);
    assert!((of.brier.mean - ((0.04 + 0.16 + 0.36) / 3.0 - 0.25)).abs() < 1e-12);
    assert!((of.champion_ece - 0.5 / 3.0).abs() < 1e-12 && (of.challenger_ece - (0.2 + 0.2) / 3.0).abs() < 1e-12);
    assert_eq!(compare(&[], &ChallengerTestRules::default(), 1), None);
}

#[test]
fn a_better_challenger_is_promoted_and_a_worse_one_dropped() {
    let better = drawn(150, 1, 0.0, [|a, b| a - b, |a, b| a + b, |a, b| a - b]);
    let of = verdict(&better);
    assert_eq!(of.verdict, Verdict::Promote, "{}", of.why);
    assert!(of.checkpoint.is_some_and(|at| at.n == 150 && at.log_loss.rule_high < 0.0));
    let worse = drawn(150, 1, 0.0, [|a, b| a + b, |a, b| a + b, |a, b| a - b]);
    assert_eq!(verdict(&worse).verdict, Verdict::Drop);
}

#[test]
fn between_checkpoints_nothing_is_decided_by_what_is_new() {
    let better = drawn(149, 1, 0.0, [|a, b| a - b, |a, b| a + b, |a, b| a - b]);
    let first = verdict(&better[..99]);
    assert_eq!((first.verdict, first.checkpoint), (Verdict::Wait { needed: 1 }, None));
    assert!(first.so_far.is_some_and(|so_far| so_far.n == 99));
    let mut turned = better;
    turned[100..].iter_mut().for_each(|pair| std::mem::swap(&mut pair.champion, &mut pair.challenger));
    assert_eq!(verdict(&turned).checkpoint, verdict(&turned[..100]).checkpoint);
    assert_eq!(verdict(&turned).verdict, verdict(&turned[..100]).verdict);
}

#[test]
fn equal_models_are_seldom_told_apart() {
    // Each errs in a part of its own.
    let equals: [fn(f64, f64) -> f64; 3] = [|a, b| a + b, |a, b| 1.3 * a + 0.7 * b, |a, b| 0.7 * a + 1.3 * b];
    let decided = (0..60).filter(|seed| {
        let pairs = drawn(600, *seed, 0.0, equals);
        [100, 150, 225, 338, 506].iter().any(|n| !matches!(verdict(&pairs[..*n]).verdict, Verdict::Wait { .. }))
    });
    let decided = decided.count();
    assert!(decided <= 9, "five looks at one per cent each side: {decided} of 60");
}

#[test]
fn a_challenger_that_is_only_less_sure_is_not_promoted_on_bad_records() {
    let unsure: [fn(f64, f64) -> f64; 3] = [|a, b| 2.0 * (a + b), |a, b| 2.0 * (a + b), |a, b| a + b];
    let pairs = drawn(506, 3, 0.2, unsure);
    let of = verdict(&pairs);
    assert!(matches!(of.verdict, Verdict::Wait { .. }) && of.why.contains("wrongly recorded"), "{}", of.why);
    let checkpoint = of.checkpoint.expect("reached");
    assert!((checkpoint.noise - 0.2).abs() < 0.06, "{}", checkpoint.noise);
    let trusting = ChallengerTestRules { allow_for_noise: false, ece_margin: 1.0, ..ChallengerTestRules::default() };
    assert_eq!(challenger_test_status(&pairs, &trusting, day(0), day(60), 1).verdict, Verdict::Promote);
    let knowing: [fn(f64, f64) -> f64; 3] = [|a, b| 2.0 * (a - b), |a, b| 2.0 * (a + b), |a, b| a - b];
    assert_eq!(verdict(&drawn(225, 3, 0.2, knowing)).verdict, Verdict::Promote, "what knows more passes");
}

#[test]
fn trials_come_to_an_end() {
    let alike = drawn(700, 4, 0.0, [|a, b| a + b, |a, b| 1.05 * a + b, |a, b| a + 1.05 * b]);
    assert!(matches!(verdict(&alike[..500]).verdict, Verdict::Wait { needed: 6 }));
    assert_eq!(verdict(&alike[..600]).verdict, Verdict::Drop);
    assert!(verdict(&alike).why.contains("after 600 deals"));
    let late = |pairs| challenger_test_status(pairs, &ChallengerTestRules::default(), day(0), day(180), 1);
    assert_eq!(late(&alike[..120]).verdict, Verdict::Drop);
    assert_eq!((late(&[]).verdict, late(&[]).so_far), (Verdict::Drop, None));
}

#[test]
fn it_takes_both_outcomes() {
    let mut pairs = drawn(150, 1, 0.0, [|a, b| a - b, |a, b| a + b, |a, b| a - b]);
    let won: Vec<usize> = (0..150).filter(|n| pairs[*n].won).skip(19).collect();
    for n in won {
        let pair = &mut pairs[n];
        *pair = Pair { won: false, champion: 1.0 - pair.champion, challenger: 1.0 - pair.challenger, ..*pair };
    }
    let of = verdict(&pairs);
    assert!(matches!(of.verdict, Verdict::Wait { needed: 75 }) && of.why.contains("20 of each"), "{}", of.why);
}

proptest! {
    #[test]
    fn swapping_the_models_turns_the_difference_round(rows in prop::collection::vec((0.01f64..0.99, 0.01f64..0.99, any::<bool>()), 1..60)) {
        let pair = |(champion, challenger, won): &(f64, f64, bool)| {
            Pair { closed_at: day(0), champion: *champion, challenger: *challenger, won: *won }
        };
        let pairs: Vec<Pair> = rows.iter().map(pair).collect();
        let swapped: Vec<Pair> = pairs.iter().map(|pair| Pair { champion: pair.challenger, challenger: pair.champion, ..*pair }).collect();
        let rules = ChallengerTestRules { resamples: 200, ..ChallengerTestRules::default() };
        let (one, other) = (compare(&pairs, &rules, 5).expect("pairs"), compare(&swapped, &rules, 5).expect("pairs"));
        prop_assert!((one.log_loss.mean + other.log_loss.mean).abs() < 1e-9);
        prop_assert!((one.log_loss.rule_low + other.log_loss.rule_high).abs() < 1e-9);
        prop_assert!(one.log_loss.rule_low <= one.log_loss.low && one.log_loss.high <= one.log_loss.rule_high);
        prop_assert!(one.log_loss_beyond_noise.mean >= one.log_loss.mean - 1e-9, "noise only helps the champion");
        prop_assert!((0.0..=0.5).contains(&one.noise));
        prop_assert_eq!(compare(&pairs, &rules, 5), Some(one), "the seed decides");
    }
}
