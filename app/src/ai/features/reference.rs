//! The other deals as they stood at one instant, kept so that a few deals can be scored without reading all histories again.

use std::collections::{HashMap, HashSet};

use super::{
    MIN_OTHERS, Neighbour, Outline, Rows, StageOrder,
    others::{Others, Walk},
    row::days,
};
use crate::{
    ai::table::Table,
    domain::{
        Instant,
        deals::{CustomField, DealHistory, Outcome},
        ids::{DealId, StageId},
    },
};

/// All that the features of one deal need to know of the other deals.
pub struct Reference {
    at: Instant,
    others: Others,
    /// The deals' places among those that it was made from.
    places: HashMap<DealId, usize>,
    days_to_win: HashMap<StageId, f64>,
}

impl Reference {
    /// The deals as they stood just before `at`.
    pub fn new(deals: &[Outline], at: Instant, stages: &StageOrder) -> Self {
        let mut walk = Walk::new(deals);
        walk.reach(at);
        Self {
            at,
            others: walk.into_others(),
            places: deals.iter().enumerate().map(|(place, deal)| (deal.id, place)).collect(),
            days_to_win: days_to_win(deals, at, stages),
        }
    }

    /// The instant as of which it knows the deals.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// The features of some deals, each as of an instant of its own; columns and `similar` as in [`Rows`]. A
    /// deal's own instant may be later than the reference's: its own things are seen as of its instant, the others as of the
    /// reference's. What the reference holds of the deal itself is left out.
    pub fn table(
        &self,
        deals: &[(&DealHistory, Instant)],
        similar: &[Option<Vec<Neighbour>>],
        stages: &StageOrder,
        custom: &[CustomField],
    ) -> Table {
        let mut rows = Rows::new(stages.clone(), custom);
        for (row, (history, at)) in deals.iter().enumerate() {
            rows.add(self.places.get(&history.id).copied(), history, Some(*at), similar.get(row).and_then(Option::as_deref));
        }
        rows.finished(|_, comparison| self.others.compare(comparison, Some(self.at)))
    }

    /// Whether the workspace has recorded an activity on any deal.
    pub fn records_activities(&self) -> bool {
        self.others.record_activities(self.at, None)
    }

    /// Median days from entering an open stage for the first time to the close, over the won deals closed before the reference's
    /// instant; `None` where fewer than 5 tell.
    pub fn typical_days_to_win(&self, stage: StageId) -> Option<f64> {
        self.days_to_win.get(&stage).copied()
    }
}

fn days_to_win(deals: &[Outline], at: Instant, stages: &StageOrder) -> HashMap<StageId, f64> {
    let mut by_stage: HashMap<StageId, Vec<f64>> = HashMap::new();
    for deal in deals.iter().filter(|deal| deal.outcome == Outcome::Won) {
        let Some(closed) = deal.closed_at.filter(|closed| *closed < at) else { continue };
        let mut visited = HashSet::new();
        for (stage, entered) in &deal.stages {
            let Some(entered) = entered.filter(|entered| *entered <= closed) else { continue };
            if stages.is_open(*stage) && visited.insert(*stage) {
                by_stage.entry(*stage).or_default().push(days(closed - entered));
            }
        }
    }
    let median = |mut days: Vec<f64>| {
        days.sort_unstable_by(f64::total_cmp);
        (days.len() as i64 >= MIN_OTHERS).then(|| (days[(days.len() - 1) / 2] + days[days.len() / 2]) / 2.0)
    };
    by_stage.into_iter().filter_map(|(stage, days)| Some((stage, median(days)?))).collect()
}

// It is shared by the threads that score.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Reference>();
};
