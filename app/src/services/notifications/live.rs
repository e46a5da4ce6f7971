//! Notifications as they come, for open browser tabs.
//!
//! Each server reads along what any server wrote: at once when it wrote itself, else a few times a second while anybody listens.

use std::{
    collections::{HashSet, VecDeque},
    sync::RwLock,
};

use tokio::sync::{Notify, broadcast};

use crate::{
    domain::ids::{NotificationId, UserId},
    store::{
        Store,
        notifications::{self, PersonalNotification},
    },
    views::notifications::NotificationView,
};

/// Notifications that a slow listener may lag behind before it has to catch up from the database.
const BUFFER: usize = 4_096;
/// Notifications sent to a listener that comes back.
const CATCH_UP: u64 = 200;

/// What all listeners hear; gone once the server stops, which ends their connections.
pub struct Live {
    listeners: RwLock<Option<broadcast::Sender<PersonalNotification>>>,
    /// Wakes whoever passes notifications on.
    pub written: Notify,
}

impl Default for Live {
    fn default() -> Self {
        Self { listeners: RwLock::new(Some(broadcast::channel(BUFFER).0)), written: Notify::new() }
    }
}

impl Live {
    /// Where notifications are passed on; `None` once the server stops.
    pub fn sender(&self) -> Option<broadcast::Sender<PersonalNotification>> {
        self.listeners.read().ok()?.clone()
    }

    /// Ends all listeners' connections.
    pub fn end(&self) {
        if let Ok(mut listeners) = self.listeners.write() {
            *listeners = None;
        }
        self.written.notify_one();
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
    /// Begins with what a person was told after `last`.
    pub(super) async fn begin(
        store: Store,
        person: UserId,
        last: Option<NotificationId>,
        notices: broadcast::Receiver<PersonalNotification>,
    ) -> Self {
        let mut feed = Self { store, person, ready: VecDeque::new(), heard: HashSet::new(), last, notices };
        feed.catch_up().await;
        feed
    }

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
