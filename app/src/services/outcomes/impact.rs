//! Business impact: flagged deals, what was done about them, and what came of it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::{
    ai::outcomes::impact::{self, Flag},
    domain::{
        Instant,
        alerts::Priority,
        deals::Outcome,
        error::AppError,
        money::Money,
        outcomes::{ACT_WITHIN_DAYS, CYCLE_DAYS, CycleTime, IMPACT_DAYS, OutcomesQuery, Period},
        people::{Action, Viewer},
    },
    services::outcomes::Outcomes,
    store::{
        Scope,
        outcomes::impact::{self as facts, FlaggedAlert},
    },
    views::outcomes::ImpactView,
};

impl Outcomes {
    /// The page on business impact; for managers (of their team) and admins.
    pub async fn impact_view(&self, viewer: &Viewer) -> Result<ImpactView, AppError> {
        viewer.must(Action::SeeInsights)?;
        let (scope, now) = (Scope::of(viewer), self.clock.now());
        let alerts = facts::flagged(self.store.db(), &scope, Priority::High, (now - TimeDelta::days(IMPACT_DAYS), now)).await?;
        let since = alerts.first().map(|alert| alert.raised_at);
        let flags = impact::flags(&by_deal(&alerts, now));
        let today = now.date_naive();
        let cycle = Period { from: today - TimeDelta::days(CYCLE_DAYS - 1), to: today };
        Ok(ImpactView {
            since,
            acted_on: flags.acted_on,
            left_alone: flags.left_alone,
            difference: flags.difference,
            median_hours_to_act: flags.median_hours_to_act,
            relevance: self.alerts.relevance(&scope).await?,
            cycle: self.cycle_time(&scope, Some(cycle)).await?,
            cycle_before: self.cycle_time(&scope, cycle.before()).await?,
        })
    }

    async fn cycle_time(&self, scope: &Scope, period: Option<Period>) -> Result<CycleTime, AppError> {
        let won = self.tallies(scope, &OutcomesQuery::default(), period).await?.total().all();
        let (days, deals) = won.days_to_win();
        Ok(CycleTime { days, deals })
    }
}

/// One flag a deal: it was acted on if any of its alerts was. Alerts of open deals that can still be answered in time do not count yet.
fn by_deal(alerts: &[FlaggedAlert], now: Instant) -> Vec<Flag> {
    let mut deals: BTreeMap<Uuid, Flag> = BTreeMap::new();
    for alert in alerts {
        let acted = acted_after_hours(alert);
        let too_early = now - alert.raised_at < TimeDelta::days(ACT_WITHIN_DAYS) && alert.outcome == Outcome::Open;
        if acted.is_none() && too_early {
            continue;
        }
        let flag = deals.entry(alert.deal_id).or_insert_with(|| Flag {
            won: alert.outcome.is_closed().then_some(alert.outcome == Outcome::Won),
            value: alert.value.map(|value| Money::new(value, alert.currency.clone())),
            acted_after_hours: None,
        });
        flag.acted_after_hours = flag.acted_after_hours.or(acted);
    }
    deals.into_values().collect()
}

/// Hours to the first answer, if one came in time.
fn acted_after_hours(alert: &FlaggedAlert) -> Option<f64> {
    let first = [alert.acknowledged_at, alert.activity_at, alert.change_at].into_iter().flatten().min()?;
    let after = first - alert.raised_at;
    (after <= TimeDelta::days(ACT_WITHIN_DAYS)).then(|| after.num_seconds() as f64 / 3_600.0)
}
