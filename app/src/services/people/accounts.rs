//! Who may sign in: sign-in, adding people.

use std::ops::RangeInclusive;

use email_address::EmailAddress;

use crate::{
    domain::{
        error::AppError,
        ids::UserId,
        input,
        people::{Role, Viewer},
    },
    services::people::{
        People,
        passwords::{hash_password, is_password},
    },
    store::{
        json,
        people::{self, Account, NewUser},
    },
    views::people::DemoLogin,
};

/// Setting that holds the demo's sign-ins, as JSON.
pub(in crate::services) const DEMO_LOGINS: &str = "demo_logins";

/// A person to add, from the command line or a form.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub name: String,
    pub email: String,
    pub password: String,
    pub role: Role,
    pub team: Option<String>,
}

const MAX_NAME: usize = 100;
/// The longest address that mail can be sent to (RFC 5321, 4.5.3.1.3).
const MAX_EMAIL: usize = 254;
const EMAIL: &str = "Give an e-mail address, like name@example.com.";
const PASSWORD_CHARS: RangeInclusive<usize> = 8..=200;

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub viewer: Viewer,
    pub email: String,
    /// Changes with the password; sessions keep it, so that they end when it does.
    pub session_stamp: Vec<u8>,
}

impl From<Account> for SignedIn {
    fn from(account: Account) -> Self {
        Self { viewer: account.viewer, email: account.email, session_stamp: account.session_stamp }
    }
}

impl People {
    /// The person with this address and password; `None` for either being wrong.
    pub async fn authenticate(&self, email: &str, password: &str) -> Result<Option<SignedIn>, AppError> {
        let account = people::account_by_email(self.store.db(), email).await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let right = is_password(password.to_owned(), hash).await?;
        Ok(account.filter(|_| right).map(SignedIn::from))
    }

    /// The person of a session, unless the account was deactivated since.
    pub async fn signed_in(&self, id: UserId) -> Result<Option<SignedIn>, AppError> {
        Ok(people::account_by_id(self.store.db(), id).await?.map(SignedIn::from))
    }

    /// Adds a person who can sign in.
    pub async fn add_account(&self, new: NewAccount) -> Result<UserId, AppError> {
        let new = checked(new)?;
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
        people::audit(&tx, now, None, "user.add", Some(id.0), Some(new.role.into_str().into())).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The demo's sign-ins; empty in other workspaces.
    pub async fn demo_logins(&self) -> Result<Vec<DemoLogin>, AppError> {
        // Nobody is kept from signing in where they cannot be read.
        let stored: Option<Option<Vec<DemoLogin>>> = json::or_to_be_saved_again(people::json_setting(self.store.db(), DEMO_LOGINS).await)?;
        Ok(stored.flatten().unwrap_or_default())
    }
}

/// What was given, in the form it is stored in.
fn checked(new: NewAccount) -> Result<NewAccount, AppError> {
    let name = input::line("name", &new.name, MAX_NAME, &format!("Give a name of at most {MAX_NAME} characters, on one line."))?;
    let wish = format!("Name the team in at most {MAX_NAME} characters, on one line.");
    let team = new.team.map(|team| input::line("team", &team, MAX_NAME, &wish)).transpose()?;
    let email = input::line("email", &new.email, MAX_EMAIL, EMAIL)?;
    if !EmailAddress::is_valid(&email) {
        return Err(AppError::invalid("email", EMAIL));
    }
    if !PASSWORD_CHARS.contains(&new.password.chars().count()) {
        return Err(AppError::invalid("password", "Choose a password of 8 to 200 characters."));
    }
    Ok(NewAccount { name, email, team, ..new })
}
