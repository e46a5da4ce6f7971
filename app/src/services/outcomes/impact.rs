//! Business impact: flagged deals, what was done about them, and what came of it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    ai::outcomes::impact::{self, Flag, Flags},
    domain::{
        Instant,
        alerts::Priority,
        deals::Outcome,
        error::AppError,
        money::Money,
        outcomes::{ACT_WITHIN_DAYS, CYCLE_DAYS, CycleTime, IMPACT_DAYS, OutcomesQuery, Period},
        people::{Action, Viewer},
    },
    services::{ServiceError, outcomes::Outcomes},
    store::{
        Scope, StoreError, deals,
        latest_summaries::{self, Latest},
        outcomes::impact::{self as facts, FlaggedAlert},
    },
    views::outcomes::ImpactView,
};

/// Work under this lease is done by one process at a time.
const LEASE: &str = "count impact";

/// What came of flagged deals, and since when that is known.
#[derive(Serialize, Deserialize)]
struct Impact {
    since: Option<Instant>,
    flags: Flags,
}

impl Outcomes {
    /// The page on business impact; for managers (of their team) and admins.
    pub async fn impact_view(&self, viewer: &Viewer) -> Result<ImpactView, AppError> {
        viewer.must(Action::SeeInsights)?;
        let (scope, now) = (Scope::of(viewer), self.clock.now());
        let (counted_at, Impact { since, flags }) = self.flags(&scope).await?;
        let today = now.date_naive();
        let cycle = Period { from: today - TimeDelta::days(CYCLE_DAYS - 1), to: today };
        Ok(ImpactView {
            counted_at,
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

    /// What came of the flagged deals: of some counted now, of very many as the job counted them last, and when that was.
    async fn flags(&self, scope: &Scope) -> Result<(Option<Instant>, Impact), AppError> {
        let team = match scope {
            Scope::Team(team) => Some(*team),
            Scope::All | Scope::Owner(_) => None,
        };
        if !matches!(scope, Scope::Owner(_))
            && self.flags_are_many(scope).await?
            && let Some((counted_at, flags)) = latest_summaries::read(self.store.db(), Latest::Impact, team).await?
        {
            return Ok((Some(counted_at), flags));
        }
        Ok((None, self.count_flags(scope).await?))
    }

    async fn flags_are_many(&self, scope: &Scope) -> Result<bool, StoreError> {
        let (since, most) = (self.clock.now() - TimeDelta::days(IMPACT_DAYS), self.counted_by_pages);
        Ok(facts::count_flagged(self.store.db(), scope, Priority::High, since, most + 1).await? > most)
    }

    async fn count_flags(&self, scope: &Scope) -> Result<Impact, StoreError> {
        let now = self.clock.now();
        let alerts = facts::flagged(self.store.db(), scope, Priority::High, (now - TimeDelta::days(IMPACT_DAYS), now)).await?;
        Ok(Impact { since: alerts.first().map(|alert| alert.raised_at), flags: impact::flags(&by_deal(&alerts, now)) })
    }

    /// Counts what came of flagged deals where there are too many for a page to count; tells whether.
    pub async fn count_impact(&self) -> Result<bool, ServiceError> {
        let counted = self.jobs.with_lease(LEASE, async |store| {
            if !self.flags_are_many(&Scope::All).await? {
                return Ok(false);
            }
            let mut counted = vec![(None, self.count_flags(&Scope::All).await?)];
            for team in deals::teams(store.db()).await? {
                counted.push((Some(team.id.0), self.count_flags(&Scope::Team(team.id.0)).await?));
            }
            let tx = store.begin_write().await?;
            latest_summaries::keep(&tx, Latest::Impact, counted, self.clock.now()).await?;
            tx.commit().await.map_err(StoreError::from)?;
            Ok(true)
        });
        Ok(counted.await?.unwrap_or_default())
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
