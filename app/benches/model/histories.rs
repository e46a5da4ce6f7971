//! Imported records as the histories that the store would make of them.

use std::collections::HashMap;

use app::{
    ai::features::StageOrder,
    domain::{
        Instant,
        deals::{Activity, Change, ChangeKind, DealHistory, DealState, Stage, StageKind},
        ids::{AccountId, DealId, StageId, UserId},
        imports::{DealRecord, FieldChange},
    },
    imports::ImportBatch,
};
use uuid::Uuid;

/// Ids count from 1: the same file always gives the same.
pub struct Histories {
    pub deals: Vec<DealHistory>,
    pub stages: StageOrder,
}

pub fn of(batch: &ImportBatch) -> Histories {
    let stages: Vec<Stage> = (1..)
        .zip(&batch.source.pipeline.stages)
        .map(|(number, stage)| Stage {
            id: StageId(Uuid::from_u128(number)),
            name: stage.name.clone(),
            position: number as i32 - 1,
            kind: stage.kind,
            default_probability: stage.default_probability,
        })
        .collect();
    let mut directory = Directory {
        stages: stages.iter().map(|stage| (stage.name.as_str(), stage)).collect(),
        accounts: HashMap::new(),
        people: HashMap::new(),
    };
    let deals =
        (1..).zip(&batch.deals).map(|(number, record)| directory.history(DealId(Uuid::from_u128(number)), &batch.source.name, record));
    let deals = deals.collect();
    Histories { deals, stages: StageOrder::new([stages.as_slice()]) }
}

/// Names to what they stand for; new ones get an id on first mention.
struct Directory<'a> {
    stages: HashMap<&'a str, &'a Stage>,
    accounts: HashMap<&'a str, AccountId>,
    people: HashMap<&'a str, UserId>,
}

impl<'a> Directory<'a> {
    fn person(&mut self, name: &'a str) -> UserId {
        let next = UserId(Uuid::from_u128(self.people.len() as u128 + 1));
        *self.people.entry(name).or_insert(next)
    }

    fn account(&mut self, name: &'a str) -> AccountId {
        let next = AccountId(Uuid::from_u128(self.accounts.len() as u128 + 1));
        *self.accounts.entry(name).or_insert(next)
    }

    fn history(&mut self, id: DealId, source: &str, record: &'a DealRecord) -> DealHistory {
        let mut undated = DealState { custom: record.custom.clone(), ..DealState::default() };
        if record.created_at.is_none() {
            undated.stage = record.stage.as_deref().and_then(|name| self.stages.get(name)).map(|stage| stage.id);
            undated.value = record.value;
            undated.probability = record.probability;
            undated.expected_close = record.expected_close;
            undated.owner = record.owner.as_deref().map(|name| self.person(name));
        }
        let changes = record.changes.iter().filter_map(|entry| {
            let kind = match &entry.change {
                FieldChange::Stage(name) => ChangeKind::Stage(self.stages.get(name.as_str())?.id),
                FieldChange::Value(value) => ChangeKind::Value(Some(*value)),
                FieldChange::Probability(probability) => ChangeKind::Probability(Some(*probability)),
                FieldChange::CloseDate(date) => ChangeKind::CloseDate(Some(*date)),
                FieldChange::Owner(name) => ChangeKind::Owner(Some(self.person(name))),
            };
            Some(Change { at: entry.at, kind })
        });
        let changes = changes.collect();
        DealHistory {
            id,
            key: format!("{source}/{}", record.external_id),
            account: record.account.as_ref().map(|account| self.account(&account.name)),
            created_at: record.created_at,
            closed_at: end_of_open_life(record, &self.stages),
            sequence: record.sequence,
            outcome: record.outcome,
            undated,
            changes,
            activities: record.activities.iter().map(|activity| Activity { at: activity.at, kind: activity.kind }).collect(),
        }
    }
}

/// The close, or the first stage that tells the outcome where that came earlier.
fn end_of_open_life(record: &DealRecord, stages: &HashMap<&str, &Stage>) -> Option<Instant> {
    let closed = record.closed_at.filter(|_| record.outcome.is_closed())?;
    let told = record.changes.iter().find_map(|entry| match &entry.change {
        FieldChange::Stage(name) if stages.get(name.as_str()).is_some_and(|stage| stage.kind != StageKind::Open) => Some(entry.at),
        _ => None,
    });
    Some(told.map_or(closed, |told| told.min(closed)))
}
