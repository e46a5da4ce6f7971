//! Work that gives up: when the server stops, or when nobody waits for it any more.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::watch;

use super::ServiceError;

/// Whether running work should end.
#[derive(Debug, Clone, Default)]
pub struct Stop(Option<watch::Receiver<bool>>);

impl Stop {
    /// One that is told when `true` is sent.
    pub(super) fn by(told: watch::Receiver<bool>) -> Self {
        Self(Some(told))
    }

    /// Whether to end now; to be asked between two steps.
    pub(super) fn is_told(&self) -> bool {
        self.0.as_ref().is_some_and(|told| *told.borrow())
    }

    /// An error once it is told to end, for work that asks between its batches.
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        if self.is_told() { Err(ServiceError::Stopping) } else { Ok(()) }
    }

    /// Resolves when work should end.
    pub(super) async fn told(&self) {
        match self.0.clone() {
            // Whoever would tell it is gone without having told it: then nobody will.
            Some(mut told) => match told.wait_for(|told| *told).await.map(drop) {
                Ok(()) => {}
                Err(_) => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }
}

/// Whether somebody still waits for what a thread does.
#[derive(Debug, Clone, Default)]
pub(super) struct Awaited(Arc<AtomicBool>);

impl Awaited {
    /// Nobody waits: the request was given up, the lease lost, or the server stops.
    pub fn no_more(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Does long work on a thread for it. The work is told, by what it is given, when whoever waits goes away, and should then give up.
pub(super) async fn on_a_thread<T: Send + 'static>(work: impl FnOnce(Awaited) -> T + Send + 'static) -> Result<T, ServiceError> {
    let awaited = Awaited::default();
    let _gone = SetOnDrop(awaited.0.clone());
    Ok(tokio::task::spawn_blocking(move || work(awaited)).await?)
}

struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[tokio::test]
    async fn a_thread_that_nobody_waits_for_is_told() {
        let (tell, told) = mpsc::channel();
        let task = tokio::spawn(on_a_thread(move |awaited| {
            tell.send("began").expect("the test listens");
            while !awaited.no_more() {
                std::thread::sleep(Duration::from_millis(1));
            }
            tell.send("gave up").expect("the test listens");
        }));
        let told = Arc::new(std::sync::Mutex::new(told));
        let next = || {
            let told = told.clone();
            tokio::task::spawn_blocking(move || told.lock().expect("one listens").recv().expect("the thread lives"))
        };
        assert_eq!(next().await.expect("a task"), "began");
        task.abort();
        assert_eq!(next().await.expect("a task"), "gave up");
    }

    #[tokio::test]
    async fn work_is_told_to_stop() {
        let (tell, told) = watch::channel(false);
        let stop = Stop::by(told);
        assert!(stop.check().is_ok());
        tell.send_replace(true);
        stop.told().await;
        assert!(matches!(stop.check(), Err(ServiceError::Stopping)));
        assert!(!Stop::default().is_told());
    }
}
