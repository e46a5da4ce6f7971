//! Won and lost: recording it, taking it back, and what is asked for.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        deals::Outcome,
        error::AppError,
        ids::{DealId, LossReasonId},
        outcomes::CloseRules,
    },
    views::{closing::CloseSettings, outcomes::CloseView},
};

/// Where the settings' forms lead back to.
#[cfg(feature = "ssr")]
const SETTINGS: &str = "/settings/outcomes";

/// What a form says of a close; empty fields say nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CloseForm {
    pub value: String,
    pub closed_on: String,
    pub reason: String,
    pub competitor: String,
    pub notes: String,
}

#[cfg(feature = "ssr")]
impl CloseForm {
    fn request(self, deals: Vec<(DealId, Option<i32>)>, outcome: Outcome) -> Result<crate::services::CloseRequest, AppError> {
        let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let value = match given(self.value) {
            None => None,
            Some(text) => Some(
                text.replace([',', ' '], "")
                    .parse()
                    .map_err(|_| AppError::invalid("value", "Write the value as a number, as in 12000."))?,
            ),
        };
        let closed_on = match given(self.closed_on) {
            None => None,
            Some(day) => Some(day.parse().map_err(|_| AppError::invalid("closed_on", "Choose a day."))?),
        };
        let (reason, competitor, notes) = (given(self.reason), given(self.competitor), given(self.notes));
        Ok(crate::services::CloseRequest { deals, outcome, value, closed_on, reason, competitor, notes })
    }
}

/// Records that a deal was won or lost, then leads back to the deal's page. `version` is the version the viewer saw.
#[server(endpoint = "close_deal")]
pub async fn close_deal(id: DealId, version: i32, outcome: Outcome, #[server(default)] form: CloseForm) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().close_deals(&viewer, form.request(vec![(id, Some(version))], outcome)?).await?;
    crate::api::context::redirect(&format!("/deals/{id}"));
    Ok(())
}

/// Several deals with what closing them asks for.
#[server(endpoint = "chosen_deals", input = Json)]
pub async fn chosen_deals(ids: Vec<DealId>, outcome: Outcome) -> Result<CloseView, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().close_view(&viewer, &ids, outcome).await
}

/// Records the same of several deals, then says so.
#[server(endpoint = "close_deals")]
pub async fn close_deals(
    #[server(default)] ids: Vec<DealId>,
    outcome: Outcome,
    #[server(default)] form: CloseForm,
) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    let deals = ids.iter().map(|id| (*id, None)).collect();
    app.outcomes().close_deals(&viewer, form.request(deals, outcome)?).await?;
    crate::api::context::redirect(&close_address(&ids, outcome));
    Ok(())
}

/// The address of the page that closes these deals.
pub fn close_address(ids: &[DealId], outcome: Outcome) -> String {
    let deals: String = ids.iter().map(|id| format!("&deal={id}")).collect();
    format!("/close?outcome={}{deals}", outcome.as_str())
}

/// Takes closes back as if they had not happened, within a minute.
#[server(endpoint = "undo_close")]
pub async fn undo_close(#[server(default)] ids: Vec<DealId>) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().undo_close(&viewer, &ids).await?;
    match ids.as_slice() {
        [id] => crate::api::context::done(&format!("/deals/{id}"), crate::api::done::Done::Undone),
        _ => crate::api::context::done("/deals", crate::api::done::Done::Undone),
    }
    Ok(())
}

/// Opens a closed deal again.
#[server(endpoint = "reopen_deal")]
pub async fn reopen_deal(id: DealId) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().reopen_deal(&viewer, id).await?;
    crate::api::context::done(&format!("/deals/{id}"), crate::api::done::Done::Reopened);
    Ok(())
}

/// The settings page of outcomes.
#[server(endpoint = "outcome_settings", input = Json)]
pub async fn outcome_settings() -> Result<CloseSettings, AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().close_settings(&viewer).await
}

/// Adds a reason that deals are lost for.
#[server(endpoint = "add_loss_reason")]
pub async fn add_loss_reason(name: String, #[server(default)] names_competitor: bool) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().add_loss_reason(&viewer, &name, names_competitor).await?;
    crate::api::context::done(SETTINGS, crate::api::done::Done::Saved);
    Ok(())
}

/// Renames a reason, takes it out of use, or back into it.
#[server(endpoint = "change_loss_reason")]
pub async fn change_loss_reason(
    id: LossReasonId,
    name: String,
    #[server(default)] active: bool,
    #[server(default)] names_competitor: bool,
) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().change_loss_reason(&viewer, crate::domain::outcomes::LossReason { id, name, active, names_competitor }).await?;
    crate::api::context::done(SETTINGS, crate::api::done::Done::Saved);
    Ok(())
}

/// Says what has to be filled in when a deal is closed.
#[server(endpoint = "set_close_rules")]
pub async fn set_close_rules(#[server(default)] rules: CloseRules) -> Result<(), AppError> {
    let (app, viewer) = crate::api::context::signed_in().await?;
    app.outcomes().set_close_rules(&viewer, rules).await?;
    crate::api::context::done(SETTINGS, crate::api::done::Done::Saved);
    Ok(())
}
