//! How good predictions are: one piece of code for all learners.

use std::collections::BTreeMap;

use serde_json::{Value, json};

const ECE_BINS: usize = 10;
/// Draws behind [`Truth::ece_if_exact`].
const DRAWS: usize = 100;
/// Seed metrics: accuracy, precision, recall.
pub const SEED: (f64, f64, f64) = (0.75, 0.70, 0.80);

/// The rows that predictions are judged on; won is the positive class, and rows count by their weight.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    pub won: Vec<bool>,
    pub weight: Vec<f64>,
    /// The deal of each row.
    pub group: Vec<u32>,
}

impl Truth {
    /// Number of deals, where the rows of a deal weigh 1 together.
    pub fn deals(&self) -> f64 {
        self.weight.iter().sum()
    }

    pub fn base_rate(&self) -> f64 {
        self.rows().map(|(won, weight)| if won { weight } else { 0.0 }).sum::<f64>() / self.deals()
    }

    fn rows(&self) -> impl Iterator<Item = (bool, f64)> {
        self.won.iter().copied().zip(self.weight.iter().copied())
    }

    /// The probability that a won row is ranked above a lost one; ties count half.
    pub fn auc(&self, probability: &[f64]) -> f64 {
        let mut order: Vec<usize> = (0..probability.len()).collect();
        order.sort_by(|a, b| probability[*a].total_cmp(&probability[*b]));
        let (mut lost_below, mut above, mut place) = (0.0, 0.0, 0);
        while place < order.len() {
            let end =
                order[place..].iter().position(|row| probability[*row] != probability[order[place]]).map_or(order.len(), |n| place + n);
            let (mut won, mut lost) = (0.0, 0.0);
            for row in &order[place..end] {
                *(if self.won[*row] { &mut won } else { &mut lost }) += self.weight[*row];
            }
            above += won * (lost_below + lost / 2.0);
            lost_below += lost;
            place = end;
        }
        above / (lost_below * (self.deals() - lost_below))
    }

    pub fn log_loss(&self, probability: &[f64]) -> f64 {
        let rows = probability.iter().zip(self.rows());
        rows.map(|(p, (won, weight))| weight * loss(*p, won)).sum::<f64>() / self.deals()
    }

    /// The difference of two predictors' log-losses (first less second), and its standard error over deals.
    pub fn log_loss_difference(&self, first: &[f64], second: &[f64]) -> (f64, f64) {
        let mut by_deal: BTreeMap<u32, f64> = BTreeMap::new();
        for (row, (a, b)) in first.iter().zip(second).enumerate() {
            *by_deal.entry(self.group[row]).or_default() += self.weight[row] * (loss(*a, self.won[row]) - loss(*b, self.won[row]));
        }
        let mean = by_deal.values().sum::<f64>() / self.deals();
        let share = self.deals() / by_deal.len() as f64;
        let squares: f64 = by_deal.values().map(|difference| (difference - mean * share).powi(2)).sum();
        (mean, squares.sqrt() / self.deals())
    }

    /// Expected calibration error over ten bins of equal width.
    pub fn ece(&self, probability: &[f64]) -> f64 {
        self.ece_with(probability, |row| self.won[row])
    }

    fn ece_with(&self, probability: &[f64], won: impl Fn(usize) -> bool) -> f64 {
        let mut off = [0.0; ECE_BINS];
        for (row, p) in probability.iter().enumerate() {
            let bin = ((p * ECE_BINS as f64) as usize).min(ECE_BINS - 1);
            off[bin] += self.weight[row] * (p - if won(row) { 1.0 } else { 0.0 });
        }
        off.iter().map(|off| off.abs()).sum::<f64>() / self.deals()
    }

    /// The calibration error that these probabilities would show on so few deals were each of them exactly right: chance alone.
    pub fn ece_if_exact(&self, probability: &[f64]) -> f64 {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut draw = || {
            // xorshift64*, Vigna 2016.
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
        };
        let groups = self.group.iter().max().map_or(0, |most| *most as usize + 1);
        let mut total = 0.0;
        for _ in 0..DRAWS {
            let luck: Vec<f64> = (0..groups).map(|_| draw()).collect();
            total += self.ece_with(probability, |row| luck[self.group[row] as usize] < probability[row]);
        }
        total / DRAWS as f64
    }

    /// Accuracy, and precision and recall of both outcomes, where won is predicted from `threshold` on.
    pub fn at_threshold(&self, probability: &[f64], threshold: f64) -> Decisions {
        let mut cells = [[0.0; 2]; 2];
        for (p, (won, weight)) in probability.iter().zip(self.rows()) {
            cells[usize::from(*p >= threshold)][usize::from(won)] += weight;
        }
        let [[tn, miss], [false_alarm, tp]] = cells;
        Decisions {
            threshold,
            accuracy: (tp + tn) / self.deals(),
            won: Class { precision: tp / (tp + false_alarm), recall: tp / (tp + miss) },
            lost: Class { precision: tn / (tn + miss), recall: tn / (tn + false_alarm) },
        }
    }

    /// Whether some threshold would reach the seed metrics, were it known in advance: for won, for lost.
    pub fn could_reach_seed(&self, probability: &[f64]) -> (bool, bool) {
        let all = (1..200).map(|step| self.at_threshold(probability, f64::from(step) / 200.0));
        all.fold((false, false), |found, at| (found.0 || at.reaches_seed(at.won), found.1 || at.reaches_seed(at.lost)))
    }
}

fn loss(p: f64, won: bool) -> f64 {
    -(if won { p } else { 1.0 - p }).clamp(1e-15, 1.0).ln()
}

#[derive(Debug, Clone, Copy)]
pub struct Class {
    pub precision: f64,
    pub recall: f64,
}

#[derive(Debug, Clone, Copy)]
pub struct Decisions {
    pub threshold: f64,
    pub accuracy: f64,
    pub won: Class,
    pub lost: Class,
}

impl Decisions {
    pub fn reaches_seed(&self, class: Class) -> bool {
        self.accuracy >= SEED.0 && class.precision >= SEED.1 && class.recall >= SEED.2
    }

    pub fn json(&self) -> Value {
        let class =
            |class: Class| json!({ "precision": class.precision, "recall": class.recall, "reaches_seed": self.reaches_seed(class) });
        json!({ "threshold": self.threshold, "accuracy": self.accuracy, "won": class(self.won), "lost": class(self.lost) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(won: &[bool]) -> Truth {
        Truth { won: won.to_vec(), weight: vec![1.0; won.len()], group: (0..won.len() as u32).collect() }
    }

    #[test]
    fn ranks_with_ties_and_weights() {
        let truth = truth(&[true, false, true, false]);
        assert_eq!(truth.auc(&[0.9, 0.1, 0.8, 0.2]), 1.0);
        assert_eq!(truth.auc(&[0.5; 4]), 0.5);
        assert_eq!(truth.auc(&[0.9, 0.1, 0.1, 0.2]), 0.625);
        let weighted = Truth { weight: vec![1.0, 1.0, 3.0, 1.0], ..truth };
        assert_eq!(weighted.auc(&[0.9, 0.1, 0.1, 0.2]), (2.0 + 3.0 * 0.5) / 8.0);
    }

    #[test]
    fn losses_and_calibration() {
        let truth = truth(&[true, false]);
        assert!((truth.log_loss(&[0.5, 0.5]) - 2f64.ln()).abs() < 1e-12);
        assert!(truth.log_loss(&[0.0, 0.0]).is_finite());
        assert_eq!(truth.ece(&[0.55, 0.55]), 0.050000000000000044);
        assert!((truth.ece(&[1.0, 1.0]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn differences_come_with_their_error() {
        let truth = truth(&[true, true, false, false]);
        let (mean, error) = truth.log_loss_difference(&[0.5; 4], &[0.25, 0.25, 0.75, 0.75]);
        assert!((mean + 2f64.ln()).abs() < 1e-12 && error < 1e-12, "{mean} {error}");
        let (mean, error) = truth.log_loss_difference(&[0.5, 0.25, 0.5, 0.75], &[0.25, 0.5, 0.75, 0.5]);
        assert!(mean.abs() < 1e-12 && (error - 2f64.ln() / 2.0).abs() < 1e-12, "{mean} {error}");
    }

    #[test]
    fn chance_alone_shows_some_calibration_error() {
        let few = truth(&[true; 50]);
        let exact = few.ece_if_exact(&[0.5; 50]);
        assert!((0.03..0.08).contains(&exact), "{exact}");
        assert_eq!(few.ece_if_exact(&[1.0; 50]), 0.0);
        // Rows of one deal stand and fall together.
        let one = Truth { group: vec![0; 50], ..few };
        assert!((one.ece_if_exact(&[0.5; 50]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn decisions_for_both_outcomes() {
        let truth = truth(&[true, true, false, false]);
        let at = truth.at_threshold(&[0.9, 0.4, 0.6, 0.1], 0.5);
        assert_eq!((at.accuracy, at.won.precision, at.won.recall, at.lost.precision, at.lost.recall), (0.5, 0.5, 0.5, 0.5, 0.5));
        assert!(!at.reaches_seed(at.won));
        assert_eq!(truth.could_reach_seed(&[0.9, 0.8, 0.3, 0.1]), (true, true));
        assert_eq!(truth.could_reach_seed(&[0.1, 0.2, 0.8, 0.9]), (false, false));
    }
}
