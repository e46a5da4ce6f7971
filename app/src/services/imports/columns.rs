//! Deals as rows: what a source decides of them.

use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use crate::{
    domain::{ids::UserId, imports::DealRecord},
    store::{
        StoreError,
        deals::history::{EventKind, written},
        entity::deal,
        json,
    },
};

/// A record with its names looked up.
pub(super) struct Resolved {
    pub account: Option<Uuid>,
    pub owner: Option<UserId>,
    pub team: Uuid,
    pub stage: Option<Uuid>,
}

/// The state of a stored deal, as history would tell it.
pub(super) fn state_of(row: &deal::Model) -> [(EventKind, Option<String>); 6] {
    [
        (EventKind::Stage, row.stage_id.map(|stage| stage.to_string())),
        (EventKind::Value, row.value.map(written)),
        (EventKind::Probability, row.rep_probability.map(|p| p.to_string())),
        (EventKind::CloseDate, row.expected_close.map(|date| date.to_string())),
        (EventKind::Owner, row.owner_id.map(|owner| owner.to_string())),
        (EventKind::Outcome, Some(row.outcome.into_str().to_owned())),
    ]
}

/// The columns that a source decides; identity and scores are left alone.
pub(super) fn columns(record: &DealRecord, resolved: &Resolved, closed_from: Option<Uuid>) -> Result<deal::ActiveModel, StoreError> {
    Ok(deal::ActiveModel {
        title: Set(record.title.clone()),
        description: Set(record.description.clone()),
        notes: Set(record.notes.clone()),
        account_id: Set(resolved.account),
        owner_id: Set(resolved.owner.map(|owner| owner.0)),
        team_id: Set(Some(resolved.team)),
        stage_id: Set(resolved.stage),
        value: Set(record.value.map(|value| value.round_dp(4))),
        currency: Set(record.currency.clone()),
        rep_probability: Set(record.probability.map(f64::from)),
        expected_close: Set(record.expected_close),
        created_at: Set(record.created_at),
        closed_at: Set(record.closed_at),
        outcome: Set(record.outcome),
        loss_reason: Set(record.loss_reason.clone()),
        closed_from_stage_id: Set(closed_from),
        sequence: Set(record.sequence),
        custom: Set(json::write("deal.custom", &record.custom)?),
        ..Default::default()
    })
}

pub(super) fn differs(row: &deal::Model, change: &deal::ActiveModel) -> bool {
    change.title.as_ref() != &row.title
        || change.description.as_ref() != &row.description
        || change.notes.as_ref() != &row.notes
        || change.account_id.as_ref() != &row.account_id
        || change.owner_id.as_ref() != &row.owner_id
        || change.team_id.as_ref() != &row.team_id
        || change.stage_id.as_ref() != &row.stage_id
        || change.value.as_ref() != &row.value
        || change.currency.as_ref() != &row.currency
        || change.rep_probability.as_ref() != &row.rep_probability
        || change.expected_close.as_ref() != &row.expected_close
        || change.created_at.as_ref() != &row.created_at
        || change.closed_at.as_ref() != &row.closed_at
        || change.outcome.as_ref() != &row.outcome
        || change.loss_reason.as_ref() != &row.loss_reason
        || change.closed_from_stage_id.as_ref() != &row.closed_from_stage_id
        || change.sequence.as_ref() != &row.sequence
        || change.custom.as_ref() != &row.custom
}

/// `record` with the outcome that was recorded here.
pub(super) fn closed_like(record: &DealRecord, row: &deal::Model) -> DealRecord {
    DealRecord {
        outcome: row.outcome,
        closed_at: row.closed_at,
        loss_reason: row.loss_reason.clone(),
        notes: row.notes.clone(),
        value: row.value,
        stage: None,
        ..record.clone()
    }
}
