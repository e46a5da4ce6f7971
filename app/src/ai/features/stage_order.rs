//! Where each open stage stands in its pipeline.

use std::collections::HashMap;

use crate::domain::{
    deals::{Stage, StageKind},
    ids::StageId,
};

/// The open stages of all pipelines with their places. Stages that tell an outcome are not in it: entering one is the end of
/// a deal's open life, never a step in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageOrder {
    places: HashMap<StageId, StagePlace>,
}

/// A stage's place among the open stages of its pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StagePlace {
    /// Tells the pipelines apart, whose stages have no order among each other.
    pub pipeline: u32,
    /// From 1.
    pub ordinal: u32,
    /// Open stages in the pipeline.
    pub count: u32,
}

impl StagePlace {
    /// Whether it comes earlier in the same pipeline.
    pub fn is_before(self, other: Self) -> bool {
        self.pipeline == other.pipeline && self.ordinal < other.ordinal
    }
}

impl StageOrder {
    /// From the stages of each pipeline, in any order.
    pub fn new<'a>(pipelines: impl IntoIterator<Item = &'a [Stage]>) -> Self {
        let mut places = HashMap::new();
        for (pipeline, stages) in (0..).zip(pipelines) {
            let mut open: Vec<&Stage> = stages.iter().filter(|stage| stage.kind == StageKind::Open).collect();
            open.sort_by_key(|stage| stage.position);
            let count = open.len() as u32;
            places.extend((1..).zip(open).map(|(ordinal, stage)| (stage.id, StagePlace { pipeline, ordinal, count })));
        }
        Self { places }
    }

    /// `None` for a stage that tells an outcome, and for one of no known pipeline.
    pub fn place(&self, stage: StageId) -> Option<StagePlace> {
        self.places.get(&stage).copied()
    }

    /// Whether the stage belongs to a deal's open life.
    pub fn is_open(&self, stage: StageId) -> bool {
        self.places.contains_key(&stage)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn stage(n: u128, position: i32, kind: StageKind) -> Stage {
        Stage { id: StageId(Uuid::from_u128(n)), name: format!("S{n}"), position, kind, default_probability: None }
    }

    #[test]
    fn only_open_stages_have_a_place_in_their_own_pipeline() {
        let first = [stage(1, 2, StageKind::Open), stage(2, 1, StageKind::Won), stage(3, 0, StageKind::Open)];
        let second = [stage(4, 0, StageKind::Open)];
        let order = StageOrder::new([&first[..], &second[..]]);
        let [lead, offer, other] = [&first[2], &first[0], &second[0]].map(|stage| order.place(stage.id).expect("an open stage"));
        assert_eq!((lead.ordinal, lead.count), (1, 2));
        assert_eq!((offer.ordinal, offer.count), (2, 2));
        assert_eq!((other.ordinal, other.count), (1, 1));
        assert!(lead.is_before(offer) && !offer.is_before(lead) && !lead.is_before(lead));
        assert!(!other.is_before(offer), "a stage of another pipeline is neither before nor after");
        assert!(!order.is_open(first[1].id));
    }
}
