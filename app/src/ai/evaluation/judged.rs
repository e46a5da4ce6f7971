//! What is judged: probabilities with what happened.

/// Probabilities with what happened; all four have one value per row.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// Of being won, in 0..=1.
    pub probability: &'a [f64],
    pub won: &'a [bool],
    /// The rows of a deal weigh 1 together.
    pub weight: &'a [f64],
    /// The deal that a row belongs to.
    pub group: &'a [u32],
}

/// Rows that share a probability: no threshold can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tie {
    pub probability: f64,
    pub won: f64,
    pub lost: f64,
}

impl Tie {
    pub fn weight(&self) -> f64 {
        self.won + self.lost
    }
}

/// The rows by probability, lowest first.
pub(super) fn ties(judged: Judged) -> Vec<Tie> {
    let mut rows: Vec<(f64, f64, bool)> =
        judged.probability.iter().zip(judged.weight).zip(judged.won).map(|((p, weight), won)| (*p, *weight, *won)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ties: Vec<Tie> = Vec::new();
    for (probability, weight, won) in rows {
        let (won, lost) = if won { (weight, 0.0) } else { (0.0, weight) };
        match ties.last_mut() {
            Some(tie) if tie.probability == probability => {
                tie.won += won;
                tie.lost += lost;
            }
            _ => ties.push(Tie { probability, won, lost }),
        }
    }
    ties
}
