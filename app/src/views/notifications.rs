//! What the notification pages show.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Instant,
    alerts::Priority,
    ids::{AlertId, DealId, NotificationId},
    notifications::Preferences,
};

/// Something sent, or to be sent, outside the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryView {
    pub channel: String,
    pub to: String,
    pub subject: String,
    pub state: String,
    pub attempts: u32,
    pub repeat: bool,
    pub at: Instant,
    pub error: Option<String>,
}

/// A line of the notification centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationView {
    pub id: NotificationId,
    pub alert: Option<AlertId>,
    pub deal: Option<DealId>,
    pub deal_title: Option<String>,
    pub priority: Priority,
    pub headline: String,
    pub at: Instant,
    pub read: bool,
    /// Made in the person's quiet hours.
    pub quiet: bool,
    /// Where it leads, if it is about no deal.
    pub link: Option<String>,
}

/// The notification centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationCentre {
    /// Newest first.
    pub notifications: Vec<NotificationView>,
    pub unread: u64,
}

/// A person's preferences with what there is to choose from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreferencesView {
    pub preferences: Preferences,
    /// Whether the server can send e-mail, and post to Slack.
    pub mail_works: bool,
    pub slack_works: bool,
    pub time_zones: Vec<String>,
    /// Deals the person hears nothing about.
    pub muted: Vec<(DealId, String)>,
}
