//! Sign-in sessions: axum-login over the account service.

use axum_login::{AuthUser, AuthnBackend, UserId as LoginId};
use uuid::Uuid;

use crate::{
    domain::{error::AppError, ids::UserId},
    services::{App, SignedIn},
};

/// The session of a request.
pub type AuthSession = axum_login::AuthSession<Backend>;

impl AuthUser for SignedIn {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.viewer.id.0
    }

    /// A changed password ends all of its sessions.
    fn session_auth_hash(&self) -> &[u8] {
        &self.session_stamp
    }
}

/// What a person signs in with.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub email: String,
    pub password: String,
}

/// Looks people up for axum-login.
#[derive(Clone)]
pub struct Backend(pub App);

impl AuthnBackend for Backend {
    type User = SignedIn;
    type Credentials = Credentials;
    type Error = AppError;

    async fn authenticate(&self, given: Credentials) -> Result<Option<SignedIn>, AppError> {
        self.0.people().authenticate(&given.email, &given.password).await
    }

    async fn get_user(&self, id: &LoginId<Self>) -> Result<Option<SignedIn>, AppError> {
        self.0.people().signed_in(UserId(*id)).await
    }
}
