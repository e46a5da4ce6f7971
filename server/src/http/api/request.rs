//! What the interface's handlers find in a request: who asks, and what for. Whatever is wrong is said as [`ApiError`].

use app::{
    api::session::AuthSession,
    domain::{error::AppError, people::Viewer},
    services::App,
};
use axum::{
    Json,
    extract::{FromRef, FromRequest, FromRequestParts, Path, Query, Request, rejection::JsonRejection},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// The services, and on whose behalf they are asked: whoever's token it is; without a token, whoever is signed in. Stands first
/// among a handler's arguments, so that strangers learn nothing about the others.
pub struct Caller {
    pub app: App,
    pub viewer: Viewer,
}

impl<S> FromRequestParts<S> for Caller
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        let session = AuthSession::from_request_parts(parts, state).await.map_err(|_| AppError::NotSignedIn)?;
        let viewer = viewer(&app, session, &parts.headers).await?;
        Ok(Self { app, viewer })
    }
}

async fn viewer(app: &App, session: AuthSession, headers: &HeaderMap) -> Result<Viewer, AppError> {
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return session.user.map(|signed_in| signed_in.viewer).ok_or(AppError::NotSignedIn);
    };
    let token = given.to_str().ok().and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) => app.people().viewer_of_token(token.trim()).await?.ok_or(AppError::NotSignedIn),
        None => Err(AppError::NotSignedIn),
    }
}

/// What an address names; what is no id names nothing.
pub struct Named<T>(pub T);

impl<T, S> FromRequestParts<S> for Named<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let named = Path::from_request_parts(parts, state).await;
        named.map(|Path(id)| Self(id)).map_err(|_| AppError::NotFound.into())
    }
}

/// What stands after the address's question mark.
pub struct Asked<T>(pub T);

impl<T, S> FromRequestParts<S> for Asked<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(asked) = Query::from_request_parts(parts, state).await?;
        Ok(Self(asked))
    }
}

/// The body, as JSON.
pub struct Body<T>(pub T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

/// A body that may be missing, and then says nothing.
pub struct OptionalBody<T>(pub T);

impl<T, S> FromRequest<S> for OptionalBody<T>
where
    T: DeserializeOwned + Default,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Ok(Self(T::default())),
            Err(rejection) => Err(rejection.into()),
        }
    }
}
