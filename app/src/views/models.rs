//! What the pages on the model, its learning and its accuracy show.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Instant,
    forecast::ForecastActual,
    models::{
        CalibrationPoint, ChallengerTest, ChallengerTestStatus, DriftReport, HorizonAccuracy, LearningRules, ModelSummary, TrainingRun,
    },
    report::Report,
};

/// The model page: the newest model in use, its report, and what may be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelView {
    /// The model that the report is about: the champion, or without one the newest. `None` before the first training.
    pub report: Option<Report>,
    /// All models, newest first.
    pub versions: Vec<ModelSummary>,
    /// The champion, where it cannot be used: deals are scored by their stages' win rates meanwhile.
    pub unusable: Option<i32>,
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

/// The page on accuracy over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccuracyView {
    /// By the days of [`HORIZONS`](crate::domain::models::HORIZONS).
    pub horizons: Vec<HorizonAccuracy>,
    /// Oldest first.
    pub forecasts: Vec<ForecastActual>,
    /// Models of these rows that were never in charge or under test: a replay made their scores, and nobody saw them at the time.
    pub replayed: Vec<i32>,
    /// Months of very many deals are missing until a job has counted them.
    pub waits: bool,
}

/// The page on learning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningView {
    pub champion: Option<i32>,
    /// The challenger with how it stands.
    pub challenger_test: Option<(ChallengerTest, ChallengerTestStatus)>,
    /// Trials that are over, newest first.
    pub challenger_tests: Vec<ChallengerTest>,
    /// Newest first.
    pub trainings: Vec<TrainingRun>,
    pub rules: LearningRules,
    /// What was stored cannot be read; until the rules are saved again nothing is trained or promoted by itself.
    pub unreadable: bool,
    /// Closed since the last training.
    pub closed_since: u64,
    pub drift: Option<DriftReport>,
    /// When the calibration was counted; `None`: just now.
    pub rolling_at: Option<Instant>,
    /// Calibration of what people saw, window by window, oldest first.
    pub rolling: Vec<CalibrationPoint>,
    pub may_manage: bool,
}
