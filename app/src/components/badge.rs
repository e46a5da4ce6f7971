//! Badges: colour, word and icon together, so that none of them has to carry the meaning alone.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::domain::{deals::Outcome, risk::Health};

#[component]
pub fn HealthBadge(health: Health) -> impl IntoView {
    let icon = match health {
        Health::Healthy => IconName::CheckCircle,
        Health::Watch => IconName::Eye,
        Health::AtRisk => IconName::Alert,
        Health::Critical => IconName::Octagon,
    };
    view! {
        <span class="badge" data-health=health.into_str() data-testid="health-badge">
            <Icon name=icon/>
            {health.label()}
        </span>
    }
    .into_any()
}

#[component]
pub fn OutcomeBadge(outcome: Outcome) -> impl IntoView {
    let icon = match outcome {
        Outcome::Open => IconName::Circle,
        Outcome::Won => IconName::Trophy,
        Outcome::Lost => IconName::Close,
    };
    view! {
        <span class="badge" data-outcome=outcome.into_str() data-testid="outcome-badge">
            <Icon name=icon/>
            {outcome.label()}
        </span>
    }
    .into_any()
}
