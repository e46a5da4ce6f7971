//! Health and revenue at risk: the two small rules that the list and the dashboard rank by.

use rust_decimal::{Decimal, prelude::FromPrimitive};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{probability::Probability, variants::all};

/// How a deal is doing, for the badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Health {
    Healthy,
    Watch,
    AtRisk,
    Critical,
}

impl Health {
    pub const ALL: [Self; 4] = all();

    pub fn label(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Watch => "Watch",
            Self::AtRisk => "At risk",
            Self::Critical => "Critical",
        }
    }
}

/// What health and revenue at risk are judged from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiskInputs {
    pub probability: Probability,
    /// Share of past deals in the same stage that were won.
    pub stage_base_rate: Probability,
    /// Change of the score over the last 30 days, in 0..1 units; `None` without an earlier score.
    pub trend_30d: Option<f64>,
    /// Expected close date lies in the past.
    pub overdue: bool,
}

/// Revenue at risk in the words the dashboard shows.
pub const REVENUE_AT_RISK_IN_WORDS: &str = "Revenue at risk is the deal's value times the share of its chance that is missing: \
     how far its win probability lies below what deals in the same stage usually reach.";

impl RiskInputs {
    /// Share of the stage's usual chance that this deal has kept: 1 is par, 0 is none left.
    fn kept(&self) -> f64 {
        let base = self.stage_base_rate.get();
        if base <= 0.0 { 1.0 } else { self.probability.get() / base }
    }

    /// The badge. Par with the stage's base rate (85 % of it or more) is healthy; below 60 % it is at risk, below 30 %
    /// critical, between them worth watching. An overdue close date, or a fall of more than 10 points in 30 days, is one step worse.
    pub fn health(&self) -> Health {
        let by_level = match self.kept() {
            kept if kept >= 0.85 => Health::Healthy,
            kept if kept >= 0.60 => Health::Watch,
            kept if kept >= 0.30 => Health::AtRisk,
            _ => Health::Critical,
        };
        let worsening = self.overdue || self.trend_30d.is_some_and(|trend| trend < -0.10);
        match (by_level, worsening) {
            (health, false) => health,
            (Health::Healthy, true) => Health::Watch,
            (Health::Watch, true) => Health::AtRisk,
            (Health::AtRisk | Health::Critical, true) => Health::Critical,
        }
    }

    /// `value × max(0, base rate of the stage − probability)`, rounded to cents.
    pub fn revenue_at_risk(&self, value: Decimal) -> Decimal {
        let gap = (self.stage_base_rate.get() - self.probability.get()).max(0.0);
        (value * Decimal::from_f64(gap).unwrap_or_default()).round_dp(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(probability: f64, base: f64) -> RiskInputs {
        RiskInputs {
            probability: Probability::saturating(probability),
            stage_base_rate: Probability::saturating(base),
            trend_30d: None,
            overdue: false,
        }
    }

    #[test]
    fn health_compares_with_the_stage() {
        assert_eq!(inputs(0.20, 0.20).health(), Health::Healthy);
        assert_eq!(inputs(0.35, 0.50).health(), Health::Watch);
        assert_eq!(inputs(0.20, 0.50).health(), Health::AtRisk);
        assert_eq!(inputs(0.10, 0.50).health(), Health::Critical);
    }

    #[test]
    fn overdue_and_falling_are_one_step_worse() {
        assert_eq!(RiskInputs { overdue: true, ..inputs(0.5, 0.5) }.health(), Health::Watch);
        assert_eq!(RiskInputs { trend_30d: Some(-0.2), ..inputs(0.35, 0.5) }.health(), Health::AtRisk);
    }

    #[test]
    fn nothing_is_at_risk_above_par() {
        assert_eq!(inputs(0.6, 0.5).revenue_at_risk(Decimal::from(1000)), Decimal::ZERO);
        assert_eq!(inputs(0.25, 0.5).revenue_at_risk(Decimal::from(1000)), Decimal::from(250));
    }
}
