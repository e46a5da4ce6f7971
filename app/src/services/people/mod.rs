//! People: accounts, passwords and tokens.

pub mod accounts;
pub mod passwords;
pub mod tokens;
mod viewers;

pub(super) use viewers::{Viewers, viewers};

use crate::{services::clock::Clock, store::Store};

/// People: accounts, sign-in, tokens.
#[derive(Clone)]
pub struct People {
    pub(super) store: Store,
    pub(super) token_viewers: Viewers,
    pub(super) clock: Clock,
}
