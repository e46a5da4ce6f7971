//! A sweep: all open deals, once, in set-based queries; what is new is raised, what is gone resolved, people are told.

use std::collections::HashMap;

use chrono::TimeDelta;
use rust_decimal::prelude::ToPrimitive;
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use crate::{
    ai::alerts::{Transition, holds, transition, watch},
    domain::{
        Instant,
        alerts::{AlertRule, Earlier, Observation, Priority, SweepCause, SweepReport, Thresholds, Urgency},
        ids::{AlertId, DealId, StageId},
        money::Currency,
        scoring::Reason,
    },
    services::{ServiceError, alerts::Alerts, notifications::News},
    store::{
        alerts::{
            self, NewAlert, StoredAlert,
            sweep::{self as facts, WatchedDeal},
            thresholds,
        },
        deals,
        entity::sweep_run,
        locks,
    },
};

/// Alerts that ended before this are forgotten by the course of new ones: no quiet period is longer.
const REMEMBERED: TimeDelta = TimeDelta::days(60);

/// An alert to be woken, as it was when this was decided, and what is seen of it now.
type Waking = (AlertId, Earlier, Option<(Observation, Priority)>);

/// What a sweep decided, before anything is written.
#[derive(Default)]
struct Plan {
    raise: Vec<NewAlert>,
    /// With what the alert was like when this was decided.
    worsen: Vec<(AlertId, Earlier, Observation, Priority)>,
    wake: Vec<Waking>,
    resolve: Vec<AlertId>,
    /// What people are told of each new or worse alert.
    news: HashMap<AlertId, News>,
}

impl Alerts {
    /// Looks at all open deals and brings their alerts up to date. Refused while another sweep runs, here or on another server.
    pub async fn sweep(&self, cause: SweepCause) -> Result<SweepReport, ServiceError> {
        let swept = self.jobs.with_lease("sweep", async |store| Self { store, ..self.clone() }.sweep_now(cause).await).await?;
        swept.ok_or_else(|| ServiceError::Busy("A sweep is running already.".into()))
    }

    async fn sweep_now(&self, cause: SweepCause) -> Result<SweepReport, ServiceError> {
        let started = std::time::Instant::now();
        let db = self.store.db();
        let now = self.clock.now();
        let stage_names: HashMap<StageId, String> = deals::stages(db).await?.into_iter().map(|(_, stage)| (stage.id, stage.name)).collect();
        let thresholds = thresholds::all(db).await?;
        let deals = facts::open_deals(db, &stage_names, now).await?;
        let earlier = alerts::newest_by_cause(db, now - REMEMBERED).await?;
        let count = deals.len() as u64;
        let mut plan = tokio::task::spawn_blocking(move || plan(&deals, &earlier, &thresholds, now)).await?;
        self.explain_collapses(&mut plan).await?;
        let mut report = self.carry_out(plan, now).await?;
        report.deals = count;
        report.milliseconds = started.elapsed().as_millis() as u64;
        let tx = self.store.begin_write().await?;
        alerts::record_sweep(&tx, run_of(&report, cause)).await?;
        tx.commit().await?;
        Ok(report)
    }

    /// Finds what drove each new collapse: the reason that lost the most points since the score was at its highest.
    async fn explain_collapses(&self, plan: &mut Plan) -> Result<(), ServiceError> {
        let collapsed: Vec<(DealId, Instant)> = plan
            .raise
            .iter()
            .filter(|new| new.observation.rule() == AlertRule::Collapse)
            .map(|new| (new.deal, new.observation.since()))
            .collect();
        let mut reasons = facts::reasons_then_and_now(self.store.db(), &collapsed).await?;
        for new in &mut plan.raise {
            if let Observation::Collapse { reason, .. } = &mut new.observation
                && let Some((then, now)) = reasons.remove(&new.deal)
            {
                *reason = driver(&then, &now);
            }
        }
        Ok(())
    }

    async fn carry_out(&self, plan: Plan, now: Instant) -> Result<SweepReport, ServiceError> {
        let mut report = SweepReport { started_at: now, milliseconds: 0, deals: 0, raised: 0, worsened: 0, woken: 0, resolved: 0 };
        let Plan { mut raise, worsen, wake, resolve, mut news } = plan;
        let closed = alerts::resolve_of_closed(self.store.db(), now).await?;
        if raise.is_empty() && worsen.is_empty() && wake.is_empty() && resolve.is_empty() {
            return Ok(SweepReport { resolved: closed, ..report });
        }
        let tx = self.store.begin_write().await?;
        // Since the deals were looked at some may have been closed, and alerts handled.
        locks::deals(&tx, raise.iter().map(|new| new.deal)).await?;
        let open = deals::open_among(&tx, raise.iter().map(|new| new.deal)).await?;
        raise.retain(|new| open.contains(&new.deal));
        let held = worsen.iter().map(|(id, ..)| *id).chain(wake.iter().map(|(id, ..)| *id)).chain(resolve.iter().copied());
        locks::alerts(&tx, held).await?;
        let raised = alerts::raise(&tx, &raise, now).await?;
        let mut notices: Vec<News> = raised.iter().filter_map(|id| news.remove(id)).collect();
        report.raised = raised.len() as u64;
        for (id, earlier, observation, priority) in &worsen {
            if alerts::reopen(&tx, (*id, earlier), Some((observation, *priority)), now).await? {
                report.worsened += 1;
                notices.extend(news.remove(id));
            }
        }
        for (id, earlier, seen) in &wake {
            if alerts::reopen(&tx, (*id, earlier), seen.as_ref().map(|(seen, priority)| (seen, *priority)), now).await? {
                report.woken += 1;
                notices.extend(news.remove(id));
            }
        }
        report.resolved = closed + alerts::resolve(&tx, &resolve, now).await?;
        self.notifications.tell(&tx, &notices, now).await?;
        tx.commit().await?;
        self.notifications.told_somebody();
        Ok(report)
    }
}

fn run_of(report: &SweepReport, cause: SweepCause) -> sweep_run::ActiveModel {
    sweep_run::ActiveModel {
        id: Set(Uuid::now_v7()),
        started_at: Set(report.started_at),
        milliseconds: Set(report.milliseconds as i64),
        cause: Set(cause),
        deals: Set(report.deals as i64),
        raised: Set(report.raised as i64),
        worsened: Set(report.worsened as i64),
        woken: Set(report.woken as i64),
        resolved: Set(report.resolved as i64),
    }
}

/// What is at stake on each deal, ranked within its currency: the share of deals that have less.
fn revenue_ranks(deals: &[WatchedDeal]) -> HashMap<DealId, f64> {
    let stake = |deal: &WatchedDeal| deal.value.and_then(|value| value.to_f64()).map(|value| value * deal.win_probability.unwrap_or(1.0));
    let mut by_currency: HashMap<&Currency, Vec<(f64, DealId)>> = HashMap::new();
    for deal in deals {
        if let Some(stake) = stake(deal) {
            by_currency.entry(&deal.currency).or_default().push((stake, deal.id));
        }
    }
    let mut ranks = HashMap::with_capacity(deals.len());
    for stakes in by_currency.values_mut() {
        stakes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let others = (stakes.len() - 1).max(1) as f64;
        for (_, id) in stakes.iter() {
            ranks.insert(*id, 0.0);
        }
        let mut less = 0;
        for place in 0..stakes.len() {
            if place > 0 && stakes[place].0 > stakes[place - 1].0 {
                less = place;
            }
            ranks.insert(stakes[place].1, less as f64 / others);
        }
    }
    ranks
}

fn plan(deals: &[WatchedDeal], earlier: &HashMap<(DealId, String), StoredAlert>, thresholds: &Thresholds, now: Instant) -> Plan {
    let ranks = revenue_ranks(deals);
    let mut by_deal: HashMap<DealId, Vec<&StoredAlert>> = HashMap::new();
    for alert in earlier.values() {
        by_deal.entry(alert.deal).or_default().push(alert);
    }
    let mut plan = Plan::default();
    for deal in deals {
        let revenue = ranks.get(&deal.id).copied().unwrap_or(0.5);
        let seen: HashMap<&str, (Observation, Priority)> = watch(&deal.facts, thresholds, now)
            .into_iter()
            .map(|observation| {
                let priority = urgency(deal, &observation, revenue, now).priority();
                (observation.rule().into_str(), (observation, priority))
            })
            .collect();
        let before: HashMap<&str, &StoredAlert> =
            by_deal.get(&deal.id).into_iter().flatten().map(|alert| (alert.cause.as_str(), *alert)).collect();
        // In the order of the rules, so that two sweeps over the same deals do the same.
        let causes = AlertRule::WATCHED.into_iter().map(|rule| -> &str { rule.into_str() });
        let by_hand = before.keys().copied().filter(|cause| AlertRule::try_from(*cause).is_err());
        for cause in causes.chain(by_hand) {
            plan.decide(deal, cause, before.get(cause).copied(), seen.get(cause), thresholds, now);
        }
    }
    plan
}

fn urgency(deal: &WatchedDeal, seen: &Observation, revenue: f64, now: Instant) -> Urgency {
    Urgency {
        severity: Urgency::severity_of(seen.measure(now), seen.limit()),
        revenue,
        days_to_close: deal.facts.expected_close.map(|date| (date - now.date_naive()).num_days()),
    }
}

impl Plan {
    fn decide(
        &mut self,
        deal: &WatchedDeal,
        cause: &str,
        before: Option<&StoredAlert>,
        seen: Option<&(Observation, Priority)>,
        thresholds: &Thresholds,
        now: Instant,
    ) {
        let still = before.is_some_and(|before| {
            let limit = thresholds.limit(before.observation.rule(), deal.facts.pipeline, deal.facts.stage);
            holds(&before.observation, &deal.facts, limit, now)
        });
        let earlier = before.map(|before| &before.earlier);
        let now_seen = seen.map(|(observation, priority)| (observation, *priority));
        match (transition(earlier, now_seen, still, now), before, seen) {
            (Transition::Raise, _, Some((observation, priority))) => {
                let id = AlertId::new();
                self.tell(id, deal, observation, *priority, now);
                self.raise.push(NewAlert {
                    id,
                    deal: deal.id,
                    cause: cause.into(),
                    priority: *priority,
                    observation: observation.clone(),
                    created_by: None,
                });
            }
            (Transition::Worsen, Some(before), Some((observation, priority))) => {
                self.tell(before.id, deal, observation, *priority, now);
                self.worsen.push((before.id, before.earlier.clone(), keeping_reason(observation, &before.observation), *priority));
            }
            (Transition::Wake, Some(before), _) => {
                let (observation, priority) =
                    seen.map_or((&before.observation, before.earlier.priority), |(seen, priority)| (seen, *priority));
                self.tell(before.id, deal, observation, priority, now);
                let seen = seen.map(|(seen, priority)| (keeping_reason(seen, &before.observation), *priority));
                self.wake.push((before.id, before.earlier.clone(), seen));
            }
            (Transition::Resolve, Some(before), _) => self.resolve.push(before.id),
            _ => {}
        }
    }

    fn tell(&mut self, alert: AlertId, deal: &WatchedDeal, seen: &Observation, priority: Priority, now: Instant) {
        let news =
            News { alert, deal: deal.id, owner: deal.owner, team: deal.team, rule: seen.rule(), priority, headline: seen.headline(now) };
        self.news.insert(alert, news);
    }
}

/// A collapse that got worse keeps what drove it.
fn keeping_reason(seen: &Observation, before: &Observation) -> Observation {
    let mut seen = seen.clone();
    if let (Observation::Collapse { reason, .. }, Observation::Collapse { reason: known, .. }) = (&mut seen, before) {
        reason.clone_from(known);
    }
    seen
}

/// The reason that lost the most points from one score to another.
fn driver(then: &[Reason], now: &[Reason]) -> Option<String> {
    let before = |feature: &str| then.iter().find(|reason| reason.feature == feature).map_or(0.0, |reason| reason.points);
    let lost = |reason: &&Reason| reason.points - before(&reason.feature);
    let worst = now.iter().filter(|reason| lost(reason) < 0.0).min_by(|a, b| lost(a).total_cmp(&lost(b)))?;
    Some(worst.text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_is_what_lost_most() {
        let reason = |feature: &str, text: &str, points| Reason { feature: feature.into(), text: text.into(), points };
        let then = [reason("value", "Large", -8.0), reason("meetings", "Two meetings", 6.0)];
        let now = [reason("value", "Large", -9.0), reason("meetings", "No meeting", -3.0), reason("stage", "Late", 12.0)];
        assert_eq!(driver(&then, &now).as_deref(), Some("No meeting"));
        assert_eq!(driver(&[], &[reason("stage", "Late", 12.0)]), None);
    }
}
