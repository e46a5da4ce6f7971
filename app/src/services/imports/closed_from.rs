//! The open stage that a closed deal was closed from, as its source tells it.

use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        ids::StageId,
        imports::{DealRecord, FieldChange},
    },
    store::{
        deals::history::EventKind,
        entity::deal,
        imports::{Directory, Recorded},
    },
};

/// The newest open stage in the stage history of a closed deal. A close that was recorded here keeps what it was recorded with
/// where history tells nothing.
pub(crate) fn closed_from(directory: &Directory, record: &DealRecord, known: Option<(&deal::Model, &Recorded)>) -> Option<Uuid> {
    if !record.outcome.is_closed() {
        return None;
    }
    let open = |name: &String| directory.stage(name).filter(|stage| directory.is_open(*stage));
    // The stage that a source still shows after the close is the newest there is.
    let newest = record.stage.as_ref().and_then(open).or_else(|| {
        let told = record.changes.iter().filter_map(|change| match &change.change {
            FieldChange::Stage(name) => Some((change.at, open(name)?)),
            _ => None,
        });
        let recorded = known.into_iter().flat_map(|(_, recorded)| stages_recorded(directory, recorded));
        // Of several at one instant the source's last one counts.
        let told = told.enumerate().map(|(place, (at, stage))| (at, place + 1, stage));
        told.chain(recorded.map(|(at, stage)| (at, 0, stage))).max().map(|(_, _, stage)| stage)
    });
    newest.map(|stage| stage.0).or_else(|| known.and_then(|(row, _)| row.closed_from_stage_id))
}

/// The open stages of a deal's recorded history.
fn stages_recorded<'a>(directory: &'a Directory, recorded: &'a Recorded) -> impl Iterator<Item = (Instant, StageId)> + 'a {
    recorded.events.iter().filter_map(|(kind, at, new)| {
        let stage: StageId = new.as_deref().filter(|_| *kind == EventKind::Stage.as_str())?.parse().ok()?;
        directory.is_open(stage).then_some((*at, stage))
    })
}
