//! What the pages show: answers of the services, ready to render.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    ActivityKind, Confidence, DealId, DealQuery, Health, Instant, ModelSummary, Money, Outcome, PipelineId, Probability, Role, Score,
    StageId, TeamId, UserId, report::Report,
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
    pub pipelines: Vec<Choice<super::PipelineId>>,
    /// The one shown; `None` while there is none.
    pub pipeline: Option<super::PipelineId>,
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

/// A deal's newest score in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreSummary {
    pub probability: Probability,
    pub low: Probability,
    pub high: Probability,
    pub health: Health,
    pub main_reason: Option<String>,
    pub revenue_at_risk: Option<Money>,
    /// How the probability moved over the last months, as a small SVG of the server's; empty where there is nothing to draw.
    pub trend_svg: String,
}

impl ScoreSummary {
    pub fn confidence(&self) -> Confidence {
        Confidence::of_interval(self.low, self.high)
    }
}

/// A page of the deal list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealListView {
    /// The query as understood: unknown values dropped, the page within range.
    pub query: DealQuery,
    pub rows: Vec<DealRow>,
    /// Deals that match, on all pages.
    pub total: u64,
    /// Sum of the matching deals' values, where they share a currency.
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

/// What the engine can do right now; the pages say so when it is less than everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EngineStatus {
    pub embedding: EmbeddingStatus,
    pub scoring: ScoringStatus,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EmbeddingStatus {
    /// Everything is embedded.
    Ready,
    /// So many deals still wait for their embedding.
    Backlog { waiting: u64 },
    /// The model or its runtime is missing; why, and what to do.
    Unavailable { why: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ScoringStatus {
    /// A trained model scores the deals.
    Model { version: i32 },
    /// No model is ready: scores are stage win rates; why.
    StageRate { why: String },
    /// Nothing was trained yet.
    Untrained,
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
    /// The same as a small SVG of the server's; empty where there is nothing to draw.
    pub trend_svg: String,
    /// Newest first.
    pub timeline: Vec<TimelineEntry>,
    /// More entries exist than `timeline` shows.
    pub timeline_truncated: bool,
    pub similar: SimilarView,
    /// Its active alerts, the most urgent first.
    pub alerts: Vec<super::AlertView>,
    /// The viewer wants to hear nothing about it.
    pub muted: bool,
    /// May the viewer record the outcome?
    pub may_close: bool,
    /// What recording it offers and asks for; where the viewer may not, empty.
    pub close_choices: super::CloseChoices,
    /// May the viewer open it again?
    pub may_reopen: bool,
    /// Until when the viewer can take the close back as if it had not happened.
    pub undo_until: Option<Instant>,
    /// What people said of its scores, newest first.
    pub feedback: Vec<super::FeedbackView>,
}

/// What the score was at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScorePoint {
    pub at: Instant,
    pub probability: Probability,
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

/// The most similar closed deals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SimilarView {
    Found {
        deals: Vec<SimilarDeal>,
    },
    /// This deal's embedding is still being made.
    Waiting,
    /// Its source carries no text to compare.
    NoText,
    Unavailable {
        why: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimilarDeal {
    pub id: DealId,
    pub title: String,
    pub account: Option<String>,
    pub value: Option<Money>,
    pub outcome: Outcome,
    pub closed_at: Option<Instant>,
    pub loss_reason: Option<String>,
    /// Cosine similarity, 0 to 1.
    pub similarity: f64,
}

/// The risk dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DashboardView {
    /// At most ten, the most revenue at risk first.
    pub top: Vec<DealRow>,
    pub by_health: Vec<HealthTotal>,
    pub open_deals: u64,
    /// Open deals not scored yet.
    pub unscored: u64,
    pub open_value: Option<Money>,
    /// Sum over open deals of value × win probability.
    pub expected_value: Option<Money>,
    pub revenue_at_risk: Option<Money>,
    /// Open deals by the month of their expected close, in order; the deals without a date last.
    pub forecast: Vec<ForecastMonth>,
    /// Open deals by win probability, as an SVG of the server's.
    pub distribution_svg: String,
    /// The same numbers as a table, for those who cannot see the chart: (from %, to %, deals).
    pub distribution: Vec<(u8, u8, u64)>,
    pub engine: EngineStatus,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthTotal {
    pub health: Health,
    pub deals: u64,
    pub value: Option<Money>,
    pub revenue_at_risk: Option<Money>,
}

/// When open deals are expected to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "when", content = "month")]
pub enum ForecastWhen {
    /// The expected close date has passed.
    Overdue,
    /// The first day of the month.
    Month(NaiveDate),
    /// More than twelve months ahead.
    Later,
    /// No expected close date.
    Undated,
}

/// What the open deals of a month are worth, weighed by their win probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastMonth {
    pub when: ForecastWhen,
    pub deals: u64,
    /// Sum of the deals' values.
    pub value: Option<Money>,
    /// Sum of value × win probability over the scored deals.
    pub expected: Option<Money>,
    /// Where the won value falls nine times out of ten, if the probabilities hold and deals do not depend on each other
    /// (5 % and 95 % quantile of a normal approximation, kept within 0 and the value).
    pub low: Option<Money>,
    pub high: Option<Money>,
}

/// The model page: the newest model in use, its report, and what may be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelView {
    /// The model that the report is about: the champion, or without one the newest. `None` before the first training.
    pub report: Option<Report>,
    /// All models, newest first.
    pub versions: Vec<ModelSummary>,
    /// The version that a roll-back would bring back.
    pub previous: Option<i32>,
    /// The custom fields and whether models may learn from them.
    pub fields: Vec<FieldSwitch>,
    /// May the viewer publish, roll back and switch fields?
    pub may_manage: bool,
}

/// A custom field and whether models may learn from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSwitch {
    pub key: String,
    /// "Number", "Category", "Date", "Yes or no".
    pub kind: String,
    pub in_model: bool,
}

/// Who is signed in, for the page's header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub name: String,
    pub email: String,
    pub role: Role,
}

/// A sign-in the demo offers on its login page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DemoLogin {
    pub role: Role,
    pub email: String,
    pub password: String,
}
