//! Recording that a deal was won or lost.

use super::{Services, jobs::Job, to_the_end};
use crate::{
    domain::{AppError, DealId, Outcome, StageKind, UserId, Viewer},
    store::{
        Scope, alerts,
        deals::{self, Closing, DealDetail},
        embeddings,
        history::{self, EventKind, NewEvent},
        people,
    },
};

/// Why deals are lost; the reason is one of these or the user's own words.
pub const LOSS_REASONS: [&str; 7] = ["Price", "Competitor", "No decision", "Timing", "Missing feature", "Lost contact", "Other"];

/// Longest notes taken, in characters.
const MAX_NOTES: usize = 5_000;

/// What a user says when closing a deal.
#[derive(Debug, Clone)]
pub struct CloseRequest {
    pub deal: DealId,
    /// The version of the deal that the user saw.
    pub version: i32,
    pub outcome: Outcome,
    /// Required for a loss.
    pub reason: Option<String>,
    pub notes: Option<String>,
}

impl Services {
    /// Records the outcome of an open deal. It leaves the open list, keeps its history, and counts in the next training.
    pub async fn close_deal(&self, viewer: &Viewer, request: CloseRequest) -> Result<(), AppError> {
        let this = self.clone();
        let viewer = viewer.clone();
        to_the_end(async move { this.close_deal_now(&viewer, request).await }).await
    }

    async fn close_deal_now(&self, viewer: &Viewer, request: CloseRequest) -> Result<(), AppError> {
        let CloseRequest { deal: id, version, outcome, reason, notes } = request;
        let detail = deals::find(self.store.db(), &Scope::of(viewer), id).await?.ok_or(AppError::NotFound)?;
        if !viewer.may_close(detail.row.owner_id.map(UserId)) {
            return Err(AppError::Forbidden);
        }
        let reason = checked_reason(outcome, reason)?;
        let notes = checked_notes(notes)?;
        if detail.outcome.is_closed() {
            return Err(AppError::Conflict(format!("This deal is already {}.", detail.outcome.label().to_lowercase())));
        }
        let now = self.now();
        let closing = closing_of(&detail, outcome, reason, notes, now);
        let tx = self.store.begin_write().await?;
        history::append(&tx, events_of(&detail, id, viewer, &closing), now).await?;
        deals::close(&tx, id, version, closing).await?;
        embeddings::mark_stale(&tx, &[id]).await?;
        alerts::resolve_of_deal(&tx, id, now).await?;
        // The index has to learn the outcome, and the others' scores what this deal came to.
        Job::Embed.put(&tx, now).await?;
        Job::Score.put(&tx, now).await?;
        people::audit(&tx, now, Some(viewer.id), "deal.close", Some(id.0), Some(outcome.as_str().into())).await?;
        tx.commit().await?;
        self.wake_jobs();
        Ok(())
    }
}

fn checked_reason(outcome: Outcome, reason: Option<String>) -> Result<Option<String>, AppError> {
    let reason = reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match (outcome, reason) {
        (Outcome::Open, _) => Err(AppError::invalid("outcome", "Choose won or lost.")),
        (Outcome::Lost, None) => Err(AppError::invalid("reason", "Choose why the deal was lost.")),
        (Outcome::Lost, Some(reason)) if reason.chars().count() > 100 => {
            Err(AppError::invalid("reason", "Keep the reason under 100 characters; the notes have more room."))
        }
        (Outcome::Lost, reason) => Ok(reason),
        (Outcome::Won, _) => Ok(None),
    }
}

fn checked_notes(notes: Option<String>) -> Result<Option<String>, AppError> {
    let notes = notes.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match &notes {
        Some(text) if text.chars().count() > MAX_NOTES => {
            Err(AppError::invalid("notes", format!("Keep the notes under {MAX_NOTES} characters.")))
        }
        _ => Ok(notes),
    }
}

fn closing_of(
    detail: &DealDetail,
    outcome: Outcome,
    reason: Option<String>,
    notes: Option<String>,
    now: crate::domain::Instant,
) -> Closing {
    let kind = if outcome == Outcome::Won { StageKind::Won } else { StageKind::Lost };
    let notes = notes.map(|new| match detail.row.notes.as_deref().filter(|old| !old.is_empty()) {
        Some(old) => format!("{old}\n\n{new}"),
        None => new,
    });
    Closing {
        outcome,
        stage: detail.stages.iter().find(|stage| stage.kind == kind).map(|stage| stage.id),
        loss_reason: reason,
        notes,
        at: now,
    }
}

fn events_of(detail: &DealDetail, id: DealId, viewer: &Viewer, closing: &Closing) -> Vec<NewEvent> {
    let event = |kind, old, new| NewEvent { deal: id, at: Some(closing.at), actor: Some(viewer.id), kind, field: None, old, new };
    let mut events = Vec::new();
    if let Some(stage) = closing.stage {
        events.push(event(EventKind::Stage, detail.row.stage_id.map(|id| id.to_string()), Some(stage.to_string())));
    }
    events.push(event(EventKind::Outcome, Some(Outcome::Open.as_str().into()), Some(closing.outcome.as_str().into())));
    events
}
