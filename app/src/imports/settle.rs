//! What can only be said of a deal when its history is there too.

use std::mem::discriminant;

use csv::ByteRecord;

use crate::{
    domain::deals::Outcome,
    imports::{
        deals::outcome_of,
        error::plural,
        mapping::Mapping,
        read::Import,
        record::{ChangeRecord, DealRecord, FieldChange},
        rejects::Reject,
        table::{Row, Table},
    },
};

/// A row whose deal may still turn out to be wrong.
pub(crate) struct Pending {
    /// Its place among the imported deals.
    deal: usize,
    /// Its file, by the place among the deals files.
    file: usize,
    line: u64,
    record: ByteRecord,
}

impl Pending {
    pub fn new(deal: usize, file: usize, row: &Row) -> Self {
        Self { deal, file, line: row.line, record: row.record().clone() }
    }
}

/// Puts every deal's history in order and fills in what it tells: the newest stage, and the outcome and the close where the
/// deals file has no column for them. Deals that ended at no known time go to the rejects.
pub(crate) fn settle(mapping: &Mapping, tables: &[Table], import: &mut Import) {
    for deal in &mut import.deals {
        deal.activities.sort_by_key(|activity| activity.at);
        deal.changes.sort_by_key(|change| change.at);
        keep_real_changes(&mut deal.changes);
        fill_in(mapping, deal);
    }
    let early = import.deals.iter().filter(|deal| deal.changes.first().is_some_and(|change| Some(change.at) < deal.created_at)).count();
    if early > 0 {
        import.notes.push(format!("kept the history that {early} {} had before being created", plural(early, "deal")));
    }
    reject_unended(tables, import);
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

fn reject_unended(tables: &[Table], import: &mut Import) {
    let mut gone = vec![false; import.deals.len()];
    for pending in std::mem::take(&mut import.pending) {
        let deal = &import.deals[pending.deal];
        if !deal.outcome.is_closed() {
            continue;
        }
        let message = match deal.closed_at {
            None => format!("the deal is {} but has no closing date", deal.outcome.as_str()),
            Some(at) if Some(at) < deal.created_at => "its history closes it before it was created".to_string(),
            Some(_) => continue,
        };
        let Some(table) = tables.get(pending.file) else { continue };
        let fault = Reject { file: table.name.clone(), line: pending.line, field: None, value: deal.external_id.clone(), message };
        import.rejects.push(table, pending.line, pending.record, vec![fault]);
        gone[pending.deal] = true;
    }
    let lost: usize =
        import.deals.iter().zip(&gone).filter(|(_, gone)| **gone).map(|(deal, _)| deal.activities.len() + deal.changes.len()).sum();
    if lost > 0 {
        import.notes.push(format!("left out {lost} {} in the history of deals without a closing date", plural(lost, "entry")));
    }
    let mut gone = gone.into_iter();
    import.deals.retain(|_| !gone.next().unwrap_or(false));
}
