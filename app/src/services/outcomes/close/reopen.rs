//! Opening closed deals again.

use chrono::TimeDelta;
use sea_orm::{ActiveValue::Set, ConnectionTrait};

use crate::{
    domain::{
        Instant,
        deals::{Outcome, StageKind},
        error::AppError,
        ids::{DealId, StageId, UserId},
        outcomes::UNDO_SECONDS,
        people::{Action, Viewer},
    },
    services::outcomes::{
        Outcomes,
        close::{follow_up, naming},
    },
    store::{
        Scope,
        deals::{
            self, DealDetail,
            history::{self, EventKind, NewEvent, written},
        },
        entity::deal,
        locks,
        outcomes::closing::{self, RecordedClosing},
        people,
        scoring::predictions,
    },
};

/// How a deal is opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Back {
    /// It goes on: value and notes stay as the close left them.
    Reopened,
    /// The close was a slip: all is as before.
    Undone,
}

/// For how many seconds this person can still take the close back as if it had not happened; `None` where that is over.
pub(crate) fn undo_seconds(closing: &RecordedClosing, viewer: &Viewer, now: Instant) -> Option<u32> {
    let left = (closing.at + TimeDelta::seconds(UNDO_SECONDS) - now).num_seconds();
    let left = u32::try_from(left).ok().filter(|left| *left > 0);
    left.filter(|_| closing.by == Some(viewer.id) && closing.before.is_some())
}

impl Outcomes {
    /// Opens a closed deal again: it returns to the stage that it was closed from, keeps its history, and counts as open all the time
    /// in trainings to come.
    pub async fn reopen_deal(&self, viewer: &Viewer, id: DealId) -> Result<(), AppError> {
        self.take_back(viewer, &[id], Back::Reopened).await
    }

    /// Takes closes back as if they had not happened; for whoever recorded them, within [`UNDO_SECONDS`].
    pub async fn undo_close(&self, viewer: &Viewer, ids: &[DealId]) -> Result<(), AppError> {
        self.take_back(viewer, ids, Back::Undone).await
    }

    async fn take_back(&self, viewer: &Viewer, ids: &[DealId], back: Back) -> Result<(), AppError> {
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        locks::deals(&tx, ids.iter().copied()).await?;
        let closings = closing::newest(&tx, ids).await?;
        for id in ids {
            take_one_back(&tx, viewer, *id, closings.get(id), back, now).await?;
        }
        follow_up(&tx, ids, now).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(())
    }
}

async fn take_one_back(
    tx: &impl ConnectionTrait,
    viewer: &Viewer,
    id: DealId,
    closing: Option<&RecordedClosing>,
    back: Back,
    now: Instant,
) -> Result<(), AppError> {
    let detail = deals::find(tx, &Scope::of(viewer), id).await?.ok_or(AppError::NotFound)?;
    if !viewer.may(Action::ChangeDeal { owner: detail.row.owner_id.map(UserId) }) {
        return Err(AppError::Forbidden);
    }
    if !detail.outcome.is_closed() {
        return Err(naming(AppError::Conflict("This deal is open.".into()), &detail.row.title));
    }
    if back == Back::Undone && closing.and_then(|closing| undo_seconds(closing, viewer, now)).is_none() {
        return Err(AppError::Conflict("A close can be undone within a minute by whoever recorded it; reopen the deal instead.".into()));
    }
    let (row, events) = as_before(&detail, id, viewer, closing, back, now);
    deals::reopen(tx, (id, detail.row.version), detail.row.closed_at, row).await?;
    history::append(tx, events, now).await?;
    predictions::discard(tx, id).await?;
    closing::taken_back(tx, id, now).await?;
    let action = if back == Back::Undone { "deal.undo_close" } else { "deal.reopen" };
    people::audit(tx, now, Some(viewer.id), action, Some(id.0), None).await?;
    Ok(())
}

/// What the deal returns to, and the events that tell so.
fn as_before(
    detail: &DealDetail,
    id: DealId,
    viewer: &Viewer,
    closing: Option<&RecordedClosing>,
    back: Back,
    now: Instant,
) -> (deal::ActiveModel, Vec<NewEvent>) {
    let event = |kind, old, new| NewEvent { deal: id, at: Some(now), actor: Some(viewer.id), kind, field: None, old, new };
    let mut row = deal::ActiveModel::default();
    let mut events = Vec::new();
    let stage = stage_to_return_to(detail, closing);
    if let Some(stage) = stage.filter(|stage| Some(stage.0) != detail.row.stage_id) {
        row.stage_id = Set(Some(stage.0));
        events.push(event(EventKind::Stage, detail.row.stage_id.map(|id| id.to_string()), Some(stage.to_string())));
    }
    if let Some(before) = closing.and_then(|closing| closing.before.as_ref()).filter(|_| back == Back::Undone) {
        if before.value != detail.row.value {
            row.value = Set(before.value);
            events.push(event(EventKind::Value, detail.row.value.map(written), before.value.map(written)));
        }
        row.notes = Set(before.notes.clone());
    }
    let outcome = |outcome: Outcome| Some(outcome.into_str().to_owned());
    events.push(event(EventKind::Outcome, outcome(detail.outcome), outcome(Outcome::Open)));
    (row, events)
}

/// The stage before the close; where that is not known or gone, the pipeline's first open one.
fn stage_to_return_to(detail: &DealDetail, closing: Option<&RecordedClosing>) -> Option<StageId> {
    let open: Vec<StageId> = detail.stages.iter().filter(|stage| stage.kind == StageKind::Open).map(|stage| stage.id).collect();
    let known = detail.row.closed_from_stage_id.map(StageId).or(closing.and_then(|closing| closing.before.as_ref()?.stage));
    known.filter(|stage| open.contains(stage)).or(open.first().copied())
}
