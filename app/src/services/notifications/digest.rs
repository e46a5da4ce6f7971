//! The daily mail: planned at each person's local hour, only when there is something to say.

use std::collections::HashMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Instant,
        alerts::{AlertFilter, AlertState},
        ids::UserId,
        notifications::Channel,
    },
    notifications::digest::{AlertLine, DealBlock},
    services::{
        ServiceError,
        jobs::Job,
        notifications::{
            Notifications,
            hours::{at_local_hour, zone},
            recipients::{News, People},
        },
    },
    store::{
        Scope,
        alerts::{self, sweep as facts},
        notifications::{
            deliveries::{self, NewDelivery},
            preferences::Reachable,
        },
    },
    views::alerts::AlertView,
};

/// How long after its hour a digest may still be sent; later, tomorrow's says it.
const LATE: TimeDelta = TimeDelta::hours(2);
/// Deals told in one mail; the others are counted.
const DEALS: usize = 15;
/// Open alerts looked at.
const ALERTS: u64 = 50_000;

/// What a planned digest holds until it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DigestContent {
    pub day: chrono::NaiveDate,
    pub deals: Vec<DealBlock>,
    pub more: u64,
}

/// The local day of the digest that is due now, if one is.
fn due(person: &Reachable, now: Instant) -> Option<chrono::NaiveDate> {
    let hour = person.preferences.digest_hour?;
    person.preferences.email?;
    let today = now.with_timezone(&zone(&person.preferences)).date_naive();
    // An hour of yesterday may still be due just after midnight.
    [Some(today), today.pred_opt()]
        .into_iter()
        .flatten()
        .find(|day| at_local_hour(&person.preferences, *day, hour).is_some_and(|at| at <= now && now < at + LATE))
}

fn subject(day: chrono::NaiveDate) -> String {
    format!("digest:{day}")
}

impl Notifications {
    /// Plans the digests that are due; answers how many.
    pub async fn plan_digests(&self) -> Result<u64, ServiceError> {
        if self.outbound.mailer.is_none() {
            return Ok(0);
        }
        let db = self.store.db();
        let now = self.clock.now();
        let people = People::load(db).await?;
        let mut waiting: Vec<(UserId, chrono::NaiveDate)> = Vec::new();
        for person in people.all() {
            if let Some(day) = due(person, now)
                && !deliveries::is_planned(db, Channel::Email, person.id, &subject(day)).await?
            {
                waiting.push((person.id, day));
            }
        }
        if waiting.is_empty() {
            return Ok(0);
        }
        let mut said = self.what_to_say(&people, now).await?;
        let mut planned = 0;
        let tx = self.store.begin_write().await?;
        for (person, day) in waiting {
            let Some(alerts) = said.remove(&person) else { continue };
            let (deals, more) = self.blocks(&alerts);
            let content = serde_json::to_value(DigestContent { day, deals, more }).unwrap_or_default();
            let delivery = NewDelivery { channel: Channel::Email, user: person, subject: subject(day), content, due_at: now };
            planned += u64::from(deliveries::plan(&tx, delivery, now).await?);
        }
        if planned > 0 {
            Job::Deliver.put(&tx, now).await?;
        }
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(planned)
    }

    /// The open alerts that each person wants to be told by mail, the most urgent first.
    async fn what_to_say(&self, people: &People, now: Instant) -> Result<HashMap<UserId, Vec<AlertView>>, ServiceError> {
        let db = self.store.db();
        let open = AlertFilter { state: Some(AlertState::Open), ..AlertFilter::default() };
        let alerts = alerts::list(db, &Scope::All, &open, ALERTS, now).await?;
        let owners = facts::owners_and_teams(db).await?;
        let mut said: HashMap<UserId, Vec<AlertView>> = HashMap::new();
        for alert in alerts {
            let (owner, team) = owners.get(&alert.deal).copied().unwrap_or_default();
            let news = News {
                alert: alert.id,
                deal: alert.deal,
                owner,
                team,
                rule: alert.rule,
                priority: alert.priority,
                headline: String::new(),
            };
            for person in people.recipients(&news, Channel::Email) {
                said.entry(person.id).or_default().push(alert.clone());
            }
        }
        Ok(said)
    }

    /// Alerts, which stand together by deal, as a mail or message tells them; and how many deals are left out.
    pub(crate) fn blocks(&self, alerts: &[AlertView]) -> (Vec<DealBlock>, u64) {
        let mut deals = alerts.chunk_by(|a, b| a.deal == b.deal);
        let blocks = deals.by_ref().take(DEALS).filter_map(|alerts| self.block(alerts)).collect();
        (blocks, deals.count() as u64)
    }

    fn block(&self, alerts: &[AlertView]) -> Option<DealBlock> {
        let first = alerts.first()?;
        Some(DealBlock {
            title: first.deal_title.clone(),
            account: first.account.clone(),
            value: first.value.as_ref().map(|value| value.compact()),
            url: self.outbound.url(&format!("/deals/{}", first.deal)),
            alerts: alerts.iter().map(line).collect(),
        })
    }
}

fn line(alert: &AlertView) -> AlertLine {
    AlertLine { priority: alert.priority, headline: alert.headline.clone(), detail: alert.detail.clone(), advice: alert.advice.clone() }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{notifications::Preferences, people::Role};

    #[test]
    fn a_digest_is_due_at_the_local_hour() {
        let person = |zone: &str, hour| Reachable {
            id: UserId(Uuid::nil()),
            name: "Ann".into(),
            email: "ann@example.com".into(),
            role: Role::Rep,
            team: None,
            preferences: Preferences { time_zone: zone.into(), digest_hour: hour, ..Preferences::default() },
        };
        let at = |day, hour, minute| Utc.with_ymd_and_hms(2026, 3, day, hour, minute, 0).single().expect("a valid instant");
        let berlin = person("Europe/Berlin", Some(8));
        assert_eq!(due(&berlin, at(28, 6, 59)), None);
        assert_eq!(due(&berlin, at(28, 7, 0)).map(|day| day.to_string()).as_deref(), Some("2026-03-28"));
        assert_eq!(due(&berlin, at(28, 9, 0)), None, "too late");
        // The clocks go forward on the 29th.
        assert_eq!(due(&berlin, at(29, 6, 0)).map(|day| day.to_string()).as_deref(), Some("2026-03-29"));
        assert_eq!(due(&person("UTC", Some(23)), at(29, 0, 30)).map(|day| day.to_string()).as_deref(), Some("2026-03-28"));
        assert_eq!(due(&person("UTC", None), at(29, 8, 0)), None);
        assert_eq!(due(&person("Pacific/Auckland", Some(8)), at(28, 19, 5)).map(|day| day.to_string()).as_deref(), Some("2026-03-29"));
    }
}
