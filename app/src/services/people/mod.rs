//! People: accounts, passwords and tokens.

pub mod accounts;
pub mod passwords;
pub mod tokens;

use crate::{
    services::{
        app::{App, Clock},
        people::tokens::Viewers,
    },
    store::Store,
};

/// People: accounts, sign-in, tokens.
#[derive(Clone)]
pub struct People {
    store: Store,
    token_viewers: Viewers,
    clock: Clock,
}

impl People {
    pub(in crate::services) fn of(app: &App) -> Self {
        Self { store: app.store.clone(), token_viewers: app.token_viewers.clone(), clock: app.clock }
    }
}
