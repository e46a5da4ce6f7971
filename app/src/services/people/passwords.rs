//! Passwords, as Argon2id hashes. Each takes 19 MiB and a processor, on purpose; so few are worked on at a time, some wait for their
//! turn, and whoever comes when these places are taken is asked to try again.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{SaltString, rand_core::OsRng},
};
use tokio::sync::{Semaphore, TryAcquireError};

use crate::{domain::error::AppError, services::ServiceError};

/// Passwords worked on at a time, by the whole process.
const AT_A_TIME: usize = 2;
/// How many may wait for their turn.
const WAITING: usize = 30;

static DESK: LazyLock<Desk> = LazyLock::new(|| Desk::new(AT_A_TIME, WAITING));

/// Checked against when no account has the address, so that an answer takes as long either way.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// Where passwords are worked on.
struct Desk {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Desk {
    fn new(at_a_time: usize, waiting: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_a_time)), places: Arc::new(Semaphore::new(at_a_time + waiting)) }
    }

    /// Does slow work when it is its turn; [`AppError::Busy`] when too many wait already.
    async fn work<T: Send + 'static>(&self, slow: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
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

/// Hashes a password with a fresh salt, in PHC form.
pub async fn hash_password(password: String) -> Result<String, AppError> {
    Ok(DESK.work(move || hash_now(&password)).await??)
}

/// Whether a password is the one that was hashed; without a hash it is not, which takes as long to say.
pub async fn is_password(password: String, hash: Option<String>) -> Result<bool, AppError> {
    DESK.work(move || match hash {
        Some(hash) => matches(&password, &hash),
        None => {
            matches(&password, &NOBODY);
            false
        }
    })
    .await
}

fn hash_now(password: &str) -> Result<String, ServiceError> {
    let salt = SaltString::generate(&mut OsRng);
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| ServiceError::Engine(format!("password could not be hashed: {error}")))
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    #[test]
    fn only_the_right_password_matches() {
        let hash = hash_now("correct horse").expect("hashes");
        assert!(hash.starts_with("$argon2id$"));
        assert!(matches("correct horse", &hash));
        assert!(!matches("Correct horse", &hash));
        assert!(!matches("", "not a hash"));
    }

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
        assert!(desk.turns.available_permits() == 0, "an abandoned hash is still being worked on");
        drop(finish);
        for task in tasks {
            task.await.expect("a task").expect("had a place");
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
        desk.work(|| ()).await.expect("there is room again");
    }
}
