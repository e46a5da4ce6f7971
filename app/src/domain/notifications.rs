//! What people are told, where and when.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{
    alerts::{AlertRule, Priority},
    variants::all,
};

/// Where a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Channel {
    /// The bell.
    App,
    /// The daily digest.
    Email,
    Slack,
}

impl Channel {
    pub const ALL: [Self; 3] = all();

    pub fn label(self) -> &'static str {
        match self {
            Self::App => "In the app",
            Self::Email => "Daily e-mail",
            Self::Slack => "Slack",
        }
    }
}

/// What a person wants to be told. An alert is told in a channel if it is urgent enough for the channel and its rule is not
/// switched off there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// IANA name of the person's time zone.
    pub time_zone: String,
    /// The hour of the day (local) at which the digest is sent; `None`: no digest.
    pub digest_hour: Option<u8>,
    /// Local hours, from the first up to but without the second, in which nothing rings: no toast, no Slack.
    pub quiet: Option<(u8, u8)>,
    /// The least urgent alert told in each channel; `None`: nothing.
    pub app: Option<Priority>,
    pub email: Option<Priority>,
    pub slack: Option<Priority>,
    /// Rules switched off in a channel.
    pub off: BTreeSet<(AlertRule, Channel)>,
}

impl Default for Preferences {
    /// Everything in the app, what matters in the daily e-mail, what burns in Slack.
    fn default() -> Self {
        Self {
            time_zone: "UTC".into(),
            digest_hour: Some(8),
            quiet: None,
            app: Some(Priority::Low),
            email: Some(Priority::Medium),
            slack: Some(Priority::Critical),
            off: BTreeSet::new(),
        }
    }
}

impl Preferences {
    /// Nothing leaves the house: for who asked for no mail, or of whom it is not known what they asked for.
    pub fn only_in_app() -> Self {
        Self { digest_hour: None, email: None, slack: None, ..Self::default() }
    }

    pub fn floor(&self, channel: Channel) -> Option<Priority> {
        match channel {
            Channel::App => self.app,
            Channel::Email => self.email,
            Channel::Slack => self.slack,
        }
    }

    /// Whether an alert is told in a channel.
    pub fn wants(&self, channel: Channel, rule: AlertRule, priority: Priority) -> bool {
        self.floor(channel).is_some_and(|floor| priority >= floor) && !self.off.contains(&(rule, channel))
    }

    /// Whether an hour of the local day (0 to 23) is quiet; the quiet hours may span midnight.
    pub fn is_quiet(&self, hour: u8) -> bool {
        match self.quiet {
            Some((from, to)) if from <= to => (from..to).contains(&hour),
            Some((from, to)) => hour >= from || hour < to,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_span_midnight() {
        let quiet = |from, to| Preferences { quiet: Some((from, to)), ..Preferences::default() };
        assert!(quiet(20, 7).is_quiet(23) && quiet(20, 7).is_quiet(6) && !quiet(20, 7).is_quiet(7) && !quiet(20, 7).is_quiet(12));
        assert!(quiet(12, 13).is_quiet(12) && !quiet(12, 13).is_quiet(13));
        assert!(!quiet(9, 9).is_quiet(9));
        assert!(!Preferences::default().is_quiet(3));
    }

    #[test]
    fn a_rule_can_be_switched_off_in_a_channel() {
        let mut preferences = Preferences::default();
        assert!(preferences.wants(Channel::Email, AlertRule::Stale, Priority::Medium));
        assert!(!preferences.wants(Channel::Email, AlertRule::Stale, Priority::Low));
        assert!(!preferences.wants(Channel::Slack, AlertRule::Stale, Priority::High));
        preferences.off.insert((AlertRule::Stale, Channel::Email));
        assert!(!preferences.wants(Channel::Email, AlertRule::Stale, Priority::Critical));
        assert!(preferences.wants(Channel::App, AlertRule::Stale, Priority::Critical));
    }

    #[test]
    fn preferences_of_an_older_version_are_read() {
        let read: Preferences = serde_json::from_str(r#"{"time_zone":"Europe/Berlin"}"#).expect("reads");
        assert_eq!(read, Preferences { time_zone: "Europe/Berlin".into(), ..Preferences::default() });
    }
}
