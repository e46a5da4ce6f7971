//! Passwords, as Argon2id hashes. Each takes 19 MiB and a processor, on purpose; so few are worked on at a time, some wait for their
//! turn, and whoever comes when these places are taken is asked to try again.

use std::sync::LazyLock;

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{SaltString, rand_core::OsRng},
};

use crate::{
    domain::error::AppError,
    services::{ServiceError, desk::Desk},
};

/// Passwords worked on at a time, by the whole process.
const AT_A_TIME: usize = 2;
/// How many may wait for their turn.
const WAITING: usize = 30;

static DESK: LazyLock<Desk> = LazyLock::new(|| Desk::new(AT_A_TIME, WAITING));

/// Checked against when no account has the address, so that an answer takes as long either way.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

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
    use super::*;

    #[test]
    fn only_the_right_password_matches() {
        let hash = hash_now("correct horse").expect("hashes");
        assert!(hash.starts_with("$argon2id$"));
        assert!(matches("correct horse", &hash));
        assert!(!matches("Correct horse", &hash));
        assert!(!matches("", "not a hash"));
    }
}
