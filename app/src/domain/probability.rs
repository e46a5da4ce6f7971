//! A probability, always within 0..=1.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A chance between 0 and 1. Displays in per cent, never rounding a possible event to 0 % or 100 %.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

impl Probability {
    /// `None` unless `value` is a finite number in 0..=1.
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The nearest probability to `value`; 0 for NaN.
    pub fn saturating(value: f64) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }

    /// As a number in 0..=1.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whole per cent, 1..=99 unless it is exactly 0 or 1.
    pub fn percent(self) -> u8 {
        if self.0 == 0.0 {
            0
        } else if self.0 == 1.0 {
            100
        } else {
            (self.0 * 100.0).round().clamp(1.0, 99.0) as u8
        }
    }
}

impl TryFrom<f64> for Probability {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        Self::new(value).ok_or_else(|| format!("{value} is not a probability (0 to 1)"))
    }
}

impl From<Probability> for f64 {
    fn from(p: Probability) -> f64 {
        p.0
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.percent())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_range_is_refused() {
        assert!(Probability::new(-0.01).is_none());
        assert!(Probability::new(1.01).is_none());
        assert!(Probability::new(f64::NAN).is_none());
    }

    #[test]
    fn a_possible_event_is_never_shown_as_certain() {
        assert_eq!(Probability::saturating(0.999).to_string(), "99%");
        assert_eq!(Probability::saturating(0.001).to_string(), "1%");
        assert_eq!(Probability::saturating(0.425).to_string(), "43%");
    }
}
