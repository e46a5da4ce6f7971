//! How urgent an alert is: one documented formula.

use serde::{Deserialize, Serialize};

/// How urgent an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Priority {
    Low,
    Medium,
    High,
    Critical,
}

/// The formula in the words that the settings show.
pub const PRIORITY_IN_WORDS: &str = "Urgency = 40 % severity + 40 % revenue + 20 % closeness. Severity: how far the limit is \
     exceeded, full at three times the limit. Revenue: the share of open deals that have less at stake, which is value × win probability. Closeness: full from \
     the expected close date on, none 90 days before it. Critical from 75 %, high from 55 %, medium from 30 %, low below.";

impl Priority {
    /// The most urgent first.
    pub const ALL: [Priority; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    pub fn label(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::High => "High",
            Self::Medium => "Medium",
            Self::Low => "Low",
        }
    }

    /// 0 for low to 3 for critical: what lists sort by.
    pub fn rank(self) -> i32 {
        self as i32
    }

    pub fn of_rank(rank: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.rank() == rank)
    }
}

/// What a priority is made from; each part in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Urgency {
    /// 0 at the limit, 1 at three times the limit and beyond.
    pub severity: f64,
    /// Share of the open deals in the same currency that have less at stake; 0.5 where the deal has no value.
    pub revenue: f64,
    /// Days to the expected close date, negative when it has passed; `None` without one.
    pub days_to_close: Option<i64>,
}

impl Urgency {
    /// How far `measure` exceeds `limit`, as severity. A limit of 0 counts as 7, the week in which a thing is not yet grave.
    pub fn severity_of(measure: f64, limit: f64) -> f64 {
        let limit = if limit > 0.0 { limit } else { 7.0 };
        ((measure / limit - 1.0) / 2.0).clamp(0.0, 1.0)
    }

    fn closeness(&self) -> f64 {
        self.days_to_close.map_or(0.0, |days| (1.0 - days as f64 / 90.0).clamp(0.0, 1.0))
    }

    /// `0.4 severity + 0.4 revenue + 0.2 closeness`, see [`PRIORITY_IN_WORDS`].
    pub fn priority(&self) -> Priority {
        let urgency = 0.4 * self.severity.clamp(0.0, 1.0) + 0.4 * self.revenue.clamp(0.0, 1.0) + 0.2 * self.closeness();
        match urgency {
            urgency if urgency >= 0.75 => Priority::Critical,
            urgency if urgency >= 0.55 => Priority::High,
            urgency if urgency >= 0.30 => Priority::Medium,
            _ => Priority::Low,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_follow_the_formula() {
        let of = |severity, revenue, days| Urgency { severity, revenue, days_to_close: days }.priority();
        assert_eq!(of(1.0, 1.0, Some(0)), Priority::Critical);
        assert_eq!(of(1.0, 0.9, None), Priority::Critical);
        assert_eq!(of(0.5, 0.9, Some(60)), Priority::High);
        assert_eq!(of(0.0, 0.8, Some(-5)), Priority::Medium);
        assert_eq!(of(0.0, 0.1, Some(80)), Priority::Low);
    }

    #[test]
    fn severity_is_full_at_three_times_the_limit() {
        assert_eq!(Urgency::severity_of(14.0, 14.0), 0.0);
        assert_eq!(Urgency::severity_of(28.0, 14.0), 0.5);
        assert_eq!(Urgency::severity_of(42.0, 14.0), 1.0);
        assert_eq!(Urgency::severity_of(100.0, 14.0), 1.0);
        assert_eq!(Urgency::severity_of(21.0, 0.0), 1.0);
    }

    #[test]
    fn the_more_urgent_is_the_greater() {
        assert!(Priority::Critical > Priority::High && Priority::High > Priority::Medium && Priority::Medium > Priority::Low);
    }
}
