//! The monitoring's settings and figures, and the jobs behind everything.

use leptos::{prelude::*, server_fn::codec::Json};

use crate::{
    domain::{alerts::ThresholdPlace, error::AppError},
    views::alerts::MonitoringView,
};

/// Where the forms below lead back to.
#[cfg(feature = "ssr")]
const PAGE: &str = "/monitoring";

/// The monitoring page, for managers and admins.
#[server(endpoint = "monitoring", input = Json)]
pub async fn monitoring() -> Result<MonitoringView, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.alerts().monitoring_view(&viewer).await
}

/// Asks for a sweep at once.
#[server(endpoint = "sweep_now")]
pub async fn sweep_now() -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.alerts().ask_for_sweep(&viewer).await?;
    crate::api::context::redirect("/monitoring?asked=sweep");
    Ok(())
}

/// Asks for a new backtest.
#[server(endpoint = "backtest_now")]
pub async fn backtest_now() -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.alerts().ask_for_backtest(&viewer).await?;
    crate::api::context::redirect("/monitoring?asked=backtest");
    Ok(())
}

/// Chooses a limit for a rule in a place: a number, `off`, or nothing for whatever the wider place says. `place` is `workspace`,
/// `pipeline:ID` or `stage:ID`.
#[server(endpoint = "choose_threshold")]
pub async fn choose_threshold(rule: String, place: String, limit: Option<String>) -> Result<(), AppError> {
    use crate::{domain::alerts::AlertRule, services::Chosen};

    let (app, viewer) = crate::api::context::signed_in().await?;
    let rule = AlertRule::try_from(rule.as_str()).map_err(|_| AppError::invalid("rule", "There is no such rule."))?;
    let place = place_of(&place).ok_or_else(|| AppError::invalid("place", "There is no such place."))?;
    let chosen = match limit.as_deref().map(str::trim).unwrap_or_default() {
        "" => Chosen::Inherited,
        "off" => Chosen::Off,
        number => Chosen::Limit(number.parse().map_err(|_| AppError::invalid("limit", "A limit is a number, or `off`."))?),
    };
    app.alerts().choose_threshold(&viewer, rule, place, chosen).await?;
    crate::api::context::done(&format!("{PAGE}#thresholds"), crate::api::done::Done::Saved);
    Ok(())
}

#[cfg(feature = "ssr")]
fn place_of(text: &str) -> Option<ThresholdPlace> {
    match text.split_once(':') {
        None => (text == "workspace").then_some(ThresholdPlace::Workspace),
        Some(("pipeline", id)) => id.parse().ok().map(ThresholdPlace::Pipeline),
        Some(("stage", id)) => id.parse().ok().map(ThresholdPlace::Stage),
        Some(_) => None,
    }
}

/// The text that [`choose_threshold`] takes for a place.
pub fn place_text(place: ThresholdPlace) -> String {
    match place {
        ThresholdPlace::Workspace => "workspace".into(),
        ThresholdPlace::Pipeline(id) => format!("pipeline:{id}"),
        ThresholdPlace::Stage(id) => format!("stage:{id}"),
    }
}
