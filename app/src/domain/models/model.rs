//! What is known of a trained model: how it was made, how good it is, and where it stands.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{Instant, models::Baseline, variants::all};

/// Where a model stands. One is the champion at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ModelState {
    /// Trained, not in use; also what did not pass its checks.
    Candidate,
    /// Waiting to take the champion's place.
    Challenger,
    /// Scores the deals.
    Champion,
    /// Was champion once.
    Retired,
}

impl ModelState {
    pub const ALL: [Self; 4] = all();

    pub fn label(self) -> &'static str {
        match self {
            Self::Candidate => "Candidate",
            Self::Challenger => "Challenger",
            Self::Champion => "Champion",
            Self::Retired => "Retired",
        }
    }
}

/// Which features a model may learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSet {
    /// The 29 features, nothing else.
    Core,
    /// The 29, the extensions, and the custom fields that are switched on.
    #[default]
    All,
}

/// What the team wants of the threshold below which a deal is called "likely lost".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "goal", content = "at_least")]
pub enum ThresholdGoal {
    /// The highest precision among thresholds that catch at least this share of the lost deals.
    LostRecall(f64),
    /// The highest precision among thresholds that keep at least this share of the won deals.
    WonRecall(f64),
    /// The highest accuracy.
    Accuracy,
}

impl Default for ThresholdGoal {
    fn default() -> Self {
        Self::LostRecall(0.8)
    }
}

/// An estimate with its 95 % bootstrap interval; `None` where it is undefined (a ratio of nothing).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub value: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// Rows by prediction and outcome, in weight. Won is the positive class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    pub tp: f64,
    pub fp: f64,
    pub tn: f64,
    #[serde(rename = "fn")]
    pub fn_: f64,
}

/// Measures of a set of predictions, at a threshold of 0.5. What is undefined (a ratio of nothing, an AUC of one class) is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Sum of the weights, rounded: the number of deals where the rows of a deal weigh 1 together.
    pub n: u64,
    /// Share of won deals.
    pub base_rate: Option<f64>,
    pub accuracy: Option<f64>,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    pub f1: Option<f64>,
    /// Probability that a won deal has the higher prediction of a won and a lost one; ties count half.
    pub roc_auc: Option<f64>,
    pub log_loss: Option<f64>,
    /// Mean squared error of the probability.
    pub brier: Option<f64>,
    /// Expected calibration error: mean distance of prediction and outcome over ten bins of equal width.
    pub ece: Option<f64>,
    pub confusion: Confusion,
}

/// Two predictors on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Versus {
    pub crm: Metrics,
    pub model: Metrics,
}

/// One class at a threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassMetrics {
    pub precision: Estimate,
    pub recall: Estimate,
    pub f1: Estimate,
}

/// Predictions against outcomes at one threshold: won is predicted from the threshold on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtThreshold {
    pub threshold: f64,
    pub accuracy: Estimate,
    pub won: ClassMetrics,
    pub lost: ClassMetrics,
    pub confusion: Confusion,
}

/// One bin of the reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Bounds of the predicted probability.
    pub from: f64,
    pub to: f64,
    /// Deals in it, in weight.
    pub deals: f64,
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share that was won, with its 95 % Wilson interval.
    pub observed: f64,
    pub low: f64,
    pub high: f64,
}

/// The Brier score's parts (Murphy 1973): brier = reliability − resolution + uncertainty, over the bins of the diagram (and what
/// is lost by binning).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct BrierParts {
    /// Distance of prediction and outcome: less is better.
    pub reliability: f64,
    /// How far the bins' outcomes are apart: more is better.
    pub resolution: f64,
    /// What the base rate alone leaves open.
    pub uncertainty: f64,
}

/// One tenth of the deals, best predictions first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LiftRow {
    /// 1 to 10.
    pub tenth: u8,
    pub deals: f64,
    pub won: f64,
    /// Share won.
    pub win_rate: f64,
    /// Win rate over the win rate of all.
    pub lift: f64,
    /// Share of all won deals in this tenth and those before.
    pub captured: f64,
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    pub x: f64,
    pub y: f64,
}

/// How good probabilities are, in full. Every deal counts once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub roc_auc: Estimate,
    pub log_loss: Estimate,
    pub brier: Estimate,
    pub ece: Estimate,
    pub at_threshold: AtThreshold,
    /// False against true positive rate; at most 101 points.
    pub roc: Vec<CurvePoint>,
    /// Recall against precision of won deals; at most 101 points.
    pub precision_recall: Vec<CurvePoint>,
    pub reliability: Vec<ReliabilityBin>,
    pub brier_parts: BrierParts,
    pub lift: Vec<LiftRow>,
}

/// Deals that share a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub label: String,
    pub deals: f64,
    pub win_rate: f64,
    /// Mean predicted probability.
    pub predicted: f64,
    /// `None` where the segment holds one outcome only.
    pub roc_auc: Option<f64>,
    pub log_loss: f64,
}

/// The holdout cut by one property: owner, stage, size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segmentation {
    /// "Owner", "Stage", "Size".
    pub by: String,
    /// Largest first; the smallest together as "Other".
    pub segments: Vec<Segment>,
}

/// One learner with one setting, as the model selection judged it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// `boosted_trees`, `random_forest`, `logistic_regression`.
    pub learner: String,
    /// The settings in words: "depth 4, learning rate 0.05, 132 trees".
    pub settings: String,
    /// Out of fold, after Platt scaling that was itself fitted out of fold.
    pub log_loss: f64,
    pub roc_auc: Option<f64>,
    /// Why it could not be judged, if it could not.
    pub failed: Option<String>,
    pub chosen: bool,
}

/// How margins become probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// `platt`, `isotonic`, or `none` where the margins are log-odds as they stand.
    pub method: String,
    /// Out-of-fold log-loss of each.
    pub none_log_loss: f64,
    pub platt_log_loss: f64,
    pub isotonic_log_loss: f64,
    /// Deals that calibration was fitted on.
    pub deals: u64,
}

/// The threshold that is stored with the model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Deals below it are called likely lost.
    pub value: f64,
    #[serde(flatten)]
    pub goal: ThresholdGoal,
    /// Whether the goal could be reached out of fold.
    pub reached: bool,
}

/// A column that was left out of training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedColumn {
    pub name: String,
    /// In words.
    pub why: String,
}

/// A column and how much of it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    pub name: String,
    /// Share of the closed deals' examples, and of the open deals, in which it has a value.
    pub closed: f64,
    /// `None` without open deals.
    pub open: Option<f64>,
    /// Whether the model learned from it.
    pub used: bool,
}

/// A column's weight in the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopFeature {
    pub name: String,
    /// Mean of the absolute contributions to the newest deals' margins, in log-odds.
    pub importance: f64,
}

/// All that a training says about its model. Each deal counts once in all metrics, however many snapshots it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingReport {
    /// `boosted_trees`, `random_forest`, `logistic_regression`, or `none`.
    pub learner: String,
    /// The chosen learner's settings in words.
    pub settings: String,
    /// Closed deals that it learned from and was tested on.
    pub deals: usize,
    /// Those among which they were drawn: all of the workspace. 0 where an earlier version did not say, which used them all.
    #[serde(default)]
    pub closed_deals: usize,
    pub won: usize,
    pub lost: usize,
    /// Fewer than 200 won or lost deals.
    pub low_confidence: bool,
    pub feature_set: FeatureSet,
    pub seed: u64,
    /// All that took part in the model selection, best first.
    pub candidates: Vec<Candidate>,
    pub calibration: Option<CalibrationReport>,
    pub threshold: Option<Threshold>,
    /// On the newest 20 % of the deals, by a model that learned from the older ones.
    pub holdout: Option<Metrics>,
    /// The same in full, at the stored threshold.
    pub evaluation: Option<Evaluation>,
    /// There, if every deal got the older deals' win rate as its probability.
    pub base_rate: Option<Metrics>,
    /// There, against the CRM's own probability; `None` where no row has one.
    pub crm: Option<Versus>,
    /// There, of the deals that were open for at least a day; `None` where all were, or none.
    pub lived_a_day: Option<Metrics>,
    /// Of the older deals, out of fold.
    pub cross_validation: Option<Metrics>,
    pub segments: Vec<Segmentation>,
    /// Most important first.
    pub top_features: Vec<TopFeature>,
    /// Columns left out since they tell the outcome.
    pub excluded: Vec<ExcludedColumn>,
    pub coverage: Vec<Coverage>,
    /// What the deals looked like, for noticing drift; models of earlier versions have none.
    #[serde(default)]
    pub baseline: Option<Baseline>,
}

/// A model in the registry, for lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    pub version: i32,
    pub state: ModelState,
    /// Whether it passed its checks.
    pub ready: bool,
    /// Why it is or is not ready, in words.
    pub reason: String,
    pub learner: String,
    pub trained_at: Instant,
    pub published_at: Option<Instant>,
    pub deals: u64,
    pub roc_auc: Option<f64>,
    pub log_loss: Option<f64>,
    pub ece: Option<f64>,
    /// First characters of the artifact's SHA-256.
    pub artifact: Option<String>,
}

/// A feature as the registry defines it, or a custom field that the model may learn from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureEntry {
    /// The column's name.
    pub name: String,
    /// "Temporal", "Activity", …
    pub group: String,
    pub unit: String,
    /// What it is, in words.
    pub definition: String,
    /// When it is missing.
    pub missing: String,
    /// Whether it is beyond the 29.
    pub extension: bool,
}

/// All there is to say about a model, as the model page and `vectoros report` say it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelDocument {
    /// The workspace's name.
    pub workspace: String,
    pub generated_at: Instant,
    pub summary: ModelSummary,
    pub report: TrainingReport,
    pub features: Vec<FeatureEntry>,
    /// All models of the registry, newest first.
    pub history: Vec<ModelSummary>,
}
