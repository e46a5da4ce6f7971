//! Alerts: the list, and what is done with them; activities on a deal.

use leptos::{prelude::*, server_fn::codec::Json};

use crate::{
    domain::{
        alerts::AlertFilter,
        error::AppError,
        ids::{AlertId, DealId},
    },
    views::alerts::AlertList,
};

/// A page of the alerts that the viewer may see.
#[server(endpoint = "alerts", input = Json)]
pub async fn alerts(filter: AlertFilter) -> Result<AlertList, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.alerts().alert_list(&viewer, filter).await
}

/// What a form's button asks for: `acknowledge`, `reopen`, `snooze_1`, `snooze_7` or `snooze_30` (days), or a reason to dismiss.
#[cfg(feature = "ssr")]
fn action_of(what: &str, now: crate::domain::Instant) -> Result<crate::domain::alerts::AlertAction, AppError> {
    use crate::domain::alerts::{AlertAction, DismissReason};

    if let Ok(reason) = DismissReason::try_from(what) {
        return Ok(AlertAction::Dismiss { reason });
    }
    let days = what.strip_prefix("snooze_").and_then(|days| days.parse().ok()).filter(|days| (1..=180).contains(days));
    match (what, days) {
        ("acknowledge", _) => Ok(AlertAction::Acknowledge),
        ("reopen", _) => Ok(AlertAction::Reopen),
        (_, Some(days)) => Ok(AlertAction::Snooze { until: now + chrono::TimeDelta::days(days) }),
        _ => Err(AppError::invalid("what", "Choose what to do with the alerts.")),
    }
}

/// Acknowledges, snoozes, dismisses or reopens alerts, then leads back to `back`.
#[server(endpoint = "handle_alerts")]
pub async fn handle_alerts(#[server(default)] ids: Vec<AlertId>, what: String, back: Option<String>) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    if ids.is_empty() {
        return Err(AppError::invalid("ids", "Choose at least one alert."));
    }
    app.alerts().handle_alerts(&viewer, &ids, action_of(&what, app.now())?, None).await?;
    crate::api::context::done_back(back.as_deref(), "/alerts", crate::api::done::Done::Saved);
    Ok(())
}

/// Records what was done on a deal just now, or plans what is to be done on a day.
#[server(endpoint = "add_activity")]
pub async fn add_activity(id: DealId, kind: String, subject: String, day: Option<String>) -> Result<(), AppError> {
    use crate::{domain::deals::ActivityKind, services::NewActivity};

    let (app, viewer) = crate::api::context::signed_in().await?;
    let kind = ActivityKind::try_from(kind.as_str()).map_err(|_| AppError::invalid("kind", "Choose a kind of activity."))?;
    let day = day.filter(|day| !day.trim().is_empty());
    let at = match day {
        None => None,
        Some(day) => {
            let date: chrono::NaiveDate = day.parse().map_err(|_| AppError::invalid("day", "Choose a day."))?;
            // Office hours of the day in UTC: the day is what was meant.
            date.and_hms_opt(9, 0, 0).map(|at| at.and_utc())
        }
    };
    app.deals().add_activity(&viewer, id, NewActivity { kind, subject, at }).await?;
    crate::api::context::done(&format!("/deals/{id}"), crate::api::done::Done::Saved);
    Ok(())
}

/// Whether the viewer wants to hear nothing about a deal.
#[server(endpoint = "mute_deal")]
pub async fn mute_deal(id: DealId, muted: bool, back: Option<String>) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.notifications().mute_deal(&viewer, id, muted).await?;
    crate::api::context::done_back(back.as_deref(), &format!("/deals/{id}"), crate::api::done::Done::Saved);
    Ok(())
}
