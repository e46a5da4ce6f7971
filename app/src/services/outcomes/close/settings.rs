//! The reasons that deals are lost for, and what has to be filled in; kept by admins.

use crate::{
    domain::{
        error::AppError,
        ids::LossReasonId,
        input,
        outcomes::{CloseRules, LossReason},
        people::{Action, Viewer},
    },
    services::{jobs::Job, outcomes::Outcomes},
    store::{
        StoreError, json,
        locks::{self, Whole},
        outcomes::closing,
        people,
    },
    views::closing::{CloseChoices, CloseSettings},
};

/// Longest name of a reason, in characters.
const MAX_NAME: usize = 60;

/// A name that no other reason has.
fn checked_name(name: &str, others: &[LossReason], own: Option<LossReasonId>) -> Result<String, AppError> {
    let name = input::line("name", name, MAX_NAME, &format!("Give the reason a name of at most {MAX_NAME} characters."))?;
    let taken = others.iter().any(|other| Some(other.id) != own && other.name.to_lowercase() == name.to_lowercase());
    if taken { Err(AppError::invalid("name", "There is a reason of that name already.")) } else { Ok(name) }
}

impl Outcomes {
    /// What the forms that close deals offer and ask for.
    pub(in crate::services) async fn close_choices(&self) -> Result<CloseChoices, StoreError> {
        let db = self.store.db();
        let reasons = closing::reasons(db).await?.into_iter().filter(|reason| reason.active).collect();
        Ok(CloseChoices { reasons, rules: closing::rules(db).await?, competitors: closing::competitors(db).await? })
    }

    /// The settings page of outcomes; for admins.
    pub async fn close_settings(&self, viewer: &Viewer) -> Result<CloseSettings, AppError> {
        viewer.must(Action::ManageOutcomes)?;
        let db = self.store.db();
        let deals = closing::deals_by_reason(db).await?;
        let reasons = closing::reasons(db).await?;
        let counted = |reason: LossReason| {
            let lost = deals.get(&reason.name).copied().unwrap_or(0);
            (reason, lost)
        };
        let rules = json::or_to_be_saved_again(closing::rules(db).await)?;
        Ok(CloseSettings {
            reasons: reasons.into_iter().map(counted).collect(),
            unreadable: rules.is_none(),
            rules: rules.unwrap_or_default(),
        })
    }

    /// Adds a reason; for admins.
    pub async fn add_loss_reason(&self, viewer: &Viewer, name: &str, names_competitor: bool) -> Result<(), AppError> {
        viewer.must(Action::ManageOutcomes)?;
        let tx = self.store.begin_write().await?;
        locks::table(&tx, Whole::LossReasons).await?;
        let name = checked_name(name, &closing::reasons(&tx).await?, None)?;
        closing::add_reason(&tx, &name, names_competitor).await?;
        people::audit(&tx, self.clock.now(), Some(viewer.id), "loss_reason.add", None, Some(name)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Renames a reason (the deals lost for it follow), takes it out of use or back into it; for admins.
    pub async fn change_loss_reason(&self, viewer: &Viewer, new: LossReason) -> Result<(), AppError> {
        viewer.must(Action::ManageOutcomes)?;
        let tx = self.store.begin_write().await?;
        locks::table(&tx, Whole::LossReasons).await?;
        let reasons = closing::reasons(&tx).await?;
        let old = reasons.iter().find(|reason| reason.id == new.id).ok_or(AppError::NotFound)?;
        let name = checked_name(&new.name, &reasons, Some(new.id))?;
        let still_one = reasons.iter().any(|reason| reason.active && reason.id != new.id) || new.active;
        if !still_one {
            return Err(AppError::invalid("active", "Keep at least one reason in use."));
        }
        closing::change_reason(&tx, old, LossReason { name: name.clone(), ..new }).await?;
        let now = self.clock.now();
        people::audit(&tx, now, Some(viewer.id), "loss_reason.change", Some(new.id.0), Some(name)).await?;
        // The past months tell it by its new name.
        Job::Count.put(&tx, now).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(())
    }

    /// Says what has to be filled in when a deal is closed; for admins.
    pub async fn set_close_rules(&self, viewer: &Viewer, rules: CloseRules) -> Result<(), AppError> {
        viewer.must(Action::ManageOutcomes)?;
        let tx = self.store.begin_write().await?;
        closing::set_rules(&tx, rules).await?;
        people::audit(
            &tx,
            self.clock.now(),
            Some(viewer.id),
            "close_rules.change",
            None,
            Some(json::write_text("audit_log.detail", &rules)?),
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }
}
