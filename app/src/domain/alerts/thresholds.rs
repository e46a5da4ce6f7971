//! The limits that rules judge by: for the workspace, a pipeline, or one stage.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    alerts::AlertRule,
    ids::{PipelineId, StageId},
};

/// Where a threshold holds; the narrower place goes before the wider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdPlace {
    Workspace,
    Pipeline(PipelineId),
    Stage(StageId),
}

/// All chosen thresholds. `None` for a place switches the rule off there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thresholds(HashMap<(AlertRule, ThresholdPlace), Option<f64>>);

impl Thresholds {
    pub fn set(&mut self, rule: AlertRule, place: ThresholdPlace, limit: Option<f64>) {
        self.0.insert((rule, place), limit);
    }

    /// What was chosen for exactly this place; `None` where nothing was.
    pub fn chosen(&self, rule: AlertRule, place: ThresholdPlace) -> Option<Option<f64>> {
        self.0.get(&(rule, place)).copied()
    }

    /// The limit for a deal: of its stage, else its pipeline, else the workspace, else the default. `None` is off.
    pub fn limit(&self, rule: AlertRule, pipeline: PipelineId, stage: Option<StageId>) -> Option<f64> {
        stage
            .and_then(|stage| self.chosen(rule, ThresholdPlace::Stage(stage)))
            .or_else(|| self.chosen(rule, ThresholdPlace::Pipeline(pipeline)))
            .unwrap_or_else(|| self.workspace_limit(rule))
    }

    /// The limit where neither stage nor pipeline says otherwise. `None` is off.
    pub fn workspace_limit(&self, rule: AlertRule) -> Option<f64> {
        self.chosen(rule, ThresholdPlace::Workspace).unwrap_or(Some(rule.default_threshold()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_narrower_place_wins() {
        let (pipeline, stage) = (PipelineId(Uuid::from_u128(1)), StageId(Uuid::from_u128(2)));
        let mut thresholds = Thresholds::default();
        let limit = |thresholds: &Thresholds| thresholds.limit(AlertRule::Stale, pipeline, Some(stage));
        assert_eq!(limit(&thresholds), Some(14.0));
        thresholds.set(AlertRule::Stale, ThresholdPlace::Workspace, Some(20.0));
        assert_eq!(limit(&thresholds), Some(20.0));
        thresholds.set(AlertRule::Stale, ThresholdPlace::Pipeline(pipeline), None);
        assert_eq!(limit(&thresholds), None, "switched off for the pipeline");
        thresholds.set(AlertRule::Stale, ThresholdPlace::Stage(stage), Some(5.0));
        assert_eq!(limit(&thresholds), Some(5.0));
        assert_eq!(thresholds.limit(AlertRule::Stuck, pipeline, Some(stage)), Some(30.0));
    }
}
