//! Jobs: what runs, waits and failed.

use crate::{domain::error::AppError, views::jobs::JobsView};
use leptos::{prelude::*, server_fn::codec::Json};

/// The jobs page, for admins.
#[server(endpoint = "jobs", input = Json)]
pub async fn jobs() -> Result<JobsView, AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    app.jobs().jobs_view(&viewer).await
}

/// Tries a failed job again.
#[server(endpoint = "retry_job")]
pub async fn retry_job(id: String) -> Result<(), AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    app.jobs().retry_job(&viewer, &id).await?;
    super::context::done("/jobs", crate::api::done::Done::AskedFor);
    Ok(())
}

/// Changes how long the past is kept, in days.
#[server(endpoint = "set_retention")]
pub async fn set_retention(
    scores_daily: u32,
    scores_weekly: u32,
    audit: u32,
    runs: u32,
    deliveries: u32,
    notifications: u32,
    alerts: u32,
) -> Result<(), AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    let retention = crate::domain::retention::Retention { scores_daily, scores_weekly, audit, runs, deliveries, notifications, alerts };
    app.jobs().set_retention(&viewer, retention).await?;
    super::context::done("/jobs", super::done::Done::Saved);
    Ok(())
}
