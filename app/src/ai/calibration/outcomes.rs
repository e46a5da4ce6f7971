//! What a calibration is learned from.

/// Margins with what happened; all three have one value per row.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'a> {
    /// Log-odds.
    pub margin: &'a [f64],
    pub won: &'a [bool],
    pub weight: &'a [f64],
}

impl Outcomes<'_> {
    /// The rows of an outcome together.
    pub fn class_weight(&self, won: bool) -> f64 {
        self.won.iter().zip(self.weight).filter(|(outcome, _)| **outcome == won).map(|(_, weight)| weight).sum()
    }
}
