//! Slow work that people wait for: so much is done at a time, some wait for their turn, and whoever comes when these places are taken is
//! asked to try again.

use std::sync::Arc;

use tokio::sync::{Semaphore, TryAcquireError};

use crate::{domain::error::AppError, services::ServiceError};

/// Where slow work of one kind is done.
pub(in crate::services) struct Desk {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Desk {
    pub fn new(at_a_time: usize, waiting: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_a_time)), places: Arc::new(Semaphore::new(at_a_time + waiting)) }
    }

    /// Does slow work when it is its turn; [`AppError::Busy`] when too many wait already.
    pub async fn work<T: Send + 'static>(&self, slow: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let place = self.places.clone().try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits | TryAcquireError::Closed => AppError::Busy,
        })?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| AppError::Busy)?;
        // The thread holds its turn itself: who asked may be gone before it is done.
        let done = tokio::task::spawn_blocking(move || {
            let done = slow();
            drop((turn, place));
            done
        });
        Ok(done.await.map_err(ServiceError::from)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    #[tokio::test]
    async fn few_are_worked_on_and_some_wait() {
        let desk = Arc::new(Desk::new(2, 3));
        let (at_work, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut finish = Vec::new();
        let mut tasks = Vec::new();
        for _ in 0..5 {
            let (tell, told) = mpsc::channel::<()>();
            finish.push(tell);
            let (desk, at_work, most) = (desk.clone(), at_work.clone(), most.clone());
            tasks.push(tokio::spawn(async move {
                let slow = move || {
                    most.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let _ = told.recv();
                    at_work.fetch_sub(1, Ordering::SeqCst);
                };
                desk.work(slow).await
            }));
        }
        while at_work.load(Ordering::SeqCst) < 2 || desk.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(desk.work(|| ()).await, Err(AppError::Busy), "all places are taken");
        // Who asked may go away: the thread is at work all the same, and keeps its turn.
        tasks.remove(0).abort();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(desk.turns.available_permits() == 0, "what was abandoned is still being worked on");
        drop(finish);
        for task in tasks {
            task.await.expect("a task").expect("had a place");
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
        desk.work(|| ()).await.expect("there is room again");
    }
}
