//! What can only be said of a deal when its history is there too.

use std::mem::discriminant;

use crate::{
    domain::{
        deals::Outcome,
        imports::{ChangeRecord, DealRecord, FieldChange},
    },
    imports::{
        mapping::Mapping,
        meanings::outcome_of,
        rejects::{Reject, Rejects},
        spill::Spilled,
        table::Table,
        text::plural,
    },
};

/// What settling has come across so far.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Deals with a history from before their creation.
    early: usize,
    /// Entries in the history of deals without a closing date.
    lost: usize,
}

impl Settled {
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let (early, lost) = (self.early, self.lost);
        let early = (early > 0).then(|| format!("kept the history that {early} {} had before being created", plural(early, "deal")));
        let lost = (lost > 0).then(|| format!("left out {lost} {} in the history of deals without a closing date", plural(lost, "entry")));
        early.into_iter().chain(lost)
    }

    /// Puts deals' history in order and fills in what it tells: the newest stage, and the outcome and the close where the deals file has
    /// no column for them. Deals that ended at no known time go to the rejects.
    pub fn settle(&mut self, mapping: &Mapping, tables: &[Table], deals: Vec<Spilled>, rejects: &mut Rejects) -> Vec<DealRecord> {
        let mut settled = Vec::with_capacity(deals.len());
        for Spilled { mut deal, pending } in deals {
            deal.activities.sort_by_key(|activity| activity.at);
            deal.changes.sort_by_key(|change| change.at);
            keep_real_changes(&mut deal.changes);
            fill_in(mapping, &mut deal);
            self.early += usize::from(deal.changes.first().is_some_and(|change| Some(change.at) < deal.created_at));
            match pending.and_then(|pending| Some((unended(&deal)?, tables.get(pending.file)?, pending))) {
                None => settled.push(deal),
                Some((message, table, pending)) => {
                    let fault =
                        Reject { file: table.name.clone(), line: pending.line, field: None, value: deal.external_id.clone(), message };
                    rejects.push(table.origin(), pending.line, pending.record(), vec![fault]);
                    self.lost += deal.activities.len() + deal.changes.len();
                }
            }
        }
        settled
    }
}

/// What is wrong with the end of a deal.
fn unended(deal: &DealRecord) -> Option<String> {
    if !deal.outcome.is_closed() {
        return None;
    }
    match deal.closed_at {
        None => Some(format!("the deal is {} but has no closing date", deal.outcome.as_str())),
        Some(at) if Some(at) < deal.created_at => Some("its history closes it before it was created".to_string()),
        Some(_) => None,
    }
}

/// Drops the values that a source repeats with each stage entry. Stage entries themselves all stay: entering a stage again
/// is something that happened.
fn keep_real_changes(changes: &mut Vec<ChangeRecord>) {
    let mut last: Vec<FieldChange> = Vec::new();
    changes.retain(|entry| {
        if matches!(entry.change, FieldChange::Stage(_)) {
            return true;
        }
        match last.iter_mut().find(|known| discriminant(*known) == discriminant(&entry.change)) {
            Some(known) if *known == entry.change => false,
            Some(known) => {
                *known = entry.change.clone();
                true
            }
            None => {
                last.push(entry.change.clone());
                true
            }
        }
    });
}

fn fill_in(mapping: &Mapping, deal: &mut DealRecord) {
    let kind_of = |name: &str| mapping.pipeline.stages.iter().find(|stage| stage.name == name).map(|stage| stage.kind);
    if mapping.deals.columns.stage.is_none() {
        deal.stage = deal.changes.iter().rev().find_map(|entry| match &entry.change {
            FieldChange::Stage(name) => Some(name.clone()),
            _ => None,
        });
        if mapping.deals.columns.outcome.is_none() {
            deal.outcome = deal.stage.as_deref().and_then(kind_of).map_or(Outcome::Open, outcome_of);
        }
    }
    if !deal.outcome.is_closed() {
        deal.closed_at = None;
    } else if deal.closed_at.is_none() {
        deal.closed_at = deal.changes.iter().find_map(|entry| match &entry.change {
            FieldChange::Stage(name) => kind_of(name).filter(|kind| outcome_of(*kind) == deal.outcome).map(|_| entry.at),
            _ => None,
        });
    }
}
