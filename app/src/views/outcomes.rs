//! What the pages on closing, win and loss, and impact show.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Instant,
        alerts::Relevance,
        deals::Outcome,
        ids::{PipelineId, TeamId, UserId},
        outcomes::{
            CycleTime, Driver, DriverDealsQuery, Drivers, FlaggedGroup, OutcomeDimension, OutcomeFigures, OutcomesQuery, Period,
            ShareDifference,
        },
    },
    views::{
        closing::CloseChoices,
        deals::{Choice, DealRow},
    },
};

/// The page that closes several deals at once; once they are closed, it says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloseView {
    /// What is to be recorded.
    pub outcome: Outcome,
    pub deals: Vec<DealRow>,
    pub choices: CloseChoices,
    /// Where all of them are closed: for how many seconds the viewer can still take that back.
    pub undo_seconds: Option<u32>,
}

/// The page on business impact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImpactView {
    /// When the flagged deals were counted; `None`: just now.
    pub counted_at: Option<Instant>,
    /// The first alert that counts; `None` while there is none.
    pub since: Option<Instant>,
    pub acted_on: FlaggedGroup,
    pub left_alone: FlaggedGroup,
    pub difference: Option<ShareDifference>,
    pub median_hours_to_act: Option<f64>,
    pub relevance: Vec<Relevance>,
    pub cycle: CycleTime,
    pub cycle_before: CycleTime,
}

/// The win/loss page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomesView {
    pub query: OutcomesQuery,
    pub today: NaiveDate,
    /// `None` for all time.
    pub period: Option<Period>,
    pub before: Option<Period>,
    pub figures: OutcomeFigures,
    pub figures_before: Option<OutcomeFigures>,
    /// Closed deals that have no close date, among those shown; only all time has them.
    pub undated: u64,
    pub dimensions: Vec<OutcomeDimension>,
    pub drivers: Drivers,
    /// Where only some deals were looked at for the comparisons: how many of how many in the workspace.
    pub compared_of: Option<(u64, u64)>,
    /// The comparisons of a large workspace are not made yet.
    pub comparing: bool,
    pub pipelines: Vec<Choice<PipelineId>>,
    pub owners: Vec<Choice<UserId>>,
    pub teams: Vec<Choice<TeamId>>,
}

/// The deals on one side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriverDealsView {
    /// The page within range.
    pub query: DriverDealsQuery,
    pub driver: Driver,
    pub period: Option<Period>,
    pub rows: Vec<DealRow>,
    pub total: u64,
    pub page_count: u64,
}
