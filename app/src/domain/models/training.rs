//! Trainings, challengers under test and looks at drift, as they are recorded and shown.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{
    Instant,
    ids::TrainingId,
    models::{CalibrationDrift, FeatureDrift, TrainCause},
    variants::all,
};

/// Where a training stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum TrainingState {
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

impl TrainingState {
    pub const ALL: [Self; 5] = all();

    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// Whether it waits or runs.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// A training that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingRun {
    pub id: TrainingId,
    pub cause: TrainCause,
    /// Name of the person who asked; `None` for the system.
    pub asked_by: Option<String>,
    pub asked_at: Instant,
    pub state: TrainingState,
    pub started_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    /// How far it is, 0 to 1, and what it does.
    pub share: f64,
    pub doing: String,
    /// It was asked to stop.
    pub cancelling: bool,
    pub model_version: Option<i32>,
    /// What came of it, in words.
    pub said: Option<String>,
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ChallengerTestEnding {
    /// The challenger became the champion.
    Promoted,
    /// It did not prove better.
    Dropped,
    /// A newer challenger took its place.
    Replaced,
    /// Another model became the champion, or somebody ended the trial.
    Withdrawn,
}

impl ChallengerTestEnding {
    pub const ALL: [Self; 4] = all();

    pub fn label(self) -> &'static str {
        match self {
            Self::Promoted => "Promoted",
            Self::Dropped => "Dropped",
            Self::Replaced => "Replaced",
            Self::Withdrawn => "Withdrawn",
        }
    }
}

/// A challenger against a champion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChallengerTest {
    pub challenger: i32,
    pub champion: i32,
    pub began_at: Instant,
    pub ended_at: Option<Instant>,
    pub ending: Option<ChallengerTestEnding>,
    /// Why it ended, in words.
    pub said: Option<String>,
}

/// A look at how far the present is from what the champion learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    pub at: Instant,
    pub model_version: i32,
    /// Deals that closed lately, whose features were compared.
    pub recent_deals: u64,
    /// Days that they closed within.
    pub recent_days: i64,
    /// The score first, then the features, the most drifted first.
    pub features: Vec<FeatureDrift>,
    /// Of the predictions that people saw, over the newest weeks; `None` without any.
    pub calibration: Option<CalibrationDrift>,
}

impl DriftReport {
    /// Whether a limit is crossed.
    pub fn alarm(&self) -> bool {
        !self.why().is_empty()
    }

    /// What is beyond its limit, in words.
    pub fn why(&self) -> Vec<String> {
        let calibration = self.calibration.filter(|calibration| calibration.alarm).map(|calibration| {
            format!(
                "of {} deals closed lately {:.0} % were won where {:.0} % were predicted",
                calibration.n,
                calibration.observed * 100.0,
                calibration.predicted * 100.0
            )
        });
        let drifted = self.features.iter().filter(|feature| feature.drifted);
        let drifted = drifted.map(|feature| format!("{} moved (PSI {:.2}, limit {:.2})", feature.name, feature.psi, feature.limit));
        calibration.into_iter().chain(drifted).collect()
    }
}
