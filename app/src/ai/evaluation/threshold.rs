//! The threshold below which a deal is called likely lost, chosen by the team's goal.

use super::judged::{Judged, Tie, ties};
use crate::{
    ai::metrics::THRESHOLD,
    domain::models::{Threshold, ThresholdGoal},
};

/// What a threshold comes to for one class.
struct Merit {
    precision: f64,
    recall: f64,
}

/// The best threshold for a goal, of those halfway between neighbouring probabilities. Give it out-of-fold probabilities.
///
/// For a recall: the highest precision of that class among thresholds that reach the recall, ties to the higher recall; if none
/// does, the one with the highest recall, ties to the higher precision, and the goal counts as not reached. For accuracy: the
/// highest. Where no threshold tells rows apart it is 0.5, and the goal is not reached.
pub fn choose_threshold(judged: Judged, goal: ThresholdGoal) -> Threshold {
    let ties = ties(judged);
    let (won, lost): (f64, f64) = ties.iter().fold((0.0, 0.0), |sum, tie| (sum.0 + tie.won, sum.1 + tie.lost));
    let mut best: Option<((bool, f64, f64), f64)> = None;
    let (mut won_below, mut lost_below) = (0.0, 0.0);
    for pair in ties.windows(2) {
        won_below += pair[0].won;
        lost_below += pair[0].lost;
        let (won_above, lost_above) = (won - won_below, lost - lost_below);
        let rank = match goal {
            ThresholdGoal::LostRecall(at_least) => by_recall(Merit::of(lost_below, won_below, lost), at_least),
            ThresholdGoal::WonRecall(at_least) => by_recall(Merit::of(won_above, lost_above, won), at_least),
            ThresholdGoal::Accuracy => (true, (lost_below + won_above) / (won + lost), 0.0),
        };
        if best.is_none_or(|(best, _)| rank > best) {
            best = Some((rank, between(pair)));
        }
    }
    match best {
        Some(((reached, ..), value)) => Threshold { value, goal, reached },
        None => Threshold { value: THRESHOLD, goal, reached: false },
    }
}

/// Reaching the goal comes first; then precision, or, short of the goal, recall.
fn by_recall(merit: Merit, at_least: f64) -> (bool, f64, f64) {
    if merit.recall >= at_least { (true, merit.precision, merit.recall) } else { (false, merit.recall, merit.precision) }
}

impl Merit {
    /// Of a class: rows called so rightly and wrongly, and all that are so, in weight. A ratio of nothing counts as 0.
    fn of(right: f64, wrong: f64, all: f64) -> Self {
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        Self { precision: share(right, right + wrong), recall: share(right, all) }
    }
}

/// A value that lies above the lower probability and not above the higher one.
fn between(pair: &[Tie]) -> f64 {
    let (below, above) = (pair[0].probability, pair[1].probability);
    let middle = (below + above) / 2.0;
    // Of two neighbouring floats there is no middle.
    if middle > below { middle } else { above }
}
