//! The deal page: facts, history, score, similar deals.

use std::{collections::HashMap, str::FromStr};

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        alerts::{ALERTS_PAGE, AlertFilter},
        deals::{CustomField, CustomValue, Outcome, StageKind},
        error::AppError,
        ids::{DealId, UserId},
        money::Money,
        people::{Action, Viewer},
        probability::Probability,
        similarity::SimilarRequest,
    },
    services::deals::Deals,
    store::{
        Scope, StoreError, alerts,
        deals::{
            self, DealDetail,
            history::{self, EventKind, RecordedActivity, RecordedEvent, read_new, read_old},
        },
        json,
        models::accuracy,
        notifications::preferences,
        people,
        scoring::{
            feedback,
            scores::{self, StoredScore},
        },
        words::UnknownWord,
    },
    views::deals::{DealView, StageStep, TimelineEntry, TimelineKind},
};

/// Timeline entries shown on the page.
const TIMELINE: u64 = 200;
/// Feedback shown on the page.
const FEEDBACK: u64 = 10;
/// Similar deals shown on the page.
const SIMILAR: u64 = 6;

impl Deals {
    /// One deal with all its page shows. A deal outside the viewer's scope is not found, as if it did not exist.
    pub async fn deal_view(&self, viewer: &Viewer, id: DealId) -> Result<DealView, AppError> {
        let scope = Scope::of(viewer);
        let db = self.store.db();
        let detail = deals::find(db, &scope, id).await?.ok_or(AppError::NotFound)?;
        let (timeline, timeline_truncated) = self.timeline(&detail, id).await?;
        let score = match (detail.outcome.is_closed(), detail.row.closed_at) {
            (false, _) => scores::latest(db, id, None).await?,
            (true, closed_at) => self.score_at_close(id, closed_at).await?,
        };
        let until = detail.row.closed_at.unwrap_or_else(|| self.clock.now());
        let score_history = self.scoring.score_history(id, until).await?;
        let custom = custom_values(&deals::custom_fields(db).await?, &detail.row.custom);
        let similar =
            self.similarity.similar(viewer, SimilarRequest { deal_id: Some(id), k: Some(SIMILAR), ..SimilarRequest::default() }).await?;
        let active = AlertFilter { deal: Some(id), ..AlertFilter::default() };
        let alerts = alerts::list(db, &scope, &active, ALERTS_PAGE, self.clock.now()).await?;
        let muted = preferences::is_muted(db, viewer.id, id).await?;
        let responsible = viewer.may(Action::ChangeDeal { owner: detail.row.owner_id.map(UserId) });
        let close_choices =
            if responsible && !detail.outcome.is_closed() { self.outcomes.close_choices().await? } else { Default::default() };
        let undo_seconds = if detail.outcome.is_closed() { self.outcomes.undo_seconds(viewer, id).await? } else { None };
        let feedback = feedback::newest(db, &scope, Some(id), FEEDBACK).await?;
        let row = detail.row;
        let amount = |value| Money::new(value, row.currency.clone());
        let stage = detail.stages.iter().find(|stage| Some(stage.id.0) == row.stage_id);
        Ok(DealView {
            id,
            version: row.version,
            stages: steps(&detail.stages, row.stage_id),
            stage: stage.map(|stage| stage.name.clone()),
            value: row.value.map(amount),
            rep_probability: row.rep_probability.map(Probability::saturating),
            expected_close: row.expected_close,
            created_at: row.created_at,
            closed_at: row.closed_at,
            outcome: detail.outcome,
            may_close: !detail.outcome.is_closed() && responsible,
            revenue_at_risk: score.as_ref().and_then(|stored| stored.revenue_at_risk.map(amount)),
            score: score.map(|stored| stored.score),
            score_history,
            loss_reason: row.loss_reason,
            competitor: row.competitor,
            title: row.title,
            description: row.description,
            notes: row.notes,
            industry: detail.account.as_ref().and_then(|account| account.industry.clone()),
            account: detail.account.map(|account| account.name),
            owner: detail.owner,
            team: detail.team,
            pipeline: detail.pipeline,
            custom,
            timeline,
            timeline_truncated,
            similar,
            alerts,
            muted,
            close_choices,
            may_reopen: detail.outcome.is_closed() && responsible,
            undo_seconds,
            feedback,
        })
    }

    /// What people saw last before the close, if they saw anything: no replay of the past.
    async fn score_at_close(&self, id: DealId, closed_at: Option<Instant>) -> Result<Option<StoredScore>, AppError> {
        let db = self.store.db();
        let Some(closed_at) = closed_at else { return Ok(None) };
        let Some(shown) = accuracy::shown_by(db, id, closed_at).await? else { return Ok(None) };
        Ok(scores::by_id(db, &[shown]).await?.remove(&shown))
    }

    async fn timeline(&self, detail: &DealDetail, id: DealId) -> Result<(Vec<TimelineEntry>, bool), AppError> {
        let db = self.store.db();
        let events = history::events(db, id, TIMELINE + 1).await?;
        let activities = history::activities(db, id, TIMELINE + 1).await?;
        let names = StageNames::of(detail);
        let owners = self.owner_names(&events).await?;
        let created_at = detail.row.created_at;
        let mut entries: Vec<TimelineEntry> = events
            .into_iter()
            .filter(|event| !is_initial(event, created_at))
            .filter_map(|event| entry_of_event(event, detail, &names, &owners))
            .chain(activities.into_iter().map(entry_of_activity))
            .collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        let limit = TIMELINE as usize;
        let truncated = entries.len() > limit;
        entries.truncate(limit);
        Ok((entries, truncated))
    }

    async fn owner_names(&self, events: &[RecordedEvent]) -> Result<HashMap<String, String>, AppError> {
        let mut names = HashMap::new();
        for event in events.iter().filter(|event| event.kind == EventKind::Owner) {
            for id in [&event.old, &event.new].into_iter().flatten() {
                if let Some(user) = id.parse().ok().map(UserId)
                    && let Some(name) = people::name_of(self.store.db(), user).await?
                {
                    names.insert(id.clone(), name);
                }
            }
        }
        Ok(names)
    }
}

/// The values a deal was created with are facts, not changes; only its creation shows.
fn is_initial(event: &RecordedEvent, created_at: Option<Instant>) -> bool {
    event.old.is_none()
        && !matches!(event.kind, EventKind::Created | EventKind::Outcome | EventKind::Stage)
        && event.at.is_some()
        && event.at == created_at
}

fn steps(stages: &[crate::domain::deals::Stage], current: Option<Uuid>) -> Vec<StageStep> {
    let at = stages.iter().position(|stage| Some(stage.id.0) == current);
    stages
        .iter()
        .enumerate()
        .filter(|(_, stage)| stage.kind == StageKind::Open)
        .map(|(i, stage)| StageStep { name: stage.name.clone(), reached: at.is_some_and(|at| i <= at), current: at == Some(i) })
        .collect()
}

fn custom_values(fields: &[CustomField], values: &serde_json::Value) -> Vec<(String, String)> {
    fields
        .iter()
        .filter_map(|field| {
            let value = json::read("deal.custom", values.get(&field.key)?.clone());
            Some((field.key.clone(), custom_text_of(value)))
        })
        .collect()
}

/// What a field held before an event, in words, or that it cannot be read.
fn before<T: FromStr>(old: &Option<String>, words: impl Fn(T) -> String) -> Option<String> {
    in_words(read_old(old.as_deref()), words)
}

/// What a field held after an event, in words, or that it cannot be read.
fn after<T: FromStr>(new: &Option<String>, words: impl Fn(T) -> String) -> Option<String> {
    in_words(read_new(new.as_deref()), words)
}

fn in_words<T>(read: Result<Option<T>, UnknownWord>, words: impl Fn(T) -> String) -> Option<String> {
    match json::derived(read) {
        Some(value) => value.map(words),
        None => Some(UNREADABLE.into()),
    }
}

/// Shown in place of what cannot be read.
const UNREADABLE: &str = "cannot be read";

/// What is stored for a field, or that it cannot be read.
fn custom_text_of(read: Result<CustomValue, StoreError>) -> String {
    json::derived(read).as_ref().map_or_else(|| UNREADABLE.into(), custom_text)
}

fn custom_text(value: &CustomValue) -> String {
    match value {
        CustomValue::Number(number) => number.to_string(),
        CustomValue::Date(date) => date_text(*date),
        CustomValue::Text(text) => text.clone(),
        CustomValue::Bool(yes) => if *yes { "Yes" } else { "No" }.into(),
    }
}

fn date_text(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// Names of stages by their stored id.
struct StageNames<'a>(HashMap<String, &'a str>);

impl<'a> StageNames<'a> {
    fn of(detail: &'a DealDetail) -> Self {
        Self(detail.stages.iter().map(|stage| (stage.id.to_string(), stage.name.as_str())).collect())
    }

    fn name(&self, id: &str) -> String {
        self.0.get(id).map_or_else(|| "a former stage".into(), |name| (*name).into())
    }
}

fn entry_of_event(
    event: RecordedEvent,
    detail: &DealDetail,
    stages: &StageNames,
    owners: &HashMap<String, String>,
) -> Option<TimelineEntry> {
    let RecordedEvent { at, actor, kind, field, old, new } = event;
    let amount = |value| Money::new(value, detail.row.currency.clone()).to_string();
    let percent = |value| Probability::saturating(value).to_string();
    let what = match kind {
        EventKind::Created => TimelineKind::Created,
        EventKind::Stage => TimelineKind::Stage { from: old.map(|id| stages.name(&id)), to: stages.name(&new?) },
        EventKind::Value => TimelineKind::Value { from: before(&old, amount), to: after(&new, amount) },
        EventKind::Probability => TimelineKind::Probability { from: before(&old, percent), to: after(&new, percent) },
        EventKind::CloseDate => {
            let days = read_old(old.as_deref()).ok().flatten().zip(read_new(new.as_deref()).ok().flatten());
            let slip_days = days.map(|(from, to): (NaiveDate, NaiveDate)| (to - from).num_days());
            TimelineKind::CloseDate { from: before(&old, date_text), to: after(&new, date_text), slip_days }
        }
        EventKind::Owner => {
            let name = |id: Option<String>| id.and_then(|id| owners.get(&id).cloned());
            TimelineKind::Owner { from: name(old), to: name(new) }
        }
        EventKind::Outcome => {
            let outcome: Outcome = json::derived(read_new(new.as_deref()))??;
            let reason = detail.row.loss_reason.clone().filter(|_| outcome == Outcome::Lost);
            TimelineKind::Outcome { outcome, reason }
        }
        EventKind::Field => {
            let text = |stored: Option<String>| stored.map(|text| custom_text_of(json::read_text("deal_event", &text)));
            TimelineKind::Field { name: field?, from: text(old), to: text(new) }
        }
    };
    Some(TimelineEntry { at, actor, what })
}

fn entry_of_activity(activity: RecordedActivity) -> TimelineEntry {
    TimelineEntry {
        at: Some(activity.at),
        actor: activity.actor,
        what: TimelineKind::Activity { activity: activity.kind, subject: activity.subject, body: activity.body, contact: activity.contact },
    }
}
