//! Who may sign in: sign-in, adding people.

use garde::Validate;

use crate::{
    domain::{error::AppError, ids::UserId, people::Role},
    services::people::{
        People,
        passwords::{hash_password, is_password},
    },
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

impl People {
    /// The account with this address and password; `None` for either being wrong.
    pub async fn authenticate(&self, email: &str, password: &str) -> Result<Option<Account>, AppError> {
        let account = people::account_by_email(self.store.db(), email).await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let right = is_password(password.to_owned(), hash).await?;
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
        let hash = hash_password(new.password).await?;
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
