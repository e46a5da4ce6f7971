//! What the values of a source stand for, by its mapping.

use std::collections::HashMap;

use crate::{
    domain::deals::{ActivityKind, Outcome, StageKind},
    imports::{
        mapping::{Mapping, Pipeline},
        text::folded,
    },
};

/// A file's values and what they stand for.
#[derive(Debug, Clone)]
pub(crate) struct Meanings<T> {
    meanings: HashMap<String, T>,
    /// As the mapping writes them, for messages.
    known: Vec<String>,
}

impl<T> Meanings<T> {
    fn new() -> Self {
        Self { meanings: HashMap::new(), known: Vec::new() }
    }

    /// An error when the value has a meaning already.
    fn add(&mut self, value: &str, meaning: T) -> Result<(), String> {
        self.known.push(value.into());
        match self.meanings.insert(folded(value), meaning) {
            None => Ok(()),
            Some(_) => Err(format!("the value {value:?} stands for more than one thing")),
        }
    }

    pub fn get(&self, value: &str) -> Option<&T> {
        self.meanings.get(value).or_else(|| self.meanings.get(&folded(value)))
    }

    pub fn is_empty(&self) -> bool {
        self.meanings.is_empty()
    }

    /// The known values, for messages.
    pub fn known(&self) -> String {
        self.known.join(", ")
    }
}

/// What a stage value stands for: a stage by its place in the pipeline, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StageMeaning {
    Stage(usize),
    Ignored,
}

pub(crate) fn stages(pipeline: &Pipeline) -> Result<Meanings<StageMeaning>, String> {
    let mut known = Meanings::new();
    for (place, stage) in pipeline.stages.iter().enumerate() {
        for value in stage.values.as_deref().unwrap_or(std::slice::from_ref(&stage.name)) {
            known.add(value, StageMeaning::Stage(place)).map_err(|message| format!("pipeline.stages: {message}"))?;
        }
    }
    for value in &pipeline.ignore {
        known.add(value, StageMeaning::Ignored).map_err(|message| format!("pipeline.ignore: {message}"))?;
    }
    Ok(known)
}

pub(crate) fn outcomes(mapping: &Mapping) -> Result<Meanings<Outcome>, String> {
    let mut known = Meanings::new();
    if let Some(outcomes) = &mapping.deals.outcomes {
        for (values, outcome) in [(&outcomes.won, Outcome::Won), (&outcomes.lost, Outcome::Lost), (&outcomes.open, Outcome::Open)] {
            for value in values {
                known.add(value, outcome).map_err(|message| format!("deals.outcomes: {message}"))?;
            }
        }
    }
    Ok(known)
}

pub(crate) fn kinds(mapping: &Mapping) -> Result<Meanings<ActivityKind>, String> {
    let mut known = Meanings::new();
    if let Some(activities) = &mapping.activities {
        let kinds = &activities.kinds;
        let lists = [&kinds.call, &kinds.email, &kinds.meeting, &kinds.note, &kinds.other];
        for (values, kind) in lists.into_iter().zip(ActivityKind::ALL) {
            for value in values {
                known.add(value, kind).map_err(|message| format!("activities.kinds: {message}"))?;
            }
        }
    }
    Ok(known)
}

/// What a stage value stands for, or that the mapping does not know it.
pub(crate) fn stage_meaning(stages: &Meanings<StageMeaning>, text: &str) -> Result<StageMeaning, String> {
    stages.get(text).copied().ok_or_else(|| "not a stage of the mapping; add it to [[pipeline.stages]] or to pipeline.ignore".into())
}

/// The outcome that a stage of a kind tells.
pub(crate) fn outcome_of(kind: StageKind) -> Outcome {
    match kind {
        StageKind::Open => Outcome::Open,
        StageKind::Won => Outcome::Won,
        StageKind::Lost => Outcome::Lost,
    }
}
