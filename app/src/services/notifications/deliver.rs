//! Sending what is due by e-mail and Slack. What is being sent is written down first: after a crash it is sent once more, marked as
//! a repeat, and after a second one nobody tries again.

use std::collections::HashMap;

use chrono::TimeDelta;
use rand::TryRngCore;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Instant,
        alerts::{AlertFilter, Priority},
        ids::{DealId, UserId},
        notifications::Channel,
    },
    notifications::{
        digest::{DealBlock, Digest},
        mail::{Mail, MailError},
        slack::{SlackAlert, SlackError, SlackMessage},
    },
    services::{
        ServiceError,
        notifications::{
            Notifications,
            digest::DigestContent,
            hours::after_quiet,
            recipients::{News, People},
        },
    },
    sha256::sha256_hex,
    store::{
        Scope, StoreError, alerts,
        entity::delivery,
        json,
        notifications::{
            deliveries::{self, DeliveryState, NewDelivery},
            preferences,
        },
        people,
    },
};

/// Sending that takes longer was interrupted.
const INTERRUPTED: TimeDelta = TimeDelta::minutes(5);
/// Deliveries looked at in one go.
const BATCH: u64 = 500;
/// How often something is sent that could not be taken for a while.
const ATTEMPTS: i32 = 8;
/// After so many in a row that a channel's server did not take, it is left alone for this time.
const REFUSED: u32 = 3;
/// Alerts of a deal told in one message.
const ALERTS: u64 = 20;

/// What a planned Slack message holds until it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SlackContent {
    block: DealBlock,
    owner: String,
}

/// What became of what was due.
#[derive(Debug, Clone, Copy, Default)]
struct Delivered {
    sent: u64,
    failed: u64,
    later: u64,
}

impl Delivered {
    fn and(self, other: Self) -> Self {
        Self { sent: self.sent + other.sent, failed: self.failed + other.failed, later: self.later + other.later }
    }
}

/// How sending went wrong.
enum Trouble {
    /// To be tried again after a while.
    Later {
        after: TimeDelta,
        why: String,
    },
    GivenUp(String),
}

/// How long to wait before the next attempt: 30 s, doubling, an hour at most.
fn backoff(attempts: i32) -> TimeDelta {
    TimeDelta::seconds((30 * 2_i64.pow(attempts.clamp(0, 10) as u32)).min(3_600))
}

impl Notifications {
    /// Plans a message to Slack for each deal of which somebody wants to be told there; answers whether any is new.
    pub(in crate::services) async fn plan_slack(
        &self,
        db: &impl ConnectionTrait,
        people: &People,
        notices: &[News],
        now: Instant,
    ) -> Result<bool, ServiceError> {
        if self.outbound.slack.is_none() {
            return Ok(false);
        }
        let mut most_urgent: HashMap<DealId, &News> = HashMap::new();
        for news in notices {
            let known = most_urgent.entry(news.deal).or_insert(news);
            if known.priority < news.priority {
                *known = news;
            }
        }
        let mut planned = false;
        for (deal, news) in most_urgent {
            // The channel is one for all: the message is planned for the first who wants it, at their hours.
            let Some(person) = people.recipients(news, Channel::Slack).next() else { continue };
            let filter = AlertFilter { deal: Some(deal), ..AlertFilter::default() };
            let (blocks, _) = self.blocks(&alerts::list(db, &Scope::All, &filter, ALERTS, now).await?);
            let Some(block) = blocks.into_iter().next() else { continue };
            let content = json::write("delivery.content", &SlackContent { block, owner: person.name.clone() })?;
            let delivery = NewDelivery {
                channel: Channel::Slack,
                user: person.id,
                subject: format!("alert:{}:{}", news.alert, now.timestamp()),
                content,
                due_at: person.preferences.as_ref().map_or(now, |preferences| after_quiet(preferences, now)),
            };
            planned |= deliveries::plan(db, delivery, now).await?;
        }
        Ok(planned)
    }

    /// Sends what is due: mail and Slack side by side, so that neither waits for the other's server.
    pub async fn deliver_due(&self) -> Result<String, ServiceError> {
        let now = self.clock.now();
        let due = deliveries::due(self.store.db(), now, now - INTERRUPTED, BATCH).await?;
        let (mails, others): (Vec<_>, Vec<_>) = due.into_iter().partition(|row| row.channel == Channel::Email);
        let (mails, others) = tokio::try_join!(self.deliver_all(mails), self.deliver_all(others))?;
        let Delivered { sent, failed, later } = mails.and(others);
        Ok(format!("{sent} sent, {failed} given up, {later} for later"))
    }

    /// Sends what is due on one channel. When its server takes nothing again and again, the rest waits for the next time.
    async fn deliver_all(&self, due: Vec<delivery::Model>) -> Result<Delivered, ServiceError> {
        let mut all = Delivered::default();
        let mut refused = 0;
        let mut due = due.into_iter();
        while refused < REFUSED
            && let Some(row) = due.next()
        {
            self.jobs.stop.check()?;
            match self.deliver(row).await? {
                DeliveryState::Sent => (all.sent, refused) = (all.sent + 1, 0),
                DeliveryState::Failed | DeliveryState::Uncertain => (all.failed, refused) = (all.failed + 1, 0),
                DeliveryState::Planned => (all.later, refused) = (all.later + 1, refused + 1),
                // Another server sends it.
                DeliveryState::Sending => all.later += 1,
            }
        }
        all.later += due.len() as u64;
        Ok(all)
    }

    async fn deliver(&self, row: delivery::Model) -> Result<DeliveryState, ServiceError> {
        let db = self.store.db();
        let now = self.clock.now();
        let interrupted = row.state == DeliveryState::Sending;
        if interrupted && row.repeat {
            let why = "Interrupted twice while it was being sent; nobody knows whether it arrived.".to_owned();
            deliveries::settle(db, row.id, DeliveryState::Uncertain, None, Some(why), now).await?;
            return Ok(DeliveryState::Uncertain);
        }
        let repeat = interrupted || row.repeat;
        let token = unsubscribe_token()?;
        let hash = (row.channel == Channel::Email).then(|| sha256_hex(token.as_bytes()));
        if !deliveries::claim(db, &row, hash, repeat, now).await? {
            return Ok(DeliveryState::Sending);
        }
        let outcome = match row.channel.into_str() {
            "email" => self.send_digest(&row, repeat, &token).await?,
            _ => self.post_to_slack(&row, repeat).await,
        };
        let now = self.clock.now();
        let (state, due_at, error) = match outcome {
            Ok(()) => (DeliveryState::Sent, None, None),
            Err(Trouble::Later { after, why }) if row.attempts + 1 < ATTEMPTS => (DeliveryState::Planned, Some(now + after), Some(why)),
            Err(Trouble::Later { why, .. } | Trouble::GivenUp(why)) => (DeliveryState::Failed, None, Some(why)),
        };
        if let Some(error) = &error {
            tracing::warn!(channel = row.channel.into_str(), attempts = row.attempts + 1, %error, "a notification could not be delivered");
        }
        deliveries::settle(db, row.id, state, due_at, error, now).await?;
        Ok(state)
    }

    async fn send_digest(&self, row: &delivery::Model, repeat: bool, token: &str) -> Result<Result<(), Trouble>, ServiceError> {
        let Some(mailer) = &self.outbound.mailer else {
            return Ok(Err(Trouble::GivenUp("No mail server is set up (VECTOROS_SMTP_URL).".into())));
        };
        let person = match people::account_by_id(self.store.db(), UserId(row.user_id)).await? {
            Some(account) => account,
            None => return Ok(Err(Trouble::GivenUp("The person can no longer sign in.".into()))),
        };
        // Who asked for no mail since it was planned gets none.
        match preferences::of(self.store.db(), UserId(row.user_id)).await {
            Ok(chosen) if chosen.digest_hour.is_some() && chosen.email.is_some() => {}
            Ok(_) => return Ok(Err(Trouble::GivenUp("The person wants no daily e-mail any more.".into()))),
            Err(StoreError::Json { .. }) => {
                return Ok(Err(Trouble::GivenUp("What the person wants to be told cannot be read.".into())));
            }
            Err(error) => return Err(error.into()),
        }
        let Some(content) = json::derived(json::read::<DigestContent>("delivery.content", row.content.clone())) else {
            return Ok(Err(Trouble::GivenUp("What was to be sent cannot be read.".into())));
        };
        let unsubscribe_url = self.outbound.url(&format!("/unsubscribe/{token}"));
        let digest = Digest {
            recipient: person.viewer.name.clone(),
            day: content.day,
            deals: content.deals,
            more: content.more,
            alerts_url: self.outbound.url("/alerts"),
            preferences_url: self.outbound.url("/notifications/settings"),
            unsubscribe_url: unsubscribe_url.clone(),
            repeat,
        };
        let mail = Mail {
            to_name: person.viewer.name,
            to: person.email,
            // The same for every attempt, so that mail programs drop a repeat.
            message_id: format!("{}@vectoros", row.id),
            unsubscribe_url,
            repeat,
            body: digest.render(),
        };
        Ok(mailer.send(&mail).await.map_err(|error| match error {
            MailError::Temporary(why) => Trouble::Later { after: backoff(row.attempts), why },
            MailError::Permanent(why) | MailError::Config(why) => Trouble::GivenUp(why),
        }))
    }

    async fn post_to_slack(&self, row: &delivery::Model, repeat: bool) -> Result<(), Trouble> {
        let hook = self.outbound.slack.as_ref();
        let hook = hook.ok_or_else(|| Trouble::GivenUp("Slack is not set up (VECTOROS_SLACK_WEBHOOK).".into()))?;
        let content: SlackContent = json::read("delivery.content", row.content.clone())
            .map_err(|_| Trouble::GivenUp("What was to be posted cannot be read.".into()))?;
        let SlackContent { block, owner } = content;
        let alert = |line: crate::notifications::digest::AlertLine| SlackAlert {
            priority: Priority::label(line.priority).into(),
            headline: line.headline,
            detail: line.detail,
            advice: line.advice,
        };
        let message = SlackMessage {
            deal_title: block.title,
            deal_url: block.url,
            account: block.account,
            value: block.value,
            owner,
            alerts: block.alerts.into_iter().map(alert).collect(),
            repeat,
        };
        hook.post(&message).await.map_err(|error| match error {
            SlackError::RateLimited { retry_after } => Trouble::Later {
                after: TimeDelta::from_std(retry_after).unwrap_or(TimeDelta::hours(1)),
                why: "Slack asked to wait.".into(),
            },
            SlackError::Temporary(why) => Trouble::Later { after: backoff(row.attempts), why },
            SlackError::Permanent(why) | SlackError::Config(why) => Trouble::GivenUp(why),
        })
    }
}

fn unsubscribe_token() -> Result<String, ServiceError> {
    let mut secret = [0_u8; 24];
    rand::rngs::OsRng.try_fill_bytes(&mut secret).map_err(|error| ServiceError::Engine(format!("no randomness: {error}")))?;
    Ok(hex::encode(secret))
}
