//! What was seen on a deal, compared with what, since when, and what to do: the facts of an alert and their words.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::domain::{
    Instant,
    alerts::{AlertRule, Unit},
    probability::Probability,
};

/// What a rule saw. Values are as of when it was seen; what grows with time is told as of `now`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Observation {
    Stale { since: Instant, limit: f64 },
    Stuck { stage: String, since: Instant, limit: f64 },
    RepDrop { from: Probability, to: Probability, since: Instant, limit: f64 },
    ModelDrop { from: Probability, to: Probability, since: Instant, limit: f64 },
    Collapse { from: Probability, to: Probability, since: Instant, limit: f64, reason: Option<String> },
    Slipping { from: NaiveDate, to: NaiveDate, at: Instant, limit: f64 },
    RepeatedSlips { times: u32, first: NaiveDate, now: NaiveDate, at: Instant, limit: f64 },
    Overdue { expected: NaiveDate, limit: f64 },
    NoNextStep { since: Instant, limit: f64 },
    SingleThreaded { contact: String, since: Instant, limit: f64 },
    Manual { headline: String, detail: String, at: Instant },
}

fn days_since(since: Instant, now: Instant) -> f64 {
    (now - since).max(TimeDelta::zero()).num_seconds() as f64 / 86_400.0
}

fn day(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

fn on(instant: Instant) -> String {
    day(instant.date_naive())
}

fn days(count: f64) -> String {
    Unit::Days.with(count.floor())
}

fn points(from: Probability, to: Probability) -> f64 {
    // Rounded, so that 0.7 − 0.5 is 20 points and not a hair less.
    ((from.get() - to.get()) * 1e8).round() / 1e6
}

impl Observation {
    pub fn rule(&self) -> AlertRule {
        match self {
            Self::Stale { .. } => AlertRule::Stale,
            Self::Stuck { .. } => AlertRule::Stuck,
            Self::RepDrop { .. } => AlertRule::RepDrop,
            Self::ModelDrop { .. } => AlertRule::ModelDrop,
            Self::Collapse { .. } => AlertRule::Collapse,
            Self::Slipping { .. } => AlertRule::Slipping,
            Self::RepeatedSlips { .. } => AlertRule::RepeatedSlips,
            Self::Overdue { .. } => AlertRule::Overdue,
            Self::NoNextStep { .. } => AlertRule::NoNextStep,
            Self::SingleThreaded { .. } => AlertRule::SingleThreaded,
            Self::Manual { .. } => AlertRule::Manual,
        }
    }

    /// How much there is of it, in the rule's unit, as of `now`.
    pub fn measure(&self, now: Instant) -> f64 {
        match self {
            Self::Stale { since, .. } | Self::Stuck { since, .. } | Self::NoNextStep { since, .. } | Self::SingleThreaded { since, .. } => {
                days_since(*since, now)
            }
            Self::RepDrop { from, to, .. } | Self::ModelDrop { from, to, .. } => points(*from, *to),
            Self::Collapse { from, to, .. } => 100.0 * (1.0 - to.get() / from.get().max(f64::EPSILON)),
            Self::Slipping { from, to, .. } => (*to - *from).num_days() as f64,
            Self::RepeatedSlips { times, .. } => f64::from(*times),
            Self::Overdue { expected, .. } => (now.date_naive() - *expected).num_days() as f64,
            Self::Manual { .. } => 0.0,
        }
    }

    /// The limit that was exceeded.
    pub fn limit(&self) -> f64 {
        match self {
            Self::Stale { limit, .. }
            | Self::Stuck { limit, .. }
            | Self::RepDrop { limit, .. }
            | Self::ModelDrop { limit, .. }
            | Self::Collapse { limit, .. }
            | Self::Slipping { limit, .. }
            | Self::RepeatedSlips { limit, .. }
            | Self::Overdue { limit, .. }
            | Self::NoNextStep { limit, .. }
            | Self::SingleThreaded { limit, .. } => *limit,
            Self::Manual { .. } => 0.0,
        }
    }

    /// When it began.
    pub fn since(&self) -> Instant {
        match self {
            Self::Stale { since, .. }
            | Self::Stuck { since, .. }
            | Self::RepDrop { since, .. }
            | Self::ModelDrop { since, .. }
            | Self::Collapse { since, .. }
            | Self::NoNextStep { since, .. }
            | Self::SingleThreaded { since, .. } => *since,
            Self::Slipping { at, .. } | Self::RepeatedSlips { at, .. } | Self::Manual { at, .. } => *at,
            Self::Overdue { expected, .. } => {
                let midnight = expected.succ_opt().unwrap_or(*expected).and_time(chrono::NaiveTime::MIN);
                Instant::from_naive_utc_and_offset(midnight, chrono::Utc)
            }
        }
    }

    /// What was seen, in a few words: "No activity for 23 days".
    pub fn headline(&self, now: Instant) -> String {
        let measured = self.measure(now);
        match self {
            Self::Stale { .. } => format!("No activity for {}", days(measured)),
            Self::Stuck { stage, .. } => format!("In {stage} for {}", days(measured)),
            Self::RepDrop { .. } => format!("The rep's probability fell by {measured:.0} points"),
            Self::ModelDrop { .. } => format!("The model's probability fell by {measured:.0} points"),
            Self::Collapse { from, to, .. } => format!("The score collapsed from {from} to {to}"),
            Self::Slipping { .. } => format!("Close date moved back by {}", days(measured)),
            Self::RepeatedSlips { times, .. } => format!("Close date moved back {}", Unit::Times.with(f64::from(*times))),
            Self::Overdue { .. } => match measured as i64 {
                1 => "Close date was yesterday".into(),
                _ => format!("Close date passed {} ago", days(measured)),
            },
            Self::NoNextStep { .. } => "No next step is planned".into(),
            Self::SingleThreaded { contact, .. } => format!("All contact is with {contact}"),
            Self::Manual { headline, .. } => headline.clone(),
        }
    }

    /// What it is compared with, and since when.
    pub fn detail(&self) -> String {
        let limit = || self.rule().unit().with(self.limit());
        match self {
            Self::Stale { since, .. } => format!("The last activity was on {}; the limit is {}.", on(*since), limit()),
            Self::Stuck { stage, since, .. } => format!("It entered {stage} on {}; the limit is {}.", on(*since), limit()),
            Self::RepDrop { from, to, since, .. } => {
                format!("The rep said {from} on {} and says {to} now; the limit is {} within 7 days.", on(*since), limit())
            }
            Self::ModelDrop { from, to, since, .. } => {
                format!("The model gave {from} on {} and gives {to} now; the limit is {} within 7 days.", on(*since), limit())
            }
            Self::Collapse { since, reason, .. } => {
                let why = reason.as_ref().map(|reason| format!(" What drove it most: {reason}")).unwrap_or_default();
                format!("Its highest value of the last 30 days was on {}; the limit is a loss of {}.{why}", on(*since), limit())
            }
            Self::Slipping { from, to, at, .. } => {
                format!("On {} the expected close went from {} to {}; the limit is {}.", on(*at), day(*from), day(*to), limit())
            }
            Self::RepeatedSlips { first, now, at, .. } => {
                format!("First expected by {}, now by {}; last moved on {}; the limit is {}.", day(*first), day(*now), on(*at), limit())
            }
            Self::Overdue { expected, limit: days, .. } => {
                let allowed = if *days > 0.0 { format!("; the limit is {} after it", limit()) } else { String::new() };
                format!("It was expected to close by {} and is still open{allowed}.", day(*expected))
            }
            Self::NoNextStep { since, .. } => {
                format!("The last activity was on {}, and nothing is planned after it; the limit is {}.", on(*since), limit())
            }
            Self::SingleThreaded { since, .. } => {
                format!("The deal is open since {}; from {} on, more than one contact is expected.", on(*since), limit())
            }
            Self::Manual { detail, .. } => detail.clone(),
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Stale { .. } => "Get in touch with the customer today, or record what happened elsewhere.",
            Self::Stuck { .. } => "Find out what holds the stage up: agree on the step that ends it, or move the deal back.",
            Self::RepDrop { .. } => "Talk over what the rep has seen, and decide whether to fight for the deal or let it go.",
            Self::ModelDrop { .. } => "Look at the reasons on the deal page; they say what changed and what would help.",
            Self::Collapse { .. } => "Review the deal now: ask the customer whether it is still on, and who decides.",
            Self::Slipping { .. } => "Ask what has to happen before the new date, and write it down as the next step.",
            Self::RepeatedSlips { .. } => "Set a close date that the customer has confirmed, or take the deal out of the forecast.",
            Self::Overdue { .. } => "Set a new close date together with the customer, or record how the deal ended.",
            Self::NoNextStep { .. } => "Agree on the next step with the customer and plan it on the deal.",
            Self::SingleThreaded { .. } => "Win a second contact, best the one who signs.",
            Self::Manual { .. } => "See what the alert says.",
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn at(day: u32) -> Instant {
        Utc.with_ymd_and_hms(2026, 3, day, 9, 0, 0).single().expect("a valid instant")
    }

    #[test]
    fn what_grows_with_time_is_told_as_of_now() {
        let seen = Observation::Stale { since: at(1), limit: 14.0 };
        assert_eq!(seen.headline(at(20)), "No activity for 19 days");
        assert_eq!(seen.headline(at(21)), "No activity for 20 days");
        assert_eq!(seen.detail(), "The last activity was on 1 Mar 2026; the limit is 14 days.");
    }

    #[test]
    fn points_are_exact() {
        let seen =
            Observation::ModelDrop { from: Probability::saturating(0.7), to: Probability::saturating(0.5), since: at(1), limit: 20.0 };
        assert_eq!(seen.measure(at(2)), 20.0);
        assert!(seen.headline(at(2)).ends_with("20 points"));
    }

    #[test]
    fn observations_survive_storage() {
        let seen = Observation::Slipping {
            from: NaiveDate::from_ymd_opt(2026, 3, 1).expect("a date"),
            to: NaiveDate::from_ymd_opt(2026, 3, 31).expect("a date"),
            at: at(2),
            limit: 7.0,
        };
        let json = serde_json::to_string(&seen).expect("serialises");
        assert!(json.contains(r#""rule":"slipping""#), "{json}");
        assert_eq!(serde_json::from_str::<Observation>(&json).expect("reads"), seen);
        assert_eq!(seen.headline(at(3)), "Close date moved back by 30 days");
    }
}
