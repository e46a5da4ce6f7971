//! The model: what is known of it, which one scores the deals, and what the next one may learn from.

use leptos::{prelude::*, server_fn::codec::Json};

use crate::{domain::error::AppError, views::models::ModelView};

/// Where the forms below lead back to.
#[cfg(feature = "ssr")]
const PAGE: &str = "/model";

/// The model page, for managers and admins: of the champion, or of a version.
#[server(endpoint = "model", input = Json)]
pub async fn model(version: Option<i32>) -> Result<ModelView, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().model_view(&viewer, version).await
}

/// Makes a model score the deals.
#[server(endpoint = "publish_model")]
pub async fn publish_model(version: i32) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().publish_model(&viewer, version).await?;
    crate::api::context::done(PAGE, crate::api::done::Done::Saved);
    Ok(())
}

/// Brings back the model before.
#[server(endpoint = "roll_back_model")]
pub async fn roll_back_model() -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().roll_back_model(&viewer).await?;
    crate::api::context::done(PAGE, crate::api::done::Done::Saved);
    Ok(())
}

/// Says whether models may learn from a custom field.
#[server(endpoint = "switch_field")]
pub async fn switch_field(key: String, in_model: bool) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.models().switch_field(&viewer, &key, in_model).await?;
    crate::api::context::done(PAGE, crate::api::done::Done::Saved);
    Ok(())
}
