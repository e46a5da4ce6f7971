//! The page that closes several deals at once.

use crate::{
    domain::{deals::Outcome, error::AppError, ids::DealId, outcomes::MAX_CLOSED_AT_ONCE, people::Viewer},
    services::outcomes::{Outcomes, close::reopen::undo_seconds},
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
        let left = |deal: &DealRow| closings.get(&deal.id).and_then(|closing| undo_seconds(closing, viewer, now));
        // All or none: the first that can no longer be taken back ends it.
        let undo_seconds = deals.iter().map(left).min().flatten().filter(|_| all_closed);
        Ok(CloseView { outcome, deals, choices: self.close_choices().await?, undo_seconds })
    }

    /// For how many seconds the viewer can still take a deal's close back.
    pub(in crate::services) async fn undo_seconds(&self, viewer: &Viewer, id: DealId) -> Result<Option<u32>, AppError> {
        let closings = closing::newest(self.store.db(), &[id]).await?;
        Ok(closings.get(&id).and_then(|closing| undo_seconds(closing, viewer, self.clock.now())))
    }
}
