//! The stages that a deal goes through.

use strum::VariantArray;

use crate::domain::variants::all;

/// The open stages in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub(super) enum Step {
    Qualification,
    Discovery,
    Demo,
    Proposal,
    Negotiation,
}

impl Step {
    pub const ALL: [Self; 5] = all();

    pub fn index(self) -> usize {
        self as usize
    }

    pub fn name(self) -> &'static str {
        ["Qualification", "Discovery", "Demo", "Proposal", "Negotiation"][self.index()]
    }

    /// The chance the CRM gives a deal in this stage.
    pub fn default_probability(self) -> f64 {
        [0.10, 0.25, 0.40, 0.60, 0.80][self.index()]
    }

    /// Median length in days, for a deal of median size and pace.
    pub fn median_days(self) -> f64 {
        [8.0, 13.0, 12.0, 14.0, 13.0][self.index()]
    }

    /// Logit of an early no at the end of the stage, for a deal of mean health.
    pub fn early_no(self) -> f64 {
        [-3.0, -3.1, -3.1, -2.6, f64::INFINITY][self.index()]
    }

    pub fn stepped(self, by: i64) -> Self {
        Self::ALL[(self.index() as i64 + by).clamp(0, 4) as usize]
    }
}
