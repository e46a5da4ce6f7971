//! Thresholds from the team's own won deals: what nine in ten of them never exceeded.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::{
    ai::alerts::backtest::{PastDeal, largest_measures},
    domain::{
        alerts::{AlertRule, ThresholdPlace, ThresholdSuggestion},
        deals::Outcome,
    },
};

/// The share of won deals that stayed under the suggestion.
const QUANTILE: f64 = 0.9;
/// Fewer won deals than this suggest nothing.
const ENOUGH: usize = 30;

/// Suggestions for the workspace, each pipeline, and each stage, to which deals are added batch by batch. A rule that no won deal ever
/// came near (a measure of 0) gets none.
#[derive(Debug, Default)]
pub struct Suggesting {
    measures: HashMap<(AlertRule, ThresholdPlace), Vec<f64>>,
}

impl Suggesting {
    /// Adds closed deals, of which the won ones count.
    pub fn add(&mut self, deals: &[PastDeal]) {
        let measured: Vec<HashMap<(AlertRule, ThresholdPlace), f64>> =
            deals.par_iter().filter(|past| past.history.outcome == Outcome::Won && past.life().is_some()).map(measures).collect();
        for (place, measure) in measured.into_iter().flatten() {
            self.measures.entry(place).or_default().push(measure);
        }
    }

    pub fn finished(self) -> Vec<ThresholdSuggestion> {
        let suggestion = |((rule, place), mut measures): ((AlertRule, ThresholdPlace), Vec<f64>)| {
            measures.sort_by(f64::total_cmp);
            let limit = measures[((measures.len() - 1) as f64 * QUANTILE).ceil() as usize].ceil();
            (limit > 0.0).then_some(ThresholdSuggestion {
                rule,
                place,
                limit: limit.min(rule.largest_threshold()),
                deals: measures.len() as u64,
            })
        };
        self.measures.into_iter().filter(|(_, measures)| measures.len() >= ENOUGH).filter_map(suggestion).collect()
    }
}

/// The largest measure of a deal by rule and place.
fn measures(past: &PastDeal) -> HashMap<(AlertRule, ThresholdPlace), f64> {
    let mut found: HashMap<(AlertRule, ThresholdPlace), f64> = HashMap::new();
    for (rule, stage, measure) in largest_measures(past) {
        let stage = stage.map(ThresholdPlace::Stage);
        for place in stage.into_iter().chain([ThresholdPlace::Pipeline(past.pipeline), ThresholdPlace::Workspace]) {
            let known = found.entry((rule, place)).or_insert(measure);
            *known = known.max(measure);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        deals::{DealHistory, DealState},
        ids::{DealId, PipelineId},
    };

    #[test]
    fn nine_in_ten_won_deals_stay_under_it() {
        let start = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().expect("a valid instant");
        // Without any activity, a deal's silence is as long as its life: 1 to 100 days.
        let past = |days: i64, outcome| PastDeal {
            history: DealHistory {
                id: DealId(Uuid::from_u128(days as u128)),
                key: "a/1".into(),
                account: None,
                created_at: Some(start),
                closed_at: Some(start + TimeDelta::days(days) + TimeDelta::hours(1)),
                sequence: None,
                outcome,
                undated: DealState::default(),
                changes: vec![],
                activities: vec![],
            },
            pipeline: PipelineId(Uuid::from_u128(2)),
            knows_activities: true,
            scores: vec![],
        };
        let deals: Vec<PastDeal> =
            (1..=100).map(|days| past(days, Outcome::Won)).chain((1..=100).map(|_| past(400, Outcome::Lost))).collect();
        let suggestions = |deals: &[PastDeal]| {
            let mut suggesting = Suggesting::default();
            deals.chunks(7).for_each(|some| suggesting.add(some));
            suggesting.finished()
        };
        let found = suggestions(&deals);
        let stale = found.iter().find(|of| of.rule == AlertRule::Stale && of.place == ThresholdPlace::Workspace).expect("a suggestion");
        assert_eq!((stale.limit, stale.deals), (91.0, 100));
        assert_eq!(suggestions(&deals[..20]), [], "too few");
    }
}
