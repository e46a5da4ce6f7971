//! Changing an open deal, and recording or planning activities on it.

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Instant,
        deals::{ActivityKind, StageKind},
        error::AppError,
        ids::{DealId, StageId, UserId},
        input,
        people::{Action, Viewer},
        probability::Probability,
    },
    services::{deals::Deals, jobs::Job},
    store::{
        Scope,
        deals::{
            self, DealDetail,
            history::{self, EventKind, NewEvent, written},
        },
        entity::{activity, deal},
        imports, locks, people,
        scoring::scores,
    },
};

/// How far ahead an activity may be planned, and how far back recorded.
const FURTHEST: TimeDelta = TimeDelta::days(730);

/// What changes of a deal; what is left out stays. `null` takes a value away.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DealChange {
    /// The version that was seen; where given, somebody else's change in between is a conflict.
    pub version: Option<i32>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub stage_id: Option<StageId>,
    #[serde(deserialize_with = "given")]
    pub value: Option<Option<Decimal>>,
    #[serde(deserialize_with = "given")]
    pub rep_probability: Option<Option<Probability>>,
    #[serde(deserialize_with = "given")]
    pub expected_close: Option<Option<NaiveDate>>,
}

/// Tells `null` from what is not there.
fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(source: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(source).map(Some)
}

/// An activity to record, or, at a later time, to plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    pub kind: ActivityKind,
    pub subject: String,
    /// `None`: now.
    #[serde(default)]
    pub at: Option<Instant>,
}

impl Deals {
    /// Changes an open deal: its row, its history and what has to follow, in one transaction.
    pub async fn change_deal(&self, viewer: &Viewer, id: DealId, change: DealChange) -> Result<(), AppError> {
        let tx = self.store.begin_write().await?;
        let detail = self.changeable(&tx, viewer, id).await?;
        if change.version.is_some_and(|version| version != detail.row.version) {
            return Err(crate::store::StoreError::StaleVersion.into());
        }
        let now = self.clock.now();
        let edit = Edit::of(&detail, id, viewer, change, now)?;
        if edit.is_empty() {
            return Ok(());
        }
        deals::change(&tx, id, detail.row.version, edit.row).await?;
        history::append(&tx, edit.events, now).await?;
        if edit.text {
            imports::request_embeddings(&tx, &[id]).await?;
            Job::Embed.put(&tx, now).await?;
        }
        Job::Score.put(&tx, now).await?;
        people::audit(&tx, now, Some(viewer.id), "deal.change", Some(id.0), None).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(())
    }

    /// Records what was done on a deal, or plans what is to be done.
    pub async fn add_activity(&self, viewer: &Viewer, id: DealId, new: NewActivity) -> Result<(), AppError> {
        let subject = input::line("subject", &new.subject, 300, "Say in at most 300 characters, on one line, what it is about.")?;
        let now = self.clock.now();
        let at = new.at.unwrap_or(now);
        if (at - now).abs() > FURTHEST {
            return Err(AppError::invalid("at", "Choose a time within two years."));
        }
        let tx = self.store.begin_write().await?;
        self.changeable(&tx, viewer, id).await?;
        let key = uuid::Uuid::now_v7();
        imports::insert_activities(
            &tx,
            vec![activity::ActiveModel {
                id: Set(key),
                deal_id: Set(id.0),
                key: Set(key.to_string()),
                at: Set(at),
                kind: Set(new.kind),
                subject: Set(subject),
                body: Set(None),
                actor_id: Set(Some(viewer.id.0)),
                contact_id: Set(None),
            }],
        )
        .await?;
        scores::touch(&tx, &[id]).await?;
        Job::Score.put(&tx, now).await?;
        people::audit(&tx, now, Some(viewer.id), "activity.add", Some(id.0), None).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(())
    }

    /// An open deal that the viewer may change, held to the end of the transaction.
    async fn changeable(&self, db: &impl ConnectionTrait, viewer: &Viewer, id: DealId) -> Result<DealDetail, AppError> {
        locks::deals(db, [id]).await?;
        let detail = deals::find(db, &Scope::of(viewer), id).await?.ok_or(AppError::NotFound)?;
        if !viewer.may(Action::ChangeDeal { owner: detail.row.owner_id.map(UserId) }) {
            return Err(AppError::Forbidden);
        }
        if detail.outcome.is_closed() {
            return Err(AppError::Conflict(format!("This deal is {}; it cannot be changed.", detail.outcome.label().to_lowercase())));
        }
        Ok(detail)
    }
}

/// A change worked out: the new row, the events, and whether the text to embed is another one.
struct Edit {
    row: deal::ActiveModel,
    events: Vec<NewEvent>,
    text: bool,
}

impl Edit {
    fn is_empty(&self) -> bool {
        self.events.is_empty() && !self.text
    }

    fn of(detail: &DealDetail, id: DealId, viewer: &Viewer, change: DealChange, now: Instant) -> Result<Self, AppError> {
        let before = &detail.row;
        let mut edit = Self { row: deal::ActiveModel::default(), events: Vec::new(), text: false };
        let event = |kind, old: Option<String>, new: Option<String>| NewEvent {
            deal: id,
            at: Some(now),
            actor: Some(viewer.id),
            kind,
            field: None,
            old,
            new,
        };
        if let Some(title) = change.title.filter(|title| title.trim() != before.title) {
            let title = input::line("title", &title, 300, "Give the deal a title of at most 300 characters, on one line.")?;
            edit.row.title = Set(title);
            edit.text = true;
        }
        if let Some(description) = change.description.filter(|description| *description != before.description) {
            input::prose("description", Some(&description), 20_000, "Keep the description under 20,000 characters.")?;
            edit.row.description = Set(description);
            edit.text = true;
        }
        if let Some(stage) = change.stage_id.filter(|stage| Some(stage.0) != before.stage_id) {
            let known = detail.stages.iter().find(|known| known.id == stage);
            if known.is_none_or(|known| known.kind != StageKind::Open) {
                return Err(AppError::invalid("stage_id", "Choose an open stage of the deal's pipeline; to close it, record the outcome."));
            }
            edit.row.stage_id = Set(Some(stage.0));
            edit.events.push(event(EventKind::Stage, before.stage_id.map(|id| id.to_string()), Some(stage.to_string())));
        }
        let value = change.value.map(|new| new.map(|value| input::amount("value", value)).transpose()).transpose()?;
        if let Some(value) = value.filter(|value| *value != before.value) {
            edit.row.value = Set(value);
            edit.events.push(event(EventKind::Value, before.value.map(written), value.map(written)));
        }
        let probability = change.rep_probability.map(|new| new.map(Probability::get));
        if let Some(probability) = probability.filter(|new| *new != before.rep_probability) {
            edit.row.rep_probability = Set(probability);
            let text = |value: Option<f64>| value.map(|value| value.to_string());
            edit.events.push(event(EventKind::Probability, text(before.rep_probability), text(probability)));
        }
        if let Some(date) = change.expected_close.filter(|date| *date != before.expected_close) {
            date.map(|date| input::day("expected_close", date)).transpose()?;
            edit.row.expected_close = Set(date);
            let text = |date: Option<NaiveDate>| date.map(|date| date.to_string());
            edit.events.push(event(EventKind::CloseDate, text(before.expected_close), text(date)));
        }
        Ok(edit)
    }
}
