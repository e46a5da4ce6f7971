//! Champion against challenger, on deals that both scored before they closed.
//!
//! Differences are paired: both models meet the same deals, so what makes a deal hard cancels out. Their intervals are percentile
//! bootstrap intervals over deals. The rule looks at checkpoints only ([`ChallengerTestRules`]); between them the figures may be watched, but
//! decide nothing.

mod checkpoint;
mod noise;

use chrono::TimeDelta;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use self::checkpoint::Checkpoints;
use crate::{
    ai::metrics::{Predictions, log_loss_of},
    domain::{
        Instant,
        models::{ChallengerTestRules, ChallengerTestStatus, Comparison, Difference, Metrics, Pair, Verdict},
    },
};

/// How the test stands that `began_at`, by its deals in the order of their closes. The same seed gives the same answer.
pub fn challenger_test_status(
    pairs: &[Pair],
    rules: &ChallengerTestRules,
    began_at: Instant,
    now: Instant,
    seed: u64,
) -> ChallengerTestStatus {
    let checkpoints = Checkpoints::new(rules);
    let deals = pairs.len() as u64;
    let checkpoint = checkpoints.reached(deals).and_then(|n| compare(pairs.get(..n as usize)?, rules, seed));
    let late = now - began_at >= TimeDelta::days(i64::from(rules.max_days));
    let (verdict, why) = match checkpoint.as_ref().and_then(|comparison| decide(comparison, rules)) {
        Some(decided) => decided,
        None if late => (Verdict::Drop, format!("No verdict within {} days.", rules.max_days)),
        None => match checkpoints.after(deals) {
            Some(next) => (Verdict::Wait { needed: next - deals }, waiting(checkpoint.as_ref(), next, rules)),
            None => (Verdict::Drop, format!("No verdict after {} deals: the two are too much alike.", rules.max_deals)),
        },
    };
    ChallengerTestStatus { so_far: compare(pairs, rules, seed), checkpoint, verdict, why }
}

/// The verdict at a checkpoint, if there is one.
fn decide(comparison: &Comparison, rules: &ChallengerTestRules) -> Option<(Verdict, String)> {
    if comparison.won.min(comparison.lost) < rules.min_outcomes {
        return None;
    }
    let (n, percent) = (comparison.n, rules.confidence * 100.0);
    let Difference { mean, rule_low, rule_high, .. } = comparison.log_loss;
    if rule_low > 0.0 {
        return Some((Verdict::Drop, format!("On {n} deals its log-loss is higher by {mean:.3}: worse with {percent:.0} % confidence.")));
    }
    let calibrated = comparison.challenger_ece <= comparison.champion_ece + rules.ece_margin;
    let beyond_noise = !rules.allow_for_noise || comparison.log_loss_beyond_noise.rule_high < 0.0;
    let better = rule_high < 0.0 && comparison.brier.mean < 0.0;
    (better && calibrated && beyond_noise).then(|| {
        let brier = -comparison.brier.mean;
        let why = format!(
            "On {n} deals its log-loss is lower by {:.3}, its Brier score by {brier:.3}: better with {percent:.0} % confidence.",
            -mean
        );
        (Verdict::Promote, why)
    })
}

/// What is waited for.
fn waiting(checkpoint: Option<&Comparison>, next: u64, rules: &ChallengerTestRules) -> String {
    let so_far = match checkpoint {
        None => String::new(),
        Some(of) if of.won.min(of.lost) < rules.min_outcomes => {
            format!("{} of the deals were won and {} lost; it takes {} of each. ", of.won, of.lost, rules.min_outcomes)
        }
        Some(of) if of.log_loss.rule_high >= 0.0 || of.brier.mean >= 0.0 => format!("On {} deals neither was clearly better. ", of.n),
        Some(of) if of.challenger_ece > of.champion_ece + rules.ece_margin => {
            format!("On {} deals it was better, but its probabilities were further off. ", of.n)
        }
        Some(of) => format!("On {} deals it was better, but no more than wrongly recorded outcomes would explain. ", of.n),
    };
    format!("{so_far}The next look is at {next} deals.")
}

/// Both models on the same deals; `None` without any.
pub fn compare(pairs: &[Pair], rules: &ChallengerTestRules, seed: u64) -> Option<Comparison> {
    if pairs.is_empty() {
        return None;
    }
    let noise = noise::suiting(pairs);
    let log_loss = |of: fn(&Pair) -> f64| move |pair: &Pair| log_loss_of(of(pair), pair.won);
    let (champion, challenger) = (log_loss(|pair| pair.champion), log_loss(|pair| pair.challenger));
    let brier = |pair: &Pair| {
        let outcome = f64::from(u8::from(pair.won));
        (pair.challenger - outcome).powi(2) - (pair.champion - outcome).powi(2)
    };
    let differences = |pair: &Pair| {
        let beyond = challenger(pair) - log_loss_of(noise::with(noise, pair.champion), pair.won);
        [challenger(pair) - champion(pair), brier(pair), beyond]
    };
    let rows: Vec<[f64; 3]> = pairs.iter().map(differences).collect();
    let [log_loss, brier, log_loss_beyond_noise] = intervals(&rows, rules, seed);
    let won = pairs.iter().filter(|pair| pair.won).count() as u64;
    Some(Comparison {
        n: pairs.len() as u64,
        won,
        lost: pairs.len() as u64 - won,
        log_loss,
        brier,
        log_loss_beyond_noise,
        noise,
        champion_ece: ece(pairs, |pair| pair.champion),
        challenger_ece: ece(pairs, |pair| pair.challenger),
    })
}

fn ece(pairs: &[Pair], of: fn(&Pair) -> f64) -> f64 {
    let probability: Vec<f64> = pairs.iter().map(of).collect();
    let won: Vec<bool> = pairs.iter().map(|pair| pair.won).collect();
    let weight = vec![1.0; pairs.len()];
    Metrics::of(Predictions { probability: &probability, won: &won, weight: &weight }).ece.unwrap_or_default()
}

/// The means of some differences with their bootstrap intervals, all by the same draws of rows.
fn intervals<const N: usize>(rows: &[[f64; N]], rules: &ChallengerTestRules, seed: u64) -> [Difference; N] {
    let n = rows.len() as f64;
    let add = |mut sums: [f64; N], row: &[f64; N]| {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / n);
        sums
    };
    let means = rows.iter().fold([0.0; N], add);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || (0..rows.len()).fold([0.0; N], |sums, _| add(sums, &rows[rng.random_range(0..rows.len())]));
    let draws: Vec<[f64; N]> = (0..rules.resamples.max(1)).map(|_| draw()).collect();
    std::array::from_fn(|which| {
        let mut values: Vec<f64> = draws.iter().map(|draw| draw[which]).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share.clamp(0.0, 1.0)).round() as usize];
        let [rule_low, rule_high] = [1.0 - rules.confidence, rules.confidence].map(at);
        Difference { mean: means[which], low: at(0.025), high: at(0.975), rule_low, rule_high }
    })
}

#[cfg(test)]
mod tests;
