//! What a record tells of a deal's past that is not recorded yet.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sea_orm::{ActiveValue::Set, ConnectionTrait};
use uuid::Uuid;

use super::{
    chunk::{Arrival, Chunk, Rows},
    columns::state_of,
};
use crate::{
    domain::{Instant, deals::CustomValue, ids::UserId, imports::FieldChange},
    store::{
        StoreError,
        deals::history::{EventKind, NewEvent, written},
        entity::activity,
        imports::Recorded,
        json,
    },
};

impl Chunk<'_> {
    /// Events and activities that are not recorded yet.
    pub(super) async fn history(&mut self, tx: &impl ConnectionTrait, arrival: &Arrival<'_>, rows: &mut Rows) -> Result<(), StoreError> {
        let Arrival { id, record, account, known, .. } = *arrival;
        let nothing = Recorded::default();
        let recorded = known.map_or(&nothing, |(_, recorded)| recorded);
        let mut newest = recorded.newest.clone();
        if let Some((row, _)) = known {
            for (kind, value) in state_of(row) {
                newest.entry(kind).or_insert(value);
            }
        }
        let mut seen: HashSet<(EventKind, Instant, Option<String>)> = HashSet::new();
        for change in &record.changes {
            let (kind, new) = self.stored(tx, &change.change).await?;
            let key = (kind, change.at, Some(new.clone()));
            if recorded.events.contains(&key) || !seen.insert(key) {
                continue;
            }
            let actor = self.actor(tx, change.actor.as_deref()).await?;
            let old = newest.insert(kind, Some(new.clone())).flatten();
            rows.events.push(NewEvent { deal: id, at: Some(change.at), actor, kind, field: None, old, new: Some(new) });
        }
        self.close_the_gap(arrival, &newest, rows);
        self.changed_fields(arrival, rows)?;
        for activity in record.activities.iter().filter(|activity| !recorded.activities.contains(&activity.key)) {
            let actor = self.actor(tx, activity.actor.as_deref()).await?;
            let contact = match &activity.contact {
                Some(name) => Some(self.directory.contact(tx, account, name).await?),
                None => None,
            };
            rows.activities.push(activity::ActiveModel {
                id: Set(Uuid::now_v7()),
                deal_id: Set(id.0),
                key: Set(activity.key.clone()),
                at: Set(activity.at),
                kind: Set(activity.kind),
                subject: Set(activity.subject.clone()),
                body: Set(activity.body.clone()),
                actor_id: Set(actor.map(|actor| actor.0)),
                contact_id: Set(contact),
            });
        }
        Ok(())
    }

    /// Where the newest state is not what the history ends with, the difference was learned at the close, or now.
    fn close_the_gap(&self, arrival: &Arrival, newest: &HashMap<EventKind, Option<String>>, rows: &mut Rows) {
        let record = arrival.record;
        // The state an undated deal arrives in holds from the start and needs no event.
        if record.created_at.is_none() && arrival.known.is_none() {
            return;
        }
        let at = record.closed_at.unwrap_or(self.now);
        let stage = record.stage.as_deref().and_then(|name| self.directory.stage(name)).map(|stage| stage.to_string());
        let state = [
            (EventKind::Stage, stage),
            (EventKind::Value, record.value.map(written)),
            (EventKind::Probability, record.probability.map(|p| p.get().to_string())),
            (EventKind::CloseDate, record.expected_close.map(|date| date.to_string())),
            (EventKind::Owner, arrival.owner.map(|owner| owner.to_string())),
            (EventKind::Outcome, record.outcome.is_closed().then(|| record.outcome.into_str().into())),
        ];
        for (kind, new) in state {
            let old = newest.get(&kind).cloned().flatten();
            // An open deal has no outcome to record, and a closed one is not opened again by an import.
            if old != new && !(kind == EventKind::Outcome && new.is_none()) {
                rows.events.push(NewEvent { deal: arrival.id, at: Some(at), actor: None, kind, field: None, old, new });
            }
        }
    }

    /// Custom fields of a known deal that differ from what is stored: they changed at the close, or now.
    fn changed_fields(&self, arrival: &Arrival, rows: &mut Rows) -> Result<(), StoreError> {
        let Some((row, _)) = arrival.known else { return Ok(()) };
        let before: BTreeMap<String, CustomValue> = json::read("deal.custom", row.custom.clone())?;
        let after = &arrival.record.custom;
        let at = arrival.record.closed_at.unwrap_or(self.now);
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let text = |value: Option<&CustomValue>| value.map(|value| json::write_text("deal_event.new", value)).transpose();
        for key in keys.into_iter().filter(|key| before.get(*key) != after.get(*key)) {
            let (old, new) = (text(before.get(key))?, text(after.get(key))?);
            let (kind, field) = (EventKind::Field, Some(key.clone()));
            rows.events.push(NewEvent { deal: arrival.id, at: Some(at), actor: None, kind, field, old, new });
        }
        Ok(())
    }

    async fn stored(&mut self, tx: &impl ConnectionTrait, change: &FieldChange) -> Result<(EventKind, String), StoreError> {
        Ok(match change {
            FieldChange::Stage(name) => {
                (EventKind::Stage, self.directory.stage(name).map_or_else(|| name.clone(), |stage| stage.to_string()))
            }
            FieldChange::Value(value) => (EventKind::Value, written(*value)),
            FieldChange::Probability(probability) => (EventKind::Probability, probability.get().to_string()),
            FieldChange::CloseDate(date) => (EventKind::CloseDate, date.to_string()),
            FieldChange::Owner(name) => (EventKind::Owner, self.directory.person(tx, name).await?.id.to_string()),
        })
    }

    async fn actor(&mut self, tx: &impl ConnectionTrait, name: Option<&str>) -> Result<Option<UserId>, StoreError> {
        Ok(match name {
            Some(name) => Some(self.directory.person(tx, name).await?.id),
            None => None,
        })
    }
}
