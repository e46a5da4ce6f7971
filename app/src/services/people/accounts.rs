//! Who may sign in: passwords, sign-in, adding people.

use std::sync::LazyLock;

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{SaltString, rand_core::OsRng},
};
use garde::Validate;

use crate::{
    domain::{error::AppError, ids::UserId, people::Role},
    services::{ServiceError, people::People},
    store::people::{self, Account, NewUser},
    views::people::DemoLogin,
};

/// Setting that holds the demo's sign-ins, as JSON.
pub(in crate::services) const DEMO_LOGINS: &str = "demo_logins";

/// A person to add, from the command line or a form.
#[derive(Debug, Clone, Validate)]
pub struct NewAccount {
    #[garde(length(chars, min = 1, max = 100))]
    pub name: String,
    #[garde(email, length(max = 254))]
    pub email: String,
    #[garde(length(chars, min = 8, max = 200))]
    pub password: String,
    #[garde(skip)]
    pub role: Role,
    #[garde(inner(length(chars, min = 1, max = 100)))]
    pub team: Option<String>,
}

/// Hashes a password with Argon2id and a fresh salt, in PHC form. Slow on purpose: off the async threads, please.
pub fn hash_password(password: &str) -> Result<String, ServiceError> {
    let salt = SaltString::generate(&mut OsRng);
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| ServiceError::Engine(format!("password could not be hashed: {error}")))
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Checked against when no account has the address, so that an answer takes as long either way.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password("nobody has this password").unwrap_or_default());

impl People {
    /// The account with this address and password; `None` for either being wrong.
    pub async fn authenticate(&self, email: &str, password: &str) -> Result<Option<Account>, AppError> {
        let account = people::account_by_email(self.store.db(), email).await?;
        let hash = account.as_ref().map_or_else(|| NOBODY.clone(), |account| account.password_hash.clone());
        let password = password.to_owned();
        let right = tokio::task::spawn_blocking(move || matches(&password, &hash)).await.map_err(ServiceError::from)?;
        Ok(account.filter(|_| right))
    }

    /// The account of a session, unless it was deactivated since.
    pub async fn account(&self, id: UserId) -> Result<Option<Account>, AppError> {
        Ok(people::account_by_id(self.store.db(), id).await?)
    }

    /// Adds a person who can sign in.
    pub async fn add_account(&self, new: NewAccount) -> Result<UserId, AppError> {
        validated(&new)?;
        if people::account_by_email(self.store.db(), &new.email).await?.is_some() {
            return Err(AppError::invalid("email", "This e-mail address is taken."));
        }
        let password = new.password;
        let hash = tokio::task::spawn_blocking(move || hash_password(&password)).await.map_err(ServiceError::from)??;
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        let team = match &new.team {
            Some(name) => Some(people::team_named(&tx, name).await?),
            None => None,
        };
        let user = NewUser { name: new.name, email: Some(new.email), password_hash: Some(hash), role: new.role, team };
        let id = people::add_user(&tx, user, now).await?;
        people::audit(&tx, now, None, "user.add", Some(id.0), Some(new.role.as_str().into())).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The demo's sign-ins; empty in other workspaces.
    pub async fn demo_logins(&self) -> Result<Vec<DemoLogin>, AppError> {
        let stored = people::setting(self.store.db(), DEMO_LOGINS).await?;
        Ok(stored.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
    }
}

/// The first thing wrong with an input, by field.
fn validated(input: &impl Validate<Context = ()>) -> Result<(), AppError> {
    input.validate().map_err(|report| match report.iter().next() {
        Some((path, error)) => AppError::invalid(&path.to_string(), format!("{path}: {error}")),
        None => AppError::invalid("", "The input is not valid."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_matches() {
        let hash = hash_password("correct horse").expect("hashes");
        assert!(hash.starts_with("$argon2id$"));
        assert!(matches("correct horse", &hash));
        assert!(!matches("Correct horse", &hash));
        assert!(!matches("", "not a hash"));
    }
}
