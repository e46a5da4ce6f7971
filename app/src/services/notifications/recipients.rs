//! Who is told of an alert, and where.

use std::collections::{HashMap, HashSet};

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        alerts::{AlertRule, Priority},
        ids::{AlertId, DealId, NotificationId, UserId},
        notifications::Channel,
        people::Role,
    },
    services::{
        ServiceError,
        jobs::Job,
        notifications::{Notifications, hours::is_quiet},
    },
    store::{
        StoreError,
        notifications::{
            self, NewNotification,
            preferences::{self, Reachable},
        },
    },
};

/// Alerts of one sweep that a person is told one by one; the others are counted.
const LISTED_ONE_BY_ONE: usize = 10;

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
    pub async fn load(db: &impl ConnectionTrait) -> Result<Self, StoreError> {
        Ok(Self::new(preferences::reachable(db).await?, preferences::mutes(db).await?))
    }

    fn new(people: Vec<Reachable>, mutes: HashSet<(UserId, DealId)>) -> Self {
        let by_id = people.iter().enumerate().map(|(place, person)| (person.id, place)).collect();
        Self { people, by_id, mutes }
    }

    /// Everybody.
    pub fn all(&self) -> &[Reachable] {
        &self.people
    }

    /// The deal's owner; where that is nobody who can sign in, the team's managers, or else the admins. Critical alerts go to the
    /// team's managers as well.
    fn responsible(&self, owner: Option<UserId>, team: Option<Uuid>, priority: Priority) -> Vec<&Reachable> {
        let owner = owner.and_then(|owner| self.by_id.get(&owner)).map(|place| &self.people[*place]);
        let managers = || self.people.iter().filter(|person| person.role == Role::Manager && team.is_some() && person.team == team);
        let mut notices: Vec<&Reachable> = owner.into_iter().collect();
        if notices.is_empty() || priority == Priority::Critical {
            notices.extend(managers().filter(|person| Some(person.id) != owner.map(|owner| owner.id)));
        }
        if notices.is_empty() {
            notices.extend(self.people.iter().filter(|person| person.role == Role::Admin));
        }
        notices
    }

    /// Who wants to be told of it in a channel.
    pub fn recipients<'a>(&'a self, news: &'a News, channel: Channel) -> impl Iterator<Item = &'a Reachable> {
        self.responsible(news.owner, news.team, news.priority).into_iter().filter(move |person| {
            !self.mutes.contains(&(person.id, news.deal)) && person.preferences.wants(channel, news.rule, news.priority)
        })
    }

    /// What is told in the app: the most urgent alerts one by one, the others in one line, so that a first sweep over a neglected
    /// pipeline does not flood anybody.
    pub fn notifications(&self, news: &[News], now: Instant) -> Vec<NewNotification> {
        let mut by_person: HashMap<UserId, Vec<&News>> = HashMap::new();
        for one in news {
            for person in self.recipients(one, Channel::App) {
                by_person.entry(person.id).or_default().push(one);
            }
        }
        let mut notices = Vec::new();
        for person in &self.people {
            let Some(mut news) = by_person.remove(&person.id) else { continue };
            news.sort_by_key(|one| (std::cmp::Reverse(one.priority), one.alert));
            let quiet = is_quiet(&person.preferences, now);
            let more = news.len().saturating_sub(LISTED_ONE_BY_ONE);
            if let Some(next) = news.get(LISTED_ONE_BY_ONE) {
                let priority = next.priority;
                let headline = format!("{more} more {}", if more == 1 { "alert" } else { "alerts" });
                let id = NotificationId::new();
                notices.push(NewNotification { id, user: person.id, alert: None, deal: None, priority, headline, quiet, link: None });
            }
            // The most urgent last: it is the newest then, and stands first.
            notices.extend(news.iter().take(LISTED_ONE_BY_ONE).rev().map(|one| NewNotification {
                id: NotificationId::new(),
                user: person.id,
                alert: Some(one.alert),
                deal: Some(one.deal),
                priority: one.priority,
                headline: one.headline.clone(),
                quiet,
                link: None,
            }));
        }
        notices
    }
}

impl Notifications {
    /// Tells whoever is to be told of alerts, in the app at once and elsewhere by a job, all in the caller's transaction. Once that is
    /// committed, [`Notifications::told_somebody`] passes it on.
    pub(in crate::services) async fn tell(&self, db: &impl ConnectionTrait, news: &[News], now: Instant) -> Result<(), ServiceError> {
        if news.is_empty() {
            return Ok(());
        }
        let people = People::load(db).await?;
        notifications::tell(db, &people.notifications(news, now), now).await?;
        if self.plan_slack(db, &people, news, now).await? {
            Job::Deliver.put(db, now).await?;
        }
        Ok(())
    }

    /// Tells all admins something about the workspace, in the app, in the caller's transaction.
    pub(in crate::services) async fn tell_admins(
        &self,
        db: &impl ConnectionTrait,
        priority: Priority,
        headline: &str,
        link: &str,
        now: Instant,
    ) -> Result<(), ServiceError> {
        let people = People::load(db).await?;
        let notices: Vec<NewNotification> = (people.all().iter().filter(|person| person.role == Role::Admin))
            .map(|admin| NewNotification {
                id: NotificationId::new(),
                user: admin.id,
                alert: None,
                deal: None,
                priority,
                headline: headline.into(),
                quiet: is_quiet(&admin.preferences, now),
                link: Some(link.into()),
            })
            .collect();
        Ok(notifications::tell(db, &notices, now).await?)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::domain::notifications::Preferences;

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

    fn recipients(people: &People, news: &News) -> Vec<u128> {
        people.recipients(news, Channel::App).map(|person| person.id.0.as_u128()).collect()
    }

    #[test]
    fn the_owner_is_told_and_for_critical_alerts_the_manager_too() {
        assert_eq!(recipients(&people(), &news(Some(1), Priority::High)), [1]);
        assert_eq!(recipients(&people(), &news(Some(1), Priority::Critical)), [1, 2]);
        assert_eq!(recipients(&people(), &news(Some(2), Priority::Critical)), [2], "not twice");
        assert_eq!(recipients(&people(), &news(Some(99), Priority::Low)), [2], "an owner who cannot sign in");
        assert_eq!(recipients(&people(), &News { team: None, ..news(None, Priority::Low) }), [3]);
    }

    #[test]
    fn muted_deals_are_silent() {
        let mut people = people();
        people.mutes.insert((UserId(Uuid::from_u128(1)), DealId(Uuid::from_u128(9))));
        assert_eq!(recipients(&people, &news(Some(1), Priority::Critical)), [2]);
    }

    #[test]
    fn many_alerts_are_told_in_few_lines() {
        let many: Vec<News> = (0..25).map(|n| news(Some(1), if n == 20 { Priority::High } else { Priority::Low })).collect();
        let notices = people().notifications(&many, Utc::now());
        assert_eq!(notices.len(), 11);
        assert_eq!(notices[0].headline, "15 more alerts");
        assert_eq!(notices.last().map(|last| last.priority), Some(Priority::High), "the most urgent is the newest");
    }
}
