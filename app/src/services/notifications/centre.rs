//! The notification centre and people's preferences.

use crate::{
    domain::{
        alerts::AlertRule,
        error::AppError,
        ids::{DealId, NotificationId, UserId},
        notifications::{Channel, Preferences},
        people::Viewer,
    },
    services::notifications::Notifications,
    store::{
        Scope, deals,
        notifications::{self, deliveries, preferences},
        people,
    },
    views::notifications::{NotificationCentre, PreferencesView},
};

/// Notifications of the centre.
const SHOWN: u64 = 100;

impl Notifications {
    /// The viewer's newest notifications and how many they have not read.
    pub async fn notification_centre(&self, viewer: &Viewer) -> Result<NotificationCentre, AppError> {
        let db = self.store.db();
        let notices = notifications::newest_of(db, viewer.id, SHOWN).await?;
        Ok(NotificationCentre {
            notifications: notices.into_iter().map(|notices| notices.view).collect(),
            unread: notifications::unread(db, viewer.id).await?,
        })
    }

    /// How many notifications the viewer has not read.
    pub async fn unread_notifications(&self, viewer: &Viewer) -> Result<u64, AppError> {
        Ok(notifications::unread(self.store.db(), viewer.id).await?)
    }

    /// Marks one of the viewer's notifications, or all, as read.
    pub async fn mark_notifications_read(&self, viewer: &Viewer, which: Option<NotificationId>) -> Result<(), AppError> {
        Ok(notifications::mark_read(self.store.db(), viewer.id, which, self.clock.now()).await?)
    }

    /// What the viewer wants to be told, with what there is to choose from.
    pub async fn preferences_view(&self, viewer: &Viewer) -> Result<PreferencesView, AppError> {
        let db = self.store.db();
        Ok(PreferencesView {
            preferences: preferences::of(db, viewer.id).await?,
            mail_works: self.outbound.mailer.is_some(),
            slack_works: self.outbound.slack.is_some(),
            time_zones: chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name().to_owned()).collect(),
            muted: preferences::muted_by(db, viewer.id).await?,
        })
    }

    /// Keeps what the viewer wants to be told.
    pub async fn set_preferences(&self, viewer: &Viewer, chosen: Preferences) -> Result<(), AppError> {
        checked(&chosen)?;
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        preferences::set(&tx, viewer.id, &chosen, now).await?;
        people::audit(&tx, now, Some(viewer.id), "preferences.set", Some(viewer.id.0), None).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the viewer wants to hear nothing about a deal.
    pub async fn mute_deal(&self, viewer: &Viewer, deal: DealId, muted: bool) -> Result<(), AppError> {
        let db = self.store.db();
        if deals::find(db, &Scope::of(viewer), deal).await?.is_none() {
            return Err(AppError::NotFound);
        }
        Ok(preferences::set_mute(db, viewer.id, deal, muted).await?)
    }

    /// Ends the daily mails of whoever a link was sent to; tells whether there is such a link.
    pub async fn unsubscribe(&self, token: &str) -> Result<bool, AppError> {
        let Some(person) = self.unsubscriber(token).await? else { return Ok(false) };
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        let chosen = Preferences { digest_hour: None, ..preferences::of(&tx, person).await? };
        preferences::set(&tx, person, &chosen, now).await?;
        people::audit(&tx, now, Some(person), "preferences.unsubscribe", Some(person.0), None).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn unsubscriber(&self, token: &str) -> Result<Option<UserId>, AppError> {
        let hash = crate::sha256::sha256_hex(token.as_bytes());
        Ok(deliveries::unsubscriber(self.store.db(), &hash).await?)
    }
}

fn checked(chosen: &Preferences) -> Result<(), AppError> {
    if chosen.time_zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(AppError::invalid("time_zone", "Choose a time zone from the list, such as Europe/Berlin."));
    }
    let hours = chosen.digest_hour.into_iter().chain(chosen.quiet.into_iter().flat_map(|(from, to)| [from, to]));
    if hours.into_iter().any(|hour| hour > 23) {
        return Err(AppError::invalid("hours", "Hours go from 0 to 23."));
    }
    if chosen.off.len() > AlertRule::WATCHED.len() * Channel::ALL.len() + Channel::ALL.len() {
        return Err(AppError::invalid("off", "There are not so many rules."));
    }
    Ok(())
}
