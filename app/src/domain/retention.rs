//! How long the past is kept.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Instant;

/// How long what time alone piles up is kept, in days. What is not given is as it usually is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Of each deal the last score of each day is kept for so long (all of them for a month).
    pub scores_daily: u32,
    /// After that the last score of each week and month, for so long in all; then only what accuracy is judged by: the scores shown at
    /// the close and the usual days before it, and an open deal's present one.
    pub scores_weekly: u32,
    /// Who did what.
    pub audit: u32,
    /// Sweeps, looks at drift, trainings that have ended. The newest of each stays.
    pub runs: u32,
    /// E-mails and Slack messages that are over and done with.
    pub deliveries: u32,
    /// What people were told in the app.
    pub notifications: u32,
    /// Alerts that have ended, with what was done about them.
    pub alerts: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { scores_daily: 90, scores_weekly: 730, audit: 2_555, runs: 365, deliveries: 180, notifications: 90, alerts: 730 }
    }
}

impl Retention {
    /// More than any deal's life, and far from where dates end.
    pub const MAX_DAYS: u32 = 36_500;
    /// The longest way back from a close that accuracy looks.
    pub const MIN_SCORES_DAILY: u32 = 90;
    /// The months that pages look back, with room.
    pub const MIN_SCORES_WEEKLY: u32 = 400;

    /// The time of alerts that the impact page looks back, with room.
    pub const MIN_ALERTS: u32 = 400;

    /// The first setting that cannot be, with the reason in words.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let years = [self.scores_daily, self.scores_weekly, self.runs, self.deliveries, self.notifications, self.alerts];
        let bounds = [
            ("scores_daily", self.scores_daily, Self::MIN_SCORES_DAILY, self.scores_weekly),
            ("scores_weekly", self.scores_weekly, Self::MIN_SCORES_WEEKLY, Self::MAX_DAYS),
            ("runs", self.runs, 30, Self::MAX_DAYS),
            ("deliveries", self.deliveries, 30, Self::MAX_DAYS),
            ("notifications", self.notifications, 7, Self::MAX_DAYS),
            ("alerts", self.alerts, Self::MIN_ALERTS, Self::MAX_DAYS),
            // The log outlives what it tells of.
            ("audit", self.audit, years.into_iter().max().unwrap_or_default(), Self::MAX_DAYS),
        ];
        match bounds.into_iter().find(|(_, days, least, most)| days < least || days > most) {
            Some((field, _, least, most)) => Err((field, format!("Choose {least} to {most} days."))),
            None => Ok(()),
        }
    }
}

/// A score of a deal, as far as its keeping depends on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PastScore {
    pub id: Uuid,
    pub at: Instant,
    /// Made before the model was trained, or after the close.
    pub hindsight: bool,
    /// By a model that people saw scores of by then.
    pub seen: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_can_be_and_what_would_lose_figures_cannot() {
        assert_eq!(Retention::default().check(), Ok(()));
        let field = |retention: Retention| retention.check().map_err(|(field, _)| field);
        assert_eq!(field(Retention { scores_daily: 89, ..Retention::default() }), Err("scores_daily"));
        assert_eq!(field(Retention { scores_daily: 800, ..Retention::default() }), Err("scores_daily"));
        assert_eq!(field(Retention { scores_weekly: 399, ..Retention::default() }), Err("scores_weekly"));
        assert_eq!(field(Retention { alerts: 399, ..Retention::default() }), Err("alerts"));
        assert_eq!(field(Retention { audit: 700, ..Retention::default() }), Err("audit"), "the log is kept longest");
        assert_eq!(field(Retention { audit: u32::MAX, ..Retention::default() }), Err("audit"));
    }

    #[test]
    fn what_is_not_given_is_as_usual() {
        let read: Retention = serde_json::from_str(r#"{"runs": 400}"#).expect("parses");
        assert_eq!(read, Retention { runs: 400, ..Retention::default() });
    }
}
