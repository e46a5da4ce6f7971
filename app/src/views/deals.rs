//! What the deal list, the board and a deal's page show.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Instant,
        deals::{ActivityKind, DealQuery, Outcome},
        ids::{DealId, PipelineId, StageId, TeamId, UserId},
        money::Money,
        probability::Probability,
        scoring::{Score, ScorePoint},
    },
    views::{
        scoring::ScoreSummary,
        similarity::{EngineStatus, SimilarView},
    },
};

/// One line of the deal list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealRow {
    pub id: DealId,
    pub title: String,
    pub account: Option<String>,
    pub owner: Option<String>,
    pub owner_id: Option<UserId>,
    pub stage: Option<String>,
    pub value: Option<Money>,
    pub expected_close: Option<NaiveDate>,
    pub closed_at: Option<Instant>,
    pub outcome: Outcome,
    /// `None` until the deal is scored.
    pub score: Option<ScoreSummary>,
    /// May the viewer record its outcome?
    pub may_close: bool,
}

/// The board of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoardView {
    pub pipelines: Vec<Choice<crate::domain::ids::PipelineId>>,
    /// The one shown; `None` while there is none.
    pub pipeline: Option<crate::domain::ids::PipelineId>,
    pub columns: Vec<BoardColumn>,
}

/// An open stage with its deals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoardColumn {
    pub stage: StageId,
    pub name: String,
    /// All that the viewer may see.
    pub deals: u64,
    /// Their sum, where they share a currency.
    pub value: Option<Money>,
    /// The largest of them.
    pub rows: Vec<DealRow>,
}

/// A page of the deal list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealListView {
    /// The query as understood: unknown values dropped, the page within range.
    pub query: DealQuery,
    pub rows: Vec<DealRow>,
    /// Deals that match, on all pages; where there are more than are counted, as many as are.
    pub total: u64,
    /// There are more deals than were counted.
    #[serde(default)]
    pub more: bool,
    /// Sum of the matching deals' values, where they share a currency and all of them were counted.
    pub total_value: Option<Money>,
    pub page_count: u64,
    pub owners: Vec<Choice<UserId>>,
    pub stages: Vec<Choice<StageId>>,
    /// Names of what is filtered by; empty where nothing is.
    pub teams: Vec<Choice<TeamId>>,
    pub pipelines: Vec<Choice<PipelineId>>,
    pub engine: EngineStatus,
}

/// A choice in a filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice<Id> {
    pub id: Id,
    pub label: String,
}

/// The deal page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealView {
    pub id: DealId,
    /// For the optimistic lock: a change made against an older version is refused.
    pub version: i32,
    pub title: String,
    pub description: String,
    pub notes: Option<String>,
    pub account: Option<String>,
    pub industry: Option<String>,
    pub owner: Option<String>,
    pub team: Option<String>,
    pub pipeline: Option<String>,
    /// The open stages of its pipeline in order, and where the deal stands.
    pub stages: Vec<StageStep>,
    pub stage: Option<String>,
    pub value: Option<Money>,
    pub rep_probability: Option<Probability>,
    pub expected_close: Option<NaiveDate>,
    pub created_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub outcome: Outcome,
    pub loss_reason: Option<String>,
    pub competitor: Option<String>,
    /// Custom fields, in their defined order, as text.
    pub custom: Vec<(String, String)>,
    pub score: Option<Score>,
    pub revenue_at_risk: Option<Money>,
    /// Scores of the last months, oldest first.
    pub score_history: Vec<ScorePoint>,
    /// Newest first.
    pub timeline: Vec<TimelineEntry>,
    /// More entries exist than `timeline` shows.
    pub timeline_truncated: bool,
    pub similar: SimilarView,
    /// Its active alerts, the most urgent first.
    pub alerts: Vec<crate::views::alerts::AlertView>,
    /// The viewer wants to hear nothing about it.
    pub muted: bool,
    /// May the viewer record the outcome?
    pub may_close: bool,
    /// What recording it offers and asks for; where the viewer may not, empty.
    pub close_choices: crate::views::closing::CloseChoices,
    /// May the viewer open it again?
    pub may_reopen: bool,
    /// For how many seconds the viewer can still take the close back as if it had not happened.
    pub undo_seconds: Option<u32>,
    /// What people said of its scores, newest first.
    pub feedback: Vec<crate::views::scoring::FeedbackView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageStep {
    pub name: String,
    pub reached: bool,
    pub current: bool,
}

/// One entry of the deal's timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// `None` where the source gave no date.
    pub at: Option<Instant>,
    pub actor: Option<String>,
    pub what: TimelineKind,
}

/// Values are ready to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimelineKind {
    Created,
    Stage {
        from: Option<String>,
        to: String,
    },
    Value {
        from: Option<String>,
        to: Option<String>,
    },
    Probability {
        from: Option<String>,
        to: Option<String>,
    },
    /// `slip_days`: how far it moved back (positive) or forward (negative).
    CloseDate {
        from: Option<String>,
        to: Option<String>,
        slip_days: Option<i64>,
    },
    Owner {
        from: Option<String>,
        to: Option<String>,
    },
    Field {
        name: String,
        from: Option<String>,
        to: Option<String>,
    },
    Outcome {
        outcome: Outcome,
        reason: Option<String>,
    },
    Activity {
        activity: ActivityKind,
        subject: String,
        body: Option<String>,
        contact: Option<String>,
    },
}
