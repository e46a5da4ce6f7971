//! What the learning loop knows and decides: drift, predictions that were judged, challengers under test, when to train again.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{Instant, variants::all};

/// How the values of a column fell when a model was trained: what recent values are held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineColumn {
    pub name: String,
    pub bins: BaselineBins,
    /// Share of the deals in each bin, missing values last; adds up to 1.
    pub shares: Vec<f64>,
}

/// How the values of a column are sorted into bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaselineBins {
    /// Upper bounds, which belong to the bin below them; one more bin is for what is above the last. Of single precision, which any
    /// JSON parser carries exactly.
    Numeric { cuts: Vec<f64> },
    /// The most frequent values; one more bin is for all others.
    Category { values: Vec<String> },
}

/// What the deals looked like that a model learned from, and what it made of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Deals behind it.
    pub deals: u64,
    pub columns: Vec<BaselineColumn>,
    /// The model's own probabilities.
    pub score: BaselineColumn,
}

/// How far recent values of a feature, or the scores, have moved from those that the model was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureDrift {
    /// The column's name; [`FeatureDrift::SCORE`] for the scores.
    pub name: String,
    /// Population stability index: 0 for the same distribution; customarily .1 is a little, .25 much.
    pub psi: f64,
    /// The index that chance reaches once in a thousand times without drift, .25 at least.
    pub limit: f64,
    /// Whether the index is above the limit.
    pub drifted: bool,
    /// Share of the training's deals by bin.
    pub expected: Vec<f64>,
    /// Share of the recent deals by bin.
    pub actual: Vec<f64>,
    /// What to call the bins.
    pub labels: Vec<String>,
}

impl FeatureDrift {
    /// The name under which the scores themselves are compared.
    pub const SCORE: &'static str = "score";
}

/// The last probability that a deal had before it closed, and how it closed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct JudgedPrediction {
    /// When the deal closed.
    pub at: Instant,
    /// Of being won, in 0..=1.
    pub probability: f64,
    pub won: bool,
}

/// Whether predictions still mean what they say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationDrift {
    /// Deals judged.
    pub n: u64,
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share that was won, with its 95 % Wilson interval.
    pub observed: f64,
    pub observed_low: f64,
    pub observed_high: f64,
    /// Won deals above what was predicted, in standard errors: Σ(y − p) / √Σp(1 − p).
    pub in_the_large_z: f64,
    /// Spiegelhalter's z (1986): the Brier score above what it would be if the probabilities were true, in standard errors.
    /// Positive where predictions are too sure.
    pub spiegelhalter_z: f64,
    pub log_loss: f64,
    /// What the log-loss would be if the probabilities were true: their mean entropy.
    pub expected_log_loss: f64,
    pub brier: f64,
    /// Share of deals on the right side of one half.
    pub accuracy: f64,
    /// Whether either z is beyond what chance explains, with enough deals to say so.
    pub alarm: bool,
}

/// The calibration of the deals that closed in some weeks up to an instant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationPoint {
    /// The window's beginning and end: deals that closed after `from`, up to and including `until`.
    pub from: Instant,
    pub until: Instant,
    pub calibration: CalibrationDrift,
}

/// What the two models under test said of one closed deal before it closed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub closed_at: Instant,
    /// The champion's probability, in 0..=1.
    pub champion: f64,
    /// The challenger's probability, in 0..=1.
    pub challenger: f64,
    pub won: bool,
}

/// A mean difference, challenger less champion: below 0 the challenger is better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub mean: f64,
    /// 95 % percentile bootstrap interval, by deals.
    pub low: f64,
    pub high: f64,
    /// One-sided bounds at the rule's confidence, by the same draws: with that confidence the difference is above `rule_low`; with
    /// that confidence it is below `rule_high`.
    pub rule_low: f64,
    pub rule_high: f64,
}

/// Champion and challenger on the same deals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Deals.
    pub n: u64,
    pub won: u64,
    pub lost: u64,
    pub log_loss: Difference,
    pub brier: Difference,
    /// Log-loss against the champion made as unsure as wrongly recorded outcomes would have it; see [`ChallengerTestRules::allow_for_noise`].
    pub log_loss_beyond_noise: Difference,
    /// Share of outcomes recorded wrongly that would suit the champion best, 0 to ½.
    pub noise: f64,
    /// Expected calibration errors, over ten bins of equal width.
    pub champion_ece: f64,
    pub challenger_ece: f64,
}

/// What is to be done with a challenger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// Undecided until so many more deals have closed.
    Wait {
        needed: u64,
    },
    Promote,
    Drop,
}

/// How a test stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChallengerTestStatus {
    /// Over all deals so far; `None` without any.
    pub so_far: Option<Comparison>,
    /// Over the deals of the newest checkpoint, which alone decides; `None` before the first.
    pub checkpoint: Option<Comparison>,
    pub verdict: Verdict,
    /// Why, in words.
    pub why: String,
}

/// The rule by which challengers are promoted or dropped. It is looked at only at checkpoints: who looks every day is sooner or
/// later shown a difference by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChallengerTestRules {
    /// Deals at the first checkpoint.
    pub first_checkpoint: u64,
    /// Each next checkpoint has so many times the deals of the one before; above 1.
    pub growth: f64,
    /// Won and lost deals that a checkpoint needs at least, of each.
    pub min_outcomes: u64,
    /// Confidence of the one-sided bound, ½ to 1.
    pub confidence: f64,
    /// How much higher the challenger's calibration error may be.
    pub ece_margin: f64,
    /// Whether the challenger must also be better than the champion would be if some outcomes, chosen by chance, were recorded
    /// wrongly. Sloppy records make any less certain model look better; only one that tells won from lost deals better passes.
    pub allow_for_noise: bool,
    /// Deals after which a challenger without a verdict is dropped; the last checkpoint.
    pub max_deals: u64,
    /// Days after which a challenger without a verdict is dropped.
    pub max_days: u32,
    /// Draws of the bootstrap.
    pub resamples: usize,
}

impl Default for ChallengerTestRules {
    fn default() -> Self {
        Self {
            first_checkpoint: 100,
            growth: 1.5,
            min_outcomes: 20,
            confidence: 0.99,
            ece_margin: 0.02,
            allow_for_noise: true,
            max_deals: 600,
            max_days: 180,
            resamples: 2_000,
        }
    }
}

/// When to train again, and what becomes of the challenger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LearningRules {
    /// Train when the last training is so many days ago; `None`: not by the calendar.
    pub every_days: Option<u32>,
    /// Train when so many deals have closed since the last training; `None`: not by their number.
    pub after_outcomes: Option<u64>,
    /// Train when drift is noticed.
    pub on_drift: bool,
    /// Promote a challenger when the rule says so; otherwise only by hand.
    pub promote_by_rule: bool,
    /// Per cent of the deals whose live score is the challenger's while it is under test, 0 to [`LearningRules::MAX_SHARE`].
    pub share: u8,
    #[serde(rename = "trial")]
    pub challenger_test: ChallengerTestRules,
}

impl LearningRules {
    /// The challenger scores half of the deals at most.
    pub const MAX_SHARE: u8 = 50;
}

impl Default for LearningRules {
    fn default() -> Self {
        Self {
            every_days: Some(30),
            after_outcomes: Some(100),
            on_drift: true,
            promote_by_rule: true,
            share: 0,
            challenger_test: ChallengerTestRules::default(),
        }
    }
}

/// Why a model was trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum TrainCause {
    Schedule,
    Outcomes,
    Drift,
    Hand,
}

impl TrainCause {
    pub const ALL: [Self; 4] = all();

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Schedule => "By schedule",
            Self::Outcomes => "New outcomes",
            Self::Drift => "Drift",
            Self::Hand => "By hand",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_read_as_they_are_written() {
        for cause in TrainCause::ALL {
            assert_eq!(TrainCause::try_from(cause.into_str()).ok(), Some(cause));
            assert_eq!(serde_json::to_value(cause).expect("serialises"), cause.into_str());
        }
        assert_eq!(TrainCause::try_from("whim").ok(), None);
    }

    #[test]
    fn rules_that_are_not_given_are_the_usual_ones() {
        let rules: LearningRules = serde_json::from_str(r#"{"every_days":null,"trial":{"max_days":90}}"#).expect("parses");
        assert_eq!(rules.every_days, None);
        assert_eq!(rules.challenger_test, ChallengerTestRules { max_days: 90, ..ChallengerTestRules::default() });
        assert_eq!(
            LearningRules { every_days: Some(30), challenger_test: ChallengerTestRules::default(), ..rules },
            LearningRules::default()
        );
    }
}
