//! Recording that deals were won or lost, and taking it back.
//!
//! All that follows from a close is in its transaction: the deal's row and history, the prediction recorded to be judged, its alerts
//! resolved, the embedding's outcome and the others' scores asked for, the audit log.

mod reopen;
mod request;
mod settings;
mod view;

use sea_orm::ConnectionTrait;

use self::request::Checked;
pub use self::request::CloseRequest;
use crate::{
    domain::{
        Instant,
        deals::Outcome,
        error::AppError,
        ids::{DealId, StageId, UserId},
        people::{Action, Viewer},
    },
    services::{jobs::Job, outcomes::Outcomes},
    store::{
        Scope, StoreError, alerts,
        deals::{
            self, Closing, DealDetail,
            history::{self, EventKind, NewEvent, written},
        },
        locks,
        outcomes::closing::{self, Before},
        people,
        scoring::predictions,
        similarity::embeddings,
    },
};

impl Outcomes {
    /// Records the outcome of open deals, all or none. They leave the open list, keep their history, and count in the next training.
    pub async fn close_deals(&self, viewer: &Viewer, request: CloseRequest) -> Result<(), AppError> {
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        let checked = request.check(&closing::hold_reasons(&tx).await?, closing::rules(&tx).await?, now)?;
        locks::deals(&tx, request.deals.iter().map(|(deal, _)| *deal)).await?;
        let several = request.deals.len() > 1;
        for (deal, version) in &request.deals {
            let detail = deals::find(&tx, &Scope::of(viewer), *deal).await?.ok_or(AppError::NotFound)?;
            let named = |error: AppError| if several { naming(error, &detail.row.title) } else { error };
            may_be_closed(&detail, viewer).map_err(named)?;
            let version = version.unwrap_or(detail.row.version);
            self.close_one(&tx, viewer, (*deal, version), &detail, &checked).await.map_err(named)?;
        }
        let ids: Vec<DealId> = request.deals.iter().map(|(deal, _)| *deal).collect();
        predictions::record(&tx, &ids).await?;
        follow_up(&tx, &ids, now).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(())
    }

    async fn close_one(
        &self,
        tx: &impl ConnectionTrait,
        viewer: &Viewer,
        (id, version): (DealId, i32),
        detail: &DealDetail,
        checked: &Checked,
    ) -> Result<(), AppError> {
        let closing = checked.closing_of(detail)?;
        let outcome = closing.outcome;
        let before = Before { stage: detail.row.stage_id.map(StageId), value: detail.row.value, notes: detail.row.notes.clone() };
        let now = self.clock.now();
        closing::record(tx, id, outcome, &before, viewer.id, now).await?;
        history::append(tx, events_of(detail, id, viewer, &closing), now).await?;
        deals::close(tx, id, version, closing).await?;
        alerts::resolve_of_deal(tx, id, now).await?;
        people::audit(tx, now, Some(viewer.id), "deal.close", Some(id.0), Some(outcome.into_str().into())).await?;
        Ok(())
    }
}

/// What has to follow when deals were closed or opened again: the index has to learn the outcomes, and the others' scores what these
/// deals came to.
async fn follow_up(tx: &impl ConnectionTrait, deals: &[DealId], now: Instant) -> Result<(), StoreError> {
    embeddings::mark_stale(tx, deals).await?;
    Job::Embed.put(tx, now).await?;
    Job::Count.put(tx, now).await?;
    Job::Score.put(tx, now).await
}

/// Whether it is open and the viewer may record its outcome.
fn may_be_closed(detail: &DealDetail, viewer: &Viewer) -> Result<(), AppError> {
    if !viewer.may(Action::ChangeDeal { owner: detail.row.owner_id.map(UserId) }) {
        return Err(AppError::Forbidden);
    }
    if detail.outcome.is_closed() {
        return Err(AppError::Conflict(format!("This deal is already {}.", detail.outcome.label().to_lowercase())));
    }
    Ok(())
}

/// Says which of several deals it is about.
fn naming(error: AppError, title: &str) -> AppError {
    match error {
        AppError::Invalid { field, message } => AppError::Invalid { field, message: format!("{title}: {message}") },
        AppError::Conflict(message) => AppError::Conflict(format!("{title}: {message}")),
        other => other,
    }
}

fn events_of(detail: &DealDetail, id: DealId, viewer: &Viewer, closing: &Closing) -> Vec<NewEvent> {
    let event = |kind, old, new| NewEvent { deal: id, at: Some(closing.at), actor: Some(viewer.id), kind, field: None, old, new };
    let mut events = Vec::new();
    if closing.value != detail.row.value {
        events.push(event(EventKind::Value, detail.row.value.map(written), closing.value.map(written)));
    }
    if let Some(stage) = closing.stage {
        events.push(event(EventKind::Stage, detail.row.stage_id.map(|id| id.to_string()), Some(stage.to_string())));
    }
    events.push(event(EventKind::Outcome, Some(Outcome::Open.into_str().into()), Some(closing.outcome.into_str().into())));
    events
}
