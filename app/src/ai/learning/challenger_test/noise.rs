//! What a model would be worth if some outcomes, chosen by chance, were recorded wrongly.
//!
//! With a share ε of the outcomes recorded the other way round, a true probability p shows as ε + (1 − 2ε)p (symmetric label noise:
//! Angluin and Laird 1988; the forward correction of Patrini et al. 2017). A model that merely learned to be less sure from such records
//! beats a better one on them. Held against the champion with the ε that suits it best, only what tells won from lost deals better wins.

use crate::domain::models::Pair;

/// Halvings of the interval in which the share lies.
const STEPS: usize = 40;
/// Probabilities are kept this far from 0.
const MARGIN: f64 = 1e-15;

/// What a true probability shows as when so many outcomes are recorded wrongly.
pub fn with(noise: f64, probability: f64) -> f64 {
    noise + (1.0 - 2.0 * noise) * probability
}

/// The share of wrongly recorded outcomes, 0 to ½, under which the champion's probabilities are likeliest.
pub fn suiting(pairs: &[Pair]) -> f64 {
    // The likelihood is concave in the share: its slope falls.
    let slope = |noise: f64| -> f64 {
        let term = |pair: &Pair| {
            let happened = if pair.won { pair.champion } else { 1.0 - pair.champion };
            (1.0 - 2.0 * happened) / with(noise, happened).max(MARGIN)
        };
        pairs.iter().map(term).sum()
    };
    let (mut low, mut high) = (0.0, 0.5);
    if slope(low) <= 0.0 {
        return low;
    }
    for _ in 0..STEPS {
        let middle = (low + high) / 2.0;
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}
