//! Alerts: rules, thresholds, priority, what was observed, and how the rules did in the past.

mod backtest;
mod facts;
mod handling;
mod observation;
mod priority;
mod rules;
mod sweep;
mod thresholds;

pub use backtest::{Backtest, MadeBacktest, RuleBacktest, RuleFigures, SuggestedFigures, SweepReport, ThresholdSuggestion};
pub use facts::{DealFacts, Earlier, Push, drop_window};
pub use handling::{ALERTS_PAGE, AlertAction, AlertFilter, MAX_ALERTS, ManualAlert, Relevance};
pub use observation::Observation;
pub use priority::{PRIORITY_IN_WORDS, Priority, Urgency};
pub use rules::{AlertRule, AlertState, DismissReason, Unit};
pub use sweep::SweepCause;
pub use thresholds::{ThresholdPlace, Thresholds};
