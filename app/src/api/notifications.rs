//! Notifications and what people want to be told.

use leptos::{prelude::*, server_fn::codec::Json};

use crate::{
    domain::{error::AppError, ids::NotificationId},
    views::notifications::{NotificationCentre, PreferencesView},
};

/// The viewer's notification centre.
#[server(endpoint = "notifications", input = Json)]
pub async fn notifications() -> Result<NotificationCentre, AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    app.notifications().notification_centre(&viewer).await
}

/// How many notifications the viewer has not read.
#[server(endpoint = "unread", input = Json)]
pub async fn unread() -> Result<u64, AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    app.notifications().unread_notifications(&viewer).await
}

/// Marks one notification, or all, as read.
#[server(endpoint = "mark_read")]
pub async fn mark_read(id: Option<NotificationId>) -> Result<(), AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    app.notifications().mark_notifications_read(&viewer, id).await?;
    super::context::done("/notifications", crate::api::done::Done::Saved);
    Ok(())
}

/// What the viewer wants to be told, with what there is to choose from.
#[server(endpoint = "preferences", input = Json)]
pub async fn preferences() -> Result<PreferencesView, AppError> {
    let (app, viewer) = super::context::signed_in().await?;
    app.notifications().preferences_view(&viewer).await
}

/// Keeps what the viewer wants to be told. Empty texts mean: nothing. `off` holds pairs such as `stale:email`.
#[server(endpoint = "set_preferences")]
#[allow(clippy::too_many_arguments)]
pub async fn set_preferences(
    time_zone: String,
    digest_hour: Option<String>,
    quiet_from: Option<String>,
    quiet_to: Option<String>,
    app: Option<String>,
    email: Option<String>,
    slack: Option<String>,
    #[server(default)] off: Vec<String>,
) -> Result<(), AppError> {
    use crate::domain::{
        alerts::{AlertRule, Priority},
        notifications::{Channel, Preferences},
    };

    let (the_app, viewer) = super::context::signed_in().await?;
    let hour = |field: &str, text: Option<String>| match text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse::<u8>().map(Some).map_err(|_| AppError::invalid(field, "Hours go from 0 to 23.")),
    };
    let floor = |text: Option<String>| text.as_deref().and_then(|text| Priority::try_from(text).ok());
    let quiet = match (hour("quiet_from", quiet_from)?, hour("quiet_to", quiet_to)?) {
        (Some(from), Some(to)) => Some((from, to)),
        (None, None) => None,
        _ => return Err(AppError::invalid("quiet_to", "Quiet hours need a beginning and an end.")),
    };
    let pair = |text: &String| {
        let (rule, channel) = text.split_once(':')?;
        Some((AlertRule::try_from(rule).ok()?, Channel::try_from(channel).ok()?))
    };
    let chosen = Preferences {
        time_zone: time_zone.trim().into(),
        digest_hour: hour("digest_hour", digest_hour)?,
        quiet,
        app: floor(app),
        email: floor(email),
        slack: floor(slack),
        off: off.iter().filter_map(pair).collect(),
    };
    the_app.notifications().set_preferences(&viewer, chosen).await?;
    super::context::redirect("/notifications/settings?saved=yes");
    Ok(())
}
