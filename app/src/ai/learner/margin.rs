//! Margins: log-odds as a learner gives them, and what columns contributed to them.

/// What each column did to each row's margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// The model's mean margin; with a row's contributions it adds up to the row's margin.
    pub base: f64,
    /// By row, by column.
    pub per_row: Vec<Vec<f64>>,
}

/// Probability of a margin in log-odds.
pub fn sigmoid(margin: f64) -> f64 {
    1.0 / (1.0 + (-margin).exp())
}

/// Log-loss of a margin, without overflow.
pub fn log_loss(margin: f64, won: bool) -> f64 {
    let wrong = if won { -margin } else { margin };
    wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
}

/// Margin of a probability strictly between 0 and 1.
pub fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}
