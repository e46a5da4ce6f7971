//! Listening to notifications, and passing on what any server wrote.

use std::{collections::HashSet, time::Duration};

use chrono::TimeDelta;

use crate::{
    domain::{error::AppError, ids::NotificationId, people::Viewer},
    services::notifications::{Notifications, live::LiveFeed},
    store::notifications,
};

/// How often other servers' notifications are looked for.
const POLL: Duration = Duration::from_millis(300);
/// How far back each look goes: another server's transaction may take so long from its first row to its commit.
const LOOK_BACK: TimeDelta = TimeDelta::seconds(30);
/// Rows read at a time.
const BATCH: u64 = 20_000;

impl Notifications {
    /// Listens to the viewer's notifications: first those after `last`, which the browser had before it was cut off.
    pub async fn listen(&self, viewer: &Viewer, last: Option<NotificationId>) -> Result<LiveFeed, AppError> {
        // Listening begins before the look into the database, so that nothing falls in between.
        let sender = self.live.sender().ok_or(AppError::Unreachable)?;
        let notices = sender.subscribe();
        drop(sender);
        Ok(LiveFeed::begin(self.store.clone(), viewer.id, last, notices).await)
    }

    /// Says that somebody was told something.
    pub(in crate::services) fn told_somebody(&self) {
        self.live.written.notify_one();
        self.jobs.wake_jobs();
    }

    /// Ends all listeners' connections: the server stops.
    pub fn stop_listening(&self) {
        self.live.end();
    }

    /// Passes notifications on to listeners until the server stops.
    pub async fn run_live(self) {
        let mut passed: HashSet<NotificationId> = HashSet::new();
        let mut since = self.clock.now();
        loop {
            let _ = tokio::time::timeout(POLL, self.live.written.notified()).await;
            let now = self.clock.now();
            let Some(sender) = self.live.sender() else { return };
            if sender.receiver_count() == 0 {
                since = now;
                passed.clear();
                continue;
            }
            match notifications::since(self.store.db(), since, BATCH).await {
                Ok(notices) => {
                    let seen: HashSet<NotificationId> = notices.iter().map(|notices| notices.view.id).collect();
                    for notices in notices {
                        if !passed.contains(&notices.view.id) {
                            // Nobody listening is no error.
                            let _ = sender.send(notices);
                        }
                    }
                    passed = seen;
                    since = since.max(now - LOOK_BACK);
                }
                Err(error) => tracing::warn!(%error, "notifications could not be read; trying again soon"),
            }
        }
    }
}
