//! What the risk dashboard shows.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{forecast::ForecastMonth, money::Money, risk::Health},
    views::{deals::DealRow, similarity::EngineStatus},
};

/// The risk dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DashboardView {
    /// At most ten, the most revenue at risk first.
    pub top: Vec<DealRow>,
    pub by_health: Vec<HealthTotal>,
    pub open_deals: u64,
    /// Open deals not scored yet.
    pub unscored: u64,
    pub open_value: Option<Money>,
    /// Sum over open deals of value × win probability.
    pub expected_value: Option<Money>,
    pub revenue_at_risk: Option<Money>,
    /// Open deals by the month of their expected close, in order; the deals without a date last.
    pub forecast: Vec<ForecastMonth>,
    /// Open deals by win probability: (from %, to %, deals).
    pub distribution: Vec<(u8, u8, u64)>,
    pub engine: EngineStatus,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthTotal {
    pub health: Health,
    pub deals: u64,
    pub value: Option<Money>,
    pub revenue_at_risk: Option<Money>,
}
