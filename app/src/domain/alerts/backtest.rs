//! The admin's view of the monitoring: sweeps, thresholds, backtest, jobs.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Instant,
    alerts::{AlertRule, ThresholdPlace},
};

/// What a sweep over all open deals did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepReport {
    pub started_at: Instant,
    pub milliseconds: u64,
    pub deals: u64,
    pub raised: u64,
    pub worsened: u64,
    pub woken: u64,
    pub resolved: u64,
}

/// How a rule did with a threshold, as `vectoros backtest` prints it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RuleFigures {
    pub threshold: f64,
    /// Alerts raised.
    pub fired: u64,
    /// Deals with at least one.
    pub deals: u64,
    /// Share of those deals that were lost or slipped after the first alert; `None` where it never fired.
    pub precision: Option<f64>,
    /// Share of the deals that were won without slipping on which it fired.
    pub false_positive_rate: Option<f64>,
    /// Share of the lost deals on which it fired.
    pub recall: Option<f64>,
    /// Median days from the first alert to the close, over the lost deals.
    pub days_of_warning: Option<f64>,
}

/// A threshold that the past suggests, with its figures on the deals closed last.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SuggestedFigures {
    pub threshold: f64,
    pub precision: Option<f64>,
    pub false_positive_rate: Option<f64>,
    pub recall: Option<f64>,
    /// Deals it fired on among those closed last.
    pub deals: u64,
    /// Whether these figures reach the goal.
    pub meets_goal: bool,
}

/// How a rule did in the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleBacktest {
    pub rule: AlertRule,
    /// With the threshold in force.
    #[serde(flatten)]
    pub current: RuleFigures,
    /// `None` where no threshold keeps false positives under the goal, or too few deals tell.
    pub suggested: Option<SuggestedFigures>,
    /// All thresholds tried, the lowest first.
    pub curve: Vec<RuleFigures>,
}

/// How all rules did in the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Closed deals with dates that were replayed.
    pub deals: u64,
    /// Where those are only the ones closed last: of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    pub lost: u64,
    /// Days replayed, over all deals.
    pub days: u64,
    /// Share of the deals that were lost or slipped after their first day: what firing on all of them would come to.
    pub base_rate: Option<f64>,
    pub rules: Vec<RuleBacktest>,
}

/// A backtest, when it was made, and what won deals suggest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MadeBacktest {
    pub made_at: Instant,
    pub backtest: Backtest,
    pub suggestions: Vec<ThresholdSuggestion>,
}

/// A threshold that nine in ten won deals never exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdSuggestion {
    pub rule: AlertRule,
    pub place: ThresholdPlace,
    pub limit: f64,
    /// Won deals behind it.
    pub deals: u64,
}
