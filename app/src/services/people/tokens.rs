//! Tokens of the REST interface: made once, shown once, stored as a hash.

use rand::TryRngCore;

use crate::{
    domain::{error::AppError, input, people::Viewer},
    services::{ServiceError, people::People},
    sha256::sha256_hex,
    store::people::{
        self,
        tokens::{self, TokenEntry},
    },
};

/// What every token begins with, so that a leaked one is recognised.
const PREFIX: &str = "vos_";

/// A new token; its text cannot be had again.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub id: uuid::Uuid,
    pub token: String,
}

impl People {
    /// Makes a token with which a person's programs act on their behalf.
    pub async fn add_token(&self, email: &str, name: &str) -> Result<NewToken, AppError> {
        let name = input::line("name", name, 100, "Give the token a name of at most 100 characters.")?;
        let account = people::account_by_email(self.store.db(), email).await?;
        let account = account.ok_or_else(|| AppError::invalid("email", "Nobody who can sign in has this e-mail address."))?;
        let mut secret = [0u8; 32];
        rand::rngs::OsRng.try_fill_bytes(&mut secret).map_err(|error| ServiceError::Engine(format!("no randomness: {error}")))?;
        let token = format!("{PREFIX}{}", hex::encode(secret));
        let tx = self.store.begin_write().await?;
        let id = tokens::add(&tx, account.viewer.id, &name, &sha256_hex(token.as_bytes()), self.clock.now()).await?;
        people::audit(&tx, self.clock.now(), Some(account.viewer.id), "token.add", Some(id), None).await?;
        tx.commit().await?;
        Ok(NewToken { id, token })
    }

    /// Whose token this is; `None` for one that was revoked, or never was.
    pub async fn viewer_of_token(&self, token: &str) -> Result<Option<Viewer>, AppError> {
        if !token.starts_with(PREFIX) {
            return Ok(None);
        }
        let hash = sha256_hex(token.as_bytes());
        if let Some(viewer) = self.token_viewers.get(&hash) {
            return Ok(Some(viewer));
        }
        let viewer = tokens::viewer(self.store.db(), &hash).await?;
        if let Some(viewer) = &viewer {
            self.token_viewers.insert(hash, viewer.clone());
        }
        Ok(viewer)
    }

    /// All tokens, newest first.
    pub async fn tokens(&self) -> Result<Vec<TokenEntry>, AppError> {
        Ok(tokens::list(self.store.db()).await?)
    }

    /// Takes a token back.
    pub async fn revoke_token(&self, id: uuid::Uuid) -> Result<(), AppError> {
        let tx = self.store.begin_write().await?;
        if !tokens::revoke(&tx, id).await? {
            return Err(AppError::NotFound);
        }
        people::audit(&tx, self.clock.now(), None, "token.revoke", Some(id), None).await?;
        tx.commit().await?;
        self.token_viewers.invalidate_all();
        Ok(())
    }
}
