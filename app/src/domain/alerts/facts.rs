//! What the alert rules look at, and what was alerted before.

use chrono::{NaiveDate, TimeDelta};

use crate::domain::{
    Instant,
    alerts::{AlertState, DismissReason, Priority},
    ids::{PipelineId, StageId},
    scoring::ScorePoint,
};

/// How long a fall may take and still be one.
const DROP_WINDOW: TimeDelta = TimeDelta::days(7);

/// Beginning of the time in which a fall of a probability counts.
pub fn drop_window(now: Instant) -> Instant {
    now - DROP_WINDOW
}

/// The expected close date, moved back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Push {
    pub at: Instant,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// What the rules look at. What a source does not tell is `None` or empty, and no rule fires on it.
#[derive(Debug, Clone, PartialEq)]
pub struct DealFacts {
    pub pipeline: PipelineId,
    pub stage: Option<StageId>,
    pub stage_name: String,
    pub created_at: Option<Instant>,
    pub stage_since: Option<Instant>,
    /// The newest activity that has happened.
    pub last_activity: Option<Instant>,
    /// Whether activities are recorded in its pipeline at all.
    pub knows_activities: bool,
    /// Whether an activity is planned for later.
    pub planned: bool,
    /// Whether its pipeline plans activities at all.
    pub knows_plans: bool,
    /// The one contact of the last 90 days; `None` where there was none, or more than one.
    pub only_contact: Option<String>,
    /// The rep's probabilities of the last 7 days, oldest first, beginning with the one that held before.
    pub rep: Vec<ScorePoint>,
    /// The present model's probabilities of the last 30 days, oldest first, beginning with the one that held before.
    pub scores: Vec<ScorePoint>,
    pub expected_close: Option<NaiveDate>,
    /// How the expected close date was moved back, oldest first.
    pub pushes: Vec<Push>,
}

impl DealFacts {
    /// The last sign of life: an activity, or the deal's creation where none was recorded yet.
    pub fn last_sign(&self) -> Option<Instant> {
        if self.knows_activities { self.last_activity.max(self.created_at) } else { None }
    }
}

/// The newest alert of a deal for a cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    pub state: AlertState,
    pub priority: Priority,
    /// How much there was of it when it was last raised or worsened.
    pub measure: f64,
    pub snoozed_until: Option<Instant>,
    /// When it was dismissed or resolved.
    pub ended_at: Option<Instant>,
    pub dismissed: Option<DismissReason>,
}
