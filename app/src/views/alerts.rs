//! What the pages on alerts and monitoring show.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Instant,
    alerts::{AlertFilter, AlertRule, AlertState, DismissReason, MadeBacktest, Priority, Relevance, SweepReport, ThresholdPlace},
    ids::{AlertId, DealId},
    money::Money,
};

/// One alert: what was seen, compared with what, since when, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertView {
    pub id: AlertId,
    pub deal: DealId,
    pub deal_title: String,
    pub account: Option<String>,
    pub owner: Option<String>,
    pub value: Option<Money>,
    pub rule: AlertRule,
    pub priority: Priority,
    pub state: AlertState,
    pub headline: String,
    pub detail: String,
    pub advice: String,
    /// When what was seen began.
    pub since: Instant,
    pub raised_at: Instant,
    pub updated_at: Instant,
    pub snoozed_until: Option<Instant>,
    /// When it was dismissed or resolved.
    pub ended_at: Option<Instant>,
    pub dismissed: Option<DismissReason>,
    /// What whoever handled it wrote.
    pub note: Option<String>,
    pub handled_by: Option<String>,
}

/// A page of alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertList {
    pub filter: AlertFilter,
    pub alerts: Vec<AlertView>,
    pub total: u64,
    pub page_count: u32,
}

/// One threshold of the settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdView {
    pub rule: AlertRule,
    /// What was chosen for this place: a limit, or off; `None`: nothing.
    pub chosen: Option<Option<f64>>,
    /// What holds here.
    pub limit: Option<f64>,
    /// What won deals suggest, and how many of them.
    pub suggested: Option<(f64, u64)>,
}

/// The thresholds of a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlaceView {
    pub place: ThresholdPlace,
    pub name: String,
    pub thresholds: Vec<ThresholdView>,
}

/// The monitoring page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitoringView {
    pub sweeps: Vec<SweepReport>,
    pub minutes_between: u32,
    pub places: Vec<PlaceView>,
    pub relevance: Vec<Relevance>,
    /// The newest backtest; `None` before the first.
    pub backtest: Option<MadeBacktest>,
    pub may_manage: bool,
}
