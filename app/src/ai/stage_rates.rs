//! Win rates by stage: what deals that reached a stage usually came to. The measure of a deal's health, and the score itself while
//! no model is ready.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::features::{Outline, StageOrder};
use crate::domain::{Instant, deals::Outcome, ids::StageId, probability::Probability};

/// How many deals at the overall rate each stage's rate starts from: a stage with ten closed deals is believed half.
const PRIOR_DEALS: f64 = 10.0;

/// Quantile of the normal distribution for an interval of 90 %.
const Z90: f64 = 1.645;

/// Closed deals, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    won: u32,
    closed: u32,
}

impl Tally {
    fn count(&mut self, won: bool) {
        self.won += u32::from(won);
        self.closed += 1;
    }
}

/// A smoothed win rate with its 90 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageRate {
    pub rate: Probability,
    pub low: Probability,
    pub high: Probability,
    /// Closed deals behind it.
    pub deals: u32,
}

/// Win rates of all open stages, from the closed deals that ever were in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRates {
    overall: Tally,
    stages: BTreeMap<StageId, Tally>,
}

impl StageRates {
    /// Counts the deals that were closed before `at`, or at no known time; each counts once in every open stage of its life.
    pub fn fit(deals: &[Outline], at: Instant, stages: &StageOrder) -> Self {
        let mut rates = Self::default();
        let closed = |deal: &&Outline| deal.outcome.is_closed() && deal.closed_at.is_none_or(|closed| closed < at);
        for deal in deals.iter().filter(closed) {
            let won = deal.outcome == Outcome::Won;
            rates.overall.count(won);
            let visited: BTreeSet<StageId> = deal.stages.iter().map(|(stage, _)| *stage).filter(|stage| stages.is_open(*stage)).collect();
            for stage in visited {
                rates.stages.entry(stage).or_default().count(won);
            }
        }
        rates
    }

    /// The rate over all closed deals, for deals without a stage. Two imagined deals, one won and one lost, keep it off 0 and 1
    /// (Laplace's rule of succession).
    pub fn overall(&self) -> StageRate {
        smoothed(self.overall, 0.5, 2.0)
    }

    /// The rate of an open stage: the posterior mean under a Beta prior worth up to 10 deals at the overall rate, so that a stage with
    /// few closed deals stays near it. The overall rate for `None`.
    pub fn rate(&self, stage: Option<StageId>) -> StageRate {
        let Some(stage) = stage else { return self.overall() };
        // The prior is never worth more deals than stand behind it.
        let strength = PRIOR_DEALS.min(f64::from(self.overall.closed) + 2.0);
        smoothed(self.stages.get(&stage).copied().unwrap_or_default(), self.overall().rate.get(), strength)
    }
}

/// Posterior mean with Wilson's score interval at the posterior's size (Wilson, JASA 1927).
fn smoothed(tally: Tally, prior: f64, strength: f64) -> StageRate {
    let n = f64::from(tally.closed) + strength;
    let rate = (f64::from(tally.won) + prior * strength) / n;
    let z2 = Z90 * Z90;
    let centre = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z90 / (1.0 + z2 / n) * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt();
    StageRate {
        rate: Probability::saturating(rate),
        low: Probability::saturating(centre - half),
        high: Probability::saturating(centre + half),
        deals: tally.closed,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use uuid::Uuid;

    use super::*;
    use crate::{
        ai::features::outlines,
        domain::{
            deals::{Change, ChangeKind, DealHistory, DealState, Stage, StageKind},
            ids::DealId,
        },
    };

    const LEAD: StageId = StageId(Uuid::from_u128(1));
    const OFFER: StageId = StageId(Uuid::from_u128(2));
    const WON: StageId = StageId(Uuid::from_u128(3));

    fn order() -> StageOrder {
        let stage = |id, position, kind| Stage { id, name: String::new(), position, kind, default_probability: None };
        StageOrder::new([&[stage(LEAD, 0, StageKind::Open), stage(OFFER, 1, StageKind::Open), stage(WON, 2, StageKind::Won)][..]])
    }

    fn day(n: i64) -> Instant {
        Utc.timestamp_opt(1_700_000_000 + n * 86_400, 0).single().expect("a valid instant")
    }

    fn deal(outcome: Outcome, stages: &[StageId]) -> DealHistory {
        DealHistory {
            id: DealId(Uuid::nil()),
            key: String::new(),
            account: None,
            created_at: Some(day(0)),
            closed_at: outcome.is_closed().then(|| day(50)),
            sequence: None,
            outcome,
            undated: DealState::default(),
            changes: stages.iter().zip(0..).map(|(stage, n)| Change { at: day(n), kind: ChangeKind::Stage(*stage) }).collect(),
            activities: Vec::new(),
        }
    }

    fn many(count: usize, history: &DealHistory) -> impl Iterator<Item = DealHistory> {
        std::iter::repeat_n(history.clone(), count)
    }

    fn history_set() -> Vec<DealHistory> {
        many(60, &deal(Outcome::Lost, &[LEAD]))
            .chain(many(38, &deal(Outcome::Won, &[LEAD, OFFER, LEAD, OFFER, WON])))
            .chain(many(500, &deal(Outcome::Open, &[LEAD])))
            .collect()
    }

    #[test]
    fn rates_are_shares_of_closed_deals_drawn_to_the_overall_rate() {
        let rates = StageRates::fit(&outlines(&history_set()), day(100), &order());
        let overall = rates.overall();
        assert_eq!(overall.deals, 98);
        assert!((overall.rate.get() - 0.39).abs() < 1e-9);
        assert_eq!(rates.rate(None), overall);
        let offer = rates.rate(Some(OFFER));
        assert_eq!(offer.deals, 38, "a deal that came back to a stage counts once");
        assert!((offer.rate.get() - (38.0 + 3.9) / 48.0).abs() < 1e-9);
        assert_eq!(rates.rate(Some(WON)).deals, 0, "a stage that tells the outcome has no rate of its own");
        assert!((rates.rate(Some(WON)).rate.get() - 0.39).abs() < 1e-9);
    }

    #[test]
    fn intervals_hold_the_rate_and_narrow_with_deals() {
        let few = StageRates::fit(&outlines(&[deal(Outcome::Won, &[LEAD])]), day(100), &order()).rate(Some(LEAD));
        let all = StageRates::fit(&outlines(&history_set()), day(100), &order()).rate(Some(LEAD));
        for rate in [few, all] {
            assert!(rate.low < rate.rate && rate.rate < rate.high);
        }
        assert!(all.high.get() - all.low.get() < few.high.get() - few.low.get());
    }

    #[test]
    fn nothing_closed_is_an_even_chance_of_great_uncertainty() {
        let rate = StageRates::default().rate(Some(LEAD));
        assert_eq!(rate.rate.get(), 0.5);
        assert!(rate.high.get() - rate.low.get() > 0.7);
    }

    #[test]
    fn stages_entered_after_the_close_do_not_count() {
        let mut history = deal(Outcome::Lost, &[LEAD]);
        history.changes.push(Change { at: day(60), kind: ChangeKind::Stage(OFFER) });
        assert_eq!(StageRates::fit(&outlines(&[history]), day(100), &order()).rate(Some(OFFER)).deals, 0);
    }

    #[test]
    fn outcomes_that_came_later_do_not_count() {
        assert_eq!(StageRates::fit(&outlines(&history_set()), day(50), &order()).overall().deals, 0);
        let mut undated = deal(Outcome::Lost, &[]);
        undated.closed_at = None;
        assert_eq!(StageRates::fit(&outlines(&[undated]), day(50), &order()).overall().deals, 1);
    }

    #[test]
    fn survives_json() {
        let rates = StageRates::fit(&outlines(&history_set()), day(100), &order());
        let json = serde_json::to_string(&rates).expect("serializes");
        assert_eq!(serde_json::from_str::<StageRates>(&json).expect("reads back"), rates);
    }
}
