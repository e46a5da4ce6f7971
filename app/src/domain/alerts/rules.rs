//! Alerts: what can be wrong with an open deal, how that is said, and what becomes of it.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::variants::all;

/// What an alert is about: one cause that a deal can have at most one active alert for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum AlertRule {
    /// No activity for too long.
    Stale,
    /// In its stage for too long.
    Stuck,
    /// The rep's own probability fell by too many points within a week.
    RepDrop,
    /// The model's probability fell by too many points within a week.
    ModelDrop,
    /// The model's probability fell to a small part of what it was within the last 30 days.
    Collapse,
    /// The expected close date was moved back by too many days.
    Slipping,
    /// The expected close date was moved back again and again.
    RepeatedSlips,
    /// The expected close date has passed.
    Overdue,
    /// Nothing is planned with the customer.
    NoNextStep,
    /// All contact is with one person.
    SingleThreaded,
    /// Raised by a person or a program through the interface.
    Manual,
}

/// What a threshold counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Days,
    /// Percentage points.
    Points,
    /// Percent of what it was.
    Percent,
    Times,
}

impl Unit {
    /// The threshold with its unit: "14 days".
    pub fn with(self, value: f64) -> String {
        let value = if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") };
        let plural = value != "1";
        match self {
            Self::Days => format!("{value} {}", if plural { "days" } else { "day" }),
            Self::Points => format!("{value} {}", if plural { "points" } else { "point" }),
            Self::Percent => format!("{value} %"),
            Self::Times => format!("{value} {}", if plural { "times" } else { "time" }),
        }
    }
}

impl AlertRule {
    /// The rules that the monitoring watches, in the order of the settings.
    pub const WATCHED: [AlertRule; 10] = [
        Self::Stale,
        Self::Stuck,
        Self::ModelDrop,
        Self::RepDrop,
        Self::Collapse,
        Self::Slipping,
        Self::RepeatedSlips,
        Self::Overdue,
        Self::NoNextStep,
        Self::SingleThreaded,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Self::Stale => "Stale",
            Self::Stuck => "Stuck in stage",
            Self::RepDrop => "Rep's probability fell",
            Self::ModelDrop => "Model's probability fell",
            Self::Collapse => "Score collapsed",
            Self::Slipping => "Close date slipping",
            Self::RepeatedSlips => "Slipped repeatedly",
            Self::Overdue => "Overdue",
            Self::NoNextStep => "No next step",
            Self::SingleThreaded => "Single-threaded",
            Self::Manual => "Raised by hand",
        }
    }

    /// The rule in a sentence, for the settings.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Stale => "No activity for more than the limit.",
            Self::Stuck => "In its stage for more than the limit.",
            Self::RepDrop => "The rep's own probability fell by more than the limit within 7 days.",
            Self::ModelDrop => "The model's probability fell by more than the limit within 7 days.",
            Self::Collapse => "The model's probability lost more than the limit of its highest value within 30 days.",
            Self::Slipping => "The expected close date was moved back by more than the limit at once, within the last 30 days.",
            Self::RepeatedSlips => "The expected close date was moved back more often than the limit.",
            Self::Overdue => "The expected close date passed more than the limit ago.",
            Self::NoNextStep => {
                "Nothing is planned, in a pipeline where next steps are planned, for more than the limit since the last activity."
            }
            Self::SingleThreaded => {
                "All contact within the last 90 days was with one person, on a deal older than the limit, in a pipeline where contacts are known."
            }
            Self::Manual => "Raised by a person or a program.",
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Self::RepDrop | Self::ModelDrop => Unit::Points,
            Self::Collapse => Unit::Percent,
            Self::RepeatedSlips | Self::Manual => Unit::Times,
            Self::Stale | Self::Stuck | Self::Slipping | Self::Overdue | Self::NoNextStep | Self::SingleThreaded => Unit::Days,
        }
    }

    /// The threshold where nobody chose another one; an alert needs more than it.
    pub fn default_threshold(self) -> f64 {
        match self {
            Self::Stale => 14.0,
            Self::Stuck => 30.0,
            Self::RepDrop | Self::ModelDrop => 20.0,
            Self::Collapse => 50.0,
            Self::Slipping => 7.0,
            Self::RepeatedSlips => 2.0,
            Self::Overdue => 0.0,
            Self::NoNextStep => 3.0,
            Self::SingleThreaded => 30.0,
            Self::Manual => 0.0,
        }
    }

    /// The largest threshold that makes sense.
    pub fn largest_threshold(self) -> f64 {
        match self.unit() {
            Unit::Days => 730.0,
            Unit::Points | Unit::Percent => 100.0,
            Unit::Times => 50.0,
        }
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum AlertState {
    /// Nobody has looked at it.
    Open,
    /// Somebody takes care of it.
    Acknowledged,
    /// Out of sight until a time.
    Snoozed,
    /// Somebody closed it and said what it was worth.
    Dismissed,
    /// The cause is gone.
    Resolved,
}

impl AlertState {
    pub const ALL: [Self; 5] = all();

    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Acknowledged => "Acknowledged",
            Self::Snoozed => "Snoozed",
            Self::Dismissed => "Dismissed",
            Self::Resolved => "Resolved",
        }
    }

    /// Whether the cause still stands as far as anybody knows.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged | Self::Snoozed)
    }
}

/// What a dismissed alert was worth to whoever dismissed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DismissReason {
    /// It helped; what there was to do is done.
    Useful,
    /// True, but of no use.
    NotUseful,
    /// Not true.
    Wrong,
}

impl DismissReason {
    pub const ALL: [Self; 3] = all();

    pub fn label(self) -> &'static str {
        match self {
            Self::Useful => "Useful: it is done",
            Self::NotUseful => "True, but not useful",
            Self::Wrong => "Wrong",
        }
    }
}
