//! Telling people: in the app at once, by daily e-mail, in Slack; and what each of them wants to be told.

mod centre;
mod deliver;
mod digest;
mod hours;
mod listen;
mod live;
mod recipients;

pub(super) use live::Live;
pub use live::LiveFeed;
pub(super) use recipients::News;

use std::sync::Arc;

use crate::{
    notifications::{mail::Mailer, slack::SlackHook},
    services::{clock::Clock, jobs::Jobs},
    store::Store,
};

/// Telling people: in the app, by mail, in Slack.
#[derive(Clone)]
pub struct Notifications {
    pub(super) store: Store,
    pub(super) live: Arc<Live>,
    pub(super) outbound: Arc<Outbound>,
    pub(super) clock: Clock,
    pub(super) jobs: Jobs,
}

/// The ways out of the app that this server has.
#[derive(Debug, Default)]
pub struct Outbound {
    /// `None`: no e-mail is sent.
    pub mailer: Option<Mailer>,
    /// `None`: nothing is posted to Slack.
    pub slack: Option<SlackHook>,
    /// Where people reach this server, without a slash at the end.
    pub public_url: String,
}

impl Outbound {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
}
