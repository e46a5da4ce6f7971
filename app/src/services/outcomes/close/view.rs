//! The page that closes several deals at once.

use crate::{
    domain::{Instant, deals::Outcome, error::AppError, ids::DealId, outcomes::MAX_CLOSED_AT_ONCE, people::Viewer},
    services::outcomes::{Outcomes, close::reopen::undo_until},
    store::{Scope, deals, outcomes::closing},
    views::{deals::DealRow, outcomes::CloseView},
};

impl Outcomes {
    /// The chosen deals with what closing them asks for; deals outside the viewer's scope are left out.
    pub async fn close_view(&self, viewer: &Viewer, ids: &[DealId], outcome: Outcome) -> Result<CloseView, AppError> {
        if ids.len() > MAX_CLOSED_AT_ONCE {
            return Err(AppError::invalid("ids", format!("Close at most {MAX_CLOSED_AT_ONCE} deals at once.")));
        }
        let db = self.store.db();
        let mut rows = deals::rows(db, &Scope::of(viewer), ids).await?;
        let deals: Vec<DealRow> = ids.iter().filter_map(|id| rows.remove(id)).map(|(row, _)| row).collect();
        let all_closed = !deals.is_empty() && deals.iter().all(|deal| deal.outcome.is_closed());
        let closings = closing::newest(db, ids).await?;
        let now = self.clock.now();
        let undone = |deal: &DealRow| closings.get(&deal.id).and_then(|closing| undo_until(closing, viewer, now)).is_some();
        let may_undo = all_closed && deals.iter().all(undone);
        Ok(CloseView { outcome, deals, choices: self.close_choices().await?, may_undo })
    }

    /// Until when the viewer can take a deal's close back.
    pub(in crate::services) async fn undo_until(&self, viewer: &Viewer, id: DealId) -> Result<Option<Instant>, AppError> {
        let closings = closing::newest(self.store.db(), &[id]).await?;
        Ok(closings.get(&id).and_then(|closing| undo_until(closing, viewer, self.clock.now())))
    }
}
