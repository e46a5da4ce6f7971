//! Who is told of an alert, and where.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, TimeDelta, TimeZone, Timelike};
use uuid::Uuid;

use crate::{
    domain::{AlertId, AlertRule, Channel, DealId, Instant, NotificationId, Preferences, Priority, Role, UserId},
    store::notifications::{NewNotification, Reachable},
};

/// Alerts of one sweep that a person is told one by one; the others are counted.
const TOLD_ONE_BY_ONE: usize = 10;

/// An alert as far as it matters who is told.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    pub alert: AlertId,
    pub deal: DealId,
    pub owner: Option<UserId>,
    pub team: Option<Uuid>,
    pub rule: AlertRule,
    pub priority: Priority,
    pub headline: String,
}

/// Everybody who can be told, and the deals they want to hear nothing about.
pub struct People {
    people: Vec<Reachable>,
    by_id: HashMap<UserId, usize>,
    mutes: HashSet<(UserId, DealId)>,
}

impl People {
    pub fn new(people: Vec<Reachable>, mutes: HashSet<(UserId, DealId)>) -> Self {
        let by_id = people.iter().enumerate().map(|(place, person)| (person.id, place)).collect();
        Self { people, by_id, mutes }
    }

    /// The deal's owner; where that is nobody who can sign in, the team's managers, or else the admins. Critical alerts go to the
    /// team's managers as well.
    fn responsible(&self, owner: Option<UserId>, team: Option<Uuid>, priority: Priority) -> Vec<&Reachable> {
        let owner = owner.and_then(|owner| self.by_id.get(&owner)).map(|place| &self.people[*place]);
        let managers = || self.people.iter().filter(|person| person.role == Role::Manager && team.is_some() && person.team == team);
        let mut told: Vec<&Reachable> = owner.into_iter().collect();
        if told.is_empty() || priority == Priority::Critical {
            told.extend(managers().filter(|person| Some(person.id) != owner.map(|owner| owner.id)));
        }
        if told.is_empty() {
            told.extend(self.people.iter().filter(|person| person.role == Role::Admin));
        }
        told
    }

    /// Who wants to be told of it in a channel.
    pub fn told<'a>(&'a self, news: &'a News, channel: Channel) -> impl Iterator<Item = &'a Reachable> {
        self.responsible(news.owner, news.team, news.priority).into_iter().filter(move |person| {
            !self.mutes.contains(&(person.id, news.deal)) && person.preferences.wants(channel, news.rule, news.priority)
        })
    }

    /// What is told in the app: the most urgent alerts one by one, the others in one line, so that a first sweep over a neglected
    /// pipeline does not flood anybody.
    pub fn notifications(&self, news: &[News], now: Instant) -> Vec<NewNotification> {
        let mut by_person: HashMap<UserId, Vec<&News>> = HashMap::new();
        for one in news {
            for person in self.told(one, Channel::App) {
                by_person.entry(person.id).or_default().push(one);
            }
        }
        let mut told = Vec::new();
        for person in &self.people {
            let Some(mut news) = by_person.remove(&person.id) else { continue };
            news.sort_by_key(|one| (std::cmp::Reverse(one.priority), one.alert));
            let quiet = is_quiet(&person.preferences, now);
            let more = news.len().saturating_sub(TOLD_ONE_BY_ONE);
            if let Some(next) = news.get(TOLD_ONE_BY_ONE) {
                let priority = next.priority;
                let headline = format!("{more} more {}", if more == 1 { "alert" } else { "alerts" });
                let id = NotificationId::new();
                told.push(NewNotification { id, user: person.id, alert: None, deal: None, priority, headline, quiet });
            }
            // The most urgent last: it is the newest then, and stands first.
            told.extend(news.iter().take(TOLD_ONE_BY_ONE).rev().map(|one| NewNotification {
                id: NotificationId::new(),
                user: person.id,
                alert: Some(one.alert),
                deal: Some(one.deal),
                priority: one.priority,
                headline: one.headline.clone(),
                quiet,
            }));
        }
        told
    }
}

/// The person's time zone; UTC where the name is none.
pub fn zone(preferences: &Preferences) -> chrono_tz::Tz {
    preferences.time_zone.parse().unwrap_or(chrono_tz::UTC)
}

/// Whether it is within the person's quiet hours.
pub fn is_quiet(preferences: &Preferences, now: Instant) -> bool {
    preferences.is_quiet(now.with_timezone(&zone(preferences)).hour() as u8)
}

/// When the quiet hours end that `now` lies in; `now` outside of them.
pub fn after_quiet(preferences: &Preferences, now: Instant) -> Instant {
    let Some((_, to)) = preferences.quiet.filter(|_| is_quiet(preferences, now)) else { return now };
    let local = now.with_timezone(&zone(preferences));
    let day = if local.hour() < u32::from(to) { Some(local.date_naive()) } else { local.date_naive().succ_opt() };
    day.and_then(|day| at_local_hour(preferences, day, to)).unwrap_or(now)
}

/// The instant of an hour of a local day. An hour that a change of the clocks leaves out is the first one after it; of one that
/// comes twice it is the first.
pub fn at_local_hour(preferences: &Preferences, day: chrono::NaiveDate, hour: u8) -> Option<Instant> {
    let zone = zone(preferences);
    (0..=3).find_map(|later| {
        let local = day.and_hms_opt(0, 0, 0)? + TimeDelta::hours(i64::from(hour) + later);
        let found = zone.with_ymd_and_hms(local.year(), local.month(), local.day(), local.hour(), 0, 0).earliest()?;
        Some(found.with_timezone(&chrono::Utc))
    })
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, Utc};

    use super::*;

    fn person(id: u128, role: Role, team: Option<u128>) -> Reachable {
        Reachable {
            id: UserId(Uuid::from_u128(id)),
            name: format!("Person {id}"),
            email: format!("{id}@example.com"),
            role,
            team: team.map(Uuid::from_u128),
            preferences: Preferences::default(),
        }
    }

    fn people() -> People {
        People::new(vec![person(1, Role::Rep, Some(7)), person(2, Role::Manager, Some(7)), person(3, Role::Admin, None)], HashSet::new())
    }

    fn news(owner: Option<u128>, priority: Priority) -> News {
        News {
            alert: AlertId::new(),
            deal: DealId(Uuid::from_u128(9)),
            owner: owner.map(|id| UserId(Uuid::from_u128(id))),
            team: Some(Uuid::from_u128(7)),
            rule: AlertRule::Stale,
            priority,
            headline: "No activity".into(),
        }
    }

    fn told(people: &People, news: &News) -> Vec<u128> {
        people.told(news, Channel::App).map(|person| person.id.0.as_u128()).collect()
    }

    #[test]
    fn the_owner_is_told_and_for_critical_alerts_the_manager_too() {
        assert_eq!(told(&people(), &news(Some(1), Priority::High)), [1]);
        assert_eq!(told(&people(), &news(Some(1), Priority::Critical)), [1, 2]);
        assert_eq!(told(&people(), &news(Some(2), Priority::Critical)), [2], "not twice");
        assert_eq!(told(&people(), &news(Some(99), Priority::Low)), [2], "an owner who cannot sign in");
        assert_eq!(told(&people(), &News { team: None, ..news(None, Priority::Low) }), [3]);
    }

    #[test]
    fn muted_deals_are_silent() {
        let mut people = people();
        people.mutes.insert((UserId(Uuid::from_u128(1)), DealId(Uuid::from_u128(9))));
        assert_eq!(told(&people, &news(Some(1), Priority::Critical)), [2]);
    }

    #[test]
    fn many_alerts_are_told_in_few_lines() {
        let many: Vec<News> = (0..25).map(|n| news(Some(1), if n == 20 { Priority::High } else { Priority::Low })).collect();
        let told = people().notifications(&many, Utc::now());
        assert_eq!(told.len(), 11);
        assert_eq!(told[0].headline, "15 more alerts");
        assert_eq!(told.last().map(|last| last.priority), Some(Priority::High), "the most urgent is the newest");
    }

    #[test]
    fn hours_follow_the_clocks() {
        let berlin = Preferences { time_zone: "Europe/Berlin".into(), ..Preferences::default() };
        let at = |year, month, day, hour| {
            NaiveDate::from_ymd_opt(year, month, day).and_then(|date| at_local_hour(&berlin, date, hour)).map(|at| at.to_rfc3339())
        };
        assert_eq!(at(2026, 1, 15, 8).as_deref(), Some("2026-01-15T07:00:00+00:00"));
        assert_eq!(at(2026, 7, 15, 8).as_deref(), Some("2026-07-15T06:00:00+00:00"));
        // On 29 March 2026 the hour from 2 to 3 is left out; on 25 October it comes twice.
        assert_eq!(at(2026, 3, 29, 2).as_deref(), Some("2026-03-29T01:00:00+00:00"));
        assert_eq!(at(2026, 10, 25, 2).as_deref(), Some("2026-10-25T00:00:00+00:00"));
    }

    #[test]
    fn quiet_hours_end_in_the_morning() {
        let quiet = Preferences { time_zone: "America/New_York".into(), quiet: Some((20, 7)), ..Preferences::default() };
        let at = |hour| Utc.with_ymd_and_hms(2026, 1, 15, hour, 30, 0).single().expect("a valid instant");
        // 02:30 UTC is 21:30 of the day before in New York.
        assert!(is_quiet(&quiet, at(2)));
        assert_eq!(after_quiet(&quiet, at(2)).to_rfc3339(), "2026-01-15T12:00:00+00:00");
        assert_eq!(after_quiet(&quiet, at(11)).to_rfc3339(), "2026-01-15T12:00:00+00:00");
        assert_eq!(after_quiet(&quiet, at(15)), at(15));
    }
}
