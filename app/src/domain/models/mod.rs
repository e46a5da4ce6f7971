//! Models: how they were trained and judged, and how they learn on.

mod accuracy;
mod learning;
mod model;
mod training;

pub use accuracy::{AccuracyRow, HORIZONS, HorizonAccuracy};
pub use learning::{
    Baseline, BaselineBins, BaselineColumn, CalibrationDrift, CalibrationPoint, ChallengerTestRules, ChallengerTestStatus, Comparison,
    Difference, FeatureDrift, JudgedPrediction, LearningRules, Pair, TrainCause, Verdict,
};
pub use model::{
    AtThreshold, BrierParts, CalibrationReport, Candidate, ClassMetrics, Confusion, Coverage, CurvePoint, Estimate, Evaluation,
    ExcludedColumn, FeatureEntry, FeatureSet, LiftRow, Metrics, ModelDocument, ModelState, ModelSummary, ReliabilityBin, Segment,
    Segmentation, Threshold, ThresholdGoal, TopFeature, TrainingReport, Versus,
};
pub use training::{ChallengerTest, ChallengerTestEnding, DriftReport, TrainingRun, TrainingState};
