//! Notifications as they come, for open browser tabs.
//!
//! Each server reads along what any server wrote: at once when it wrote itself, else a few times a second while anybody listens.

use std::{
    collections::{HashSet, VecDeque},
    sync::RwLock,
    time::Duration,
};

use chrono::TimeDelta;
use tokio::sync::{Notify, broadcast};

use crate::{
    domain::{
        error::AppError,
        ids::{NotificationId, UserId},
        people::Viewer,
    },
    services::notifications::Notifications,
    store::{
        Store,
        notifications::{self, PersonalNotification},
    },
    views::notifications::NotificationView,
};

/// How often other servers' notifications are looked for.
const POLL: Duration = Duration::from_millis(300);
/// How far back each look goes: another server's transaction may take so long from its first row to its commit.
const LOOK_BACK: TimeDelta = TimeDelta::seconds(30);
/// Rows read at a time.
const BATCH: u64 = 20_000;
/// Notifications that a slow listener may lag behind before it has to catch up from the database.
const BUFFER: usize = 4_096;
/// Notifications sent to a listener that comes back.
const CATCH_UP: u64 = 200;

/// What all listeners hear; gone once the server stops, which ends their connections.
pub struct Live {
    listeners: RwLock<Option<broadcast::Sender<PersonalNotification>>>,
    /// Wakes whoever passes notifications on.
    written: Notify,
}

impl Default for Live {
    fn default() -> Self {
        Self { listeners: RwLock::new(Some(broadcast::channel(BUFFER).0)), written: Notify::new() }
    }
}

impl Live {
    fn sender(&self) -> Option<broadcast::Sender<PersonalNotification>> {
        self.listeners.read().ok()?.clone()
    }
}

/// One listener's notifications.
pub struct LiveFeed {
    store: Store,
    person: UserId,
    ready: VecDeque<NotificationView>,
    heard: HashSet<NotificationId>,
    last: Option<NotificationId>,
    notices: broadcast::Receiver<PersonalNotification>,
}

impl LiveFeed {
    /// The next notification; `None` when the server stops.
    pub async fn next(&mut self) -> Option<NotificationView> {
        loop {
            if let Some(view) = self.ready.pop_front() {
                if self.heard.insert(view.id) {
                    self.last = self.last.max(Some(view.id));
                    return Some(view);
                }
                continue;
            }
            match self.notices.recv().await {
                Ok(notices) if notices.user == self.person => self.ready.push_back(notices.view),
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up().await,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    async fn catch_up(&mut self) {
        let Some(last) = self.last else { return };
        match notifications::after(self.store.db(), self.person, last, CATCH_UP).await {
            Ok(missed) => self.ready.extend(missed.into_iter().map(|notices| notices.view)),
            Err(error) => tracing::warn!(%error, "a listener could not catch up"),
        }
    }
}

impl Notifications {
    /// Listens to the viewer's notifications: first those after `last`, which the browser had before it was cut off.
    pub async fn listen(&self, viewer: &Viewer, last: Option<NotificationId>) -> Result<LiveFeed, AppError> {
        // Listening begins before the look into the database, so that nothing falls in between.
        let sender = self.live.sender().ok_or(AppError::Unreachable)?;
        let notices = sender.subscribe();
        drop(sender);
        let mut feed =
            LiveFeed { store: self.store.clone(), person: viewer.id, ready: VecDeque::new(), heard: HashSet::new(), last, notices };
        feed.catch_up().await;
        Ok(feed)
    }

    /// Says that somebody was told something.
    pub(in crate::services) fn told_somebody(&self) {
        self.live.written.notify_one();
        self.jobs.wake_jobs();
    }

    /// Ends all listeners' connections: the server stops.
    pub fn stop_listening(&self) {
        if let Ok(mut live) = self.live.listeners.write() {
            *live = None;
        }
        self.live.written.notify_one();
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
