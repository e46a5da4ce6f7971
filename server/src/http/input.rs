//! No control characters in what is asked: whatever a request says is looked through before anything reads it, so that no handler,
//! server function or page can forget to.

use app::domain::{error::AppError, input};
use axum::{
    Form,
    body::{Body, Bytes},
    extract::{FromRequest, Query, Request},
    http::{StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{api::ApiError, refusals};

/// What a form or an address says, by field.
type Pairs = Vec<(String, String)>;

/// Answers 422 with the field's name where a text holds what cannot be stored.
pub async fn look_through(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = match Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await {
        Ok(bytes) => bytes,
        Err(rejection) => return rejection.into_response(),
    };
    let whole = |body: &Bytes| Request::from_parts(parts.clone(), Body::from(body.clone()));
    let looked = match address(&parts.uri) {
        Ok(()) if is(&parts, "application/json") => match serde_json::from_slice::<Value>(&bytes) {
            Ok(value) => json("", &value),
            // Whoever reads it says what is wrong.
            Err(_) => Ok(()),
        },
        Ok(()) if is(&parts, "application/x-www-form-urlencoded") && !bytes.is_empty() => {
            Form::<Pairs>::from_request(whole(&bytes), &()).await.map_or(Ok(()), |Form(pairs)| fields(&pairs))
        }
        other => other,
    };
    match looked {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(error) => refused(parts.uri.path(), error),
    }
}

fn is(parts: &Parts, kind: &str) -> bool {
    parts.headers.get(header::CONTENT_TYPE).and_then(|given| given.to_str().ok()).is_some_and(|given| given.starts_with(kind))
}

fn address(uri: &Uri) -> Result<(), AppError> {
    // As a query, a path is decoded by the same rules.
    let path = Uri::builder().path_and_query(format!("/?{}", uri.path().replace(['&', '='], ""))).build();
    for uri in [Some(uri.clone()), path.ok()].into_iter().flatten() {
        Query::<Pairs>::try_from_uri(&uri).map_or(Ok(()), |Query(pairs)| fields(&pairs))?;
    }
    Ok(())
}

fn fields(pairs: &Pairs) -> Result<(), AppError> {
    pairs.iter().try_for_each(|(field, text)| {
        input::clean("", field)?;
        input::clean(field, text)
    })
}

fn json(field: &str, value: &Value) -> Result<(), AppError> {
    match value {
        Value::String(text) => input::clean(field, text),
        Value::Array(values) => values.iter().try_for_each(|value| json(field, value)),
        Value::Object(map) => map.iter().try_for_each(|(name, value)| {
            input::clean(field, name)?;
            let inner = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
            json(&inner, value)
        }),
        _ => Ok(()),
    }
}

/// In the words of whoever is asked: the REST interface, a server function, a page.
fn refused(path: &str, error: AppError) -> Response {
    if path.starts_with("/api/v1/") {
        ApiError::from(error).into_response()
    } else if path.starts_with("/api/") {
        refusals::of_server_function(path, error)
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response()
    }
}
