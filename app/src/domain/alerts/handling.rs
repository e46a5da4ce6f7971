//! Alerts as pages and programs see them.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Instant,
    alerts::{AlertRule, AlertState, DismissReason, Priority},
    ids::DealId,
};

/// Alerts of a page.
pub const ALERTS_PAGE: u64 = 50;

/// Alerts that may be handled at once.
pub const MAX_ALERTS: usize = 500;

/// Which alerts to list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertFilter {
    /// `None`: all that are active.
    pub state: Option<AlertState>,
    pub rule: Option<AlertRule>,
    pub at_least: Option<Priority>,
    pub deal: Option<DealId>,
    /// From 1.
    pub page: u32,
}

impl Default for AlertFilter {
    fn default() -> Self {
        Self { state: None, rule: None, at_least: None, deal: None, page: 1 }
    }
}

impl AlertFilter {
    /// Reads the filter from an address's parameters; what makes no sense is left out.
    pub fn from_params<'a>(get: impl Fn(&'static str) -> Option<&'a str>) -> Self {
        Self {
            state: get("state").and_then(|text| AlertState::try_from(text).ok()),
            rule: get("rule").and_then(|text| AlertRule::try_from(text).ok()),
            at_least: get("priority").and_then(|text| Priority::try_from(text).ok()),
            deal: get("deal").and_then(|id| id.parse().ok()),
            page: get("page").and_then(|page| page.parse().ok()).filter(|page| *page > 0).unwrap_or(1),
        }
    }

    /// The address of this list.
    pub fn href(&self) -> String {
        let mut pairs: Vec<String> = Vec::new();
        let mut push = |name: &str, value: Option<String>| pairs.extend(value.map(|value| format!("{name}={value}")));
        push("state", self.state.map(|state| state.into_str().into()));
        push("rule", self.rule.map(|rule| rule.into_str().into()));
        push("priority", self.at_least.map(|priority| priority.into_str().into()));
        push("deal", self.deal.map(|deal| deal.to_string()));
        push("page", (self.page > 1).then(|| self.page.to_string()));
        if pairs.is_empty() { "/alerts".into() } else { format!("/alerts?{}", pairs.join("&")) }
    }

    pub fn is_filtered(&self) -> bool {
        (Self { page: 1, ..self.clone() }) != Self::default()
    }
}

/// What to do with alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum AlertAction {
    Acknowledge,
    Snooze { until: Instant },
    Dismiss { reason: DismissReason },
    Reopen,
}

/// An alert raised by a person or a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManualAlert {
    pub deal_id: DealId,
    /// A name for the cause: a deal has at most one active alert for each.
    pub cause: String,
    pub headline: String,
    #[serde(default)]
    pub detail: String,
    pub priority: Priority,
}

/// How useful the alerts of a rule were, of those raised within the last 90 days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relevance {
    pub rule: AlertRule,
    pub raised: u64,
    pub active: u64,
    /// Acknowledged, or dismissed as useful.
    pub acted_on: u64,
    pub useful: u64,
    pub not_useful: u64,
    pub wrong: u64,
}

impl Relevance {
    /// Share of the alerts that somebody acted on.
    pub fn acted_on_share(&self) -> Option<f64> {
        (self.raised > 0).then(|| self.acted_on as f64 / self.raised as f64)
    }

    /// Share of the judged alerts that were wrong or of no use.
    pub fn false_positive_share(&self) -> Option<f64> {
        let judged = self.useful + self.not_useful + self.wrong;
        (judged > 0).then(|| (self.not_useful + self.wrong) as f64 / judged as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_found_again_by_its_address() {
        let filter = AlertFilter {
            state: Some(AlertState::Snoozed),
            rule: Some(AlertRule::Stale),
            at_least: Some(Priority::High),
            deal: None,
            page: 3,
        };
        assert_eq!(filter.href(), "/alerts?state=snoozed&rule=stale&priority=high&page=3");
        let read = AlertFilter::from_params(|name| match name {
            "state" => Some("snoozed"),
            "rule" => Some("stale"),
            "priority" => Some("high"),
            "page" => Some("3"),
            _ => None,
        });
        assert_eq!(read, filter);
        assert_eq!(AlertFilter::from_params(|_| Some("nonsense")), AlertFilter::default());
        assert_eq!(AlertFilter::default().href(), "/alerts");
    }
}
