//! Closed deals counted by what they have in common, so that a month of them is a small document whatever their number.
//!
//! Counts and sums are exact. How long deals were open is kept to the day, from two months on to a fortieth: so are medians.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ClosedDeal, size_step::SizeStep};
use crate::domain::{
    first_of_month,
    ids::{StageId, TeamId, UserId},
    money::Currency,
    outcomes::Dimension,
};

/// Up to so many days they are told apart one by one.
const SINGLE_DAYS: f64 = 60.0;
/// Beyond, each step is longer than the one before by this.
const STEP: f64 = 1.05;

/// What a deal is counted under; `None` where it lacks it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum TallyKey {
    Reason(Option<String>),
    Stage(Option<StageId>),
    Competitor(Option<String>),
    Owner(Option<UserId>),
    Team(Option<TeamId>),
    Size(Option<SizeStep>),
    Source(String),
}

impl TallyKey {
    /// `None`: stretches of time are told apart by whoever keeps a tally of each.
    pub fn of(by: Dimension, deal: &ClosedDeal) -> Option<Self> {
        Some(match by {
            Dimension::Reason => Self::Reason(deal.loss_reason.clone()),
            Dimension::StageLostFrom => Self::Stage(deal.closed_from),
            Dimension::Competitor => Self::Competitor(deal.competitor.clone()),
            Dimension::Owner => Self::Owner(deal.owner),
            Dimension::Team => Self::Team(deal.team),
            Dimension::Size => Self::Size(deal.value.as_ref().map(SizeStep::of)),
            Dimension::Source => Self::Source(deal.source.clone()),
            Dimension::Month => return None,
        })
    }

    pub fn by(&self) -> Dimension {
        match self {
            Self::Reason(_) => Dimension::Reason,
            Self::Stage(_) => Dimension::StageLostFrom,
            Self::Competitor(_) => Dimension::Competitor,
            Self::Owner(_) => Dimension::Owner,
            Self::Team(_) => Dimension::Team,
            Self::Size(_) => Dimension::Size,
            Self::Source(_) => Dimension::Source,
        }
    }
}

/// Won deals, or lost ones. Short names, for there are many of them in a stored document.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Side {
    #[serde(rename = "n")]
    pub deals: u64,
    /// Deals by how long they were open, in steps.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub open: BTreeMap<u16, u64>,
    /// Deals with a value and its sum, by currency.
    #[serde(rename = "v", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Currency, (u64, Decimal)>,
}

impl Side {
    fn add(&mut self, deal: &ClosedDeal) {
        self.deals += 1;
        if let Some(days) = days_open(deal) {
            *self.open.entry(step_of(days)).or_default() += 1;
        }
        if let Some(value) = &deal.value {
            self.add_value(&value.currency, 1, value.amount);
        }
    }

    fn add_value(&mut self, currency: &Currency, deals: u64, amount: Decimal) {
        let of_currency = self.values.entry(currency.clone()).or_default();
        *of_currency = (of_currency.0 + deals, of_currency.1.saturating_add(amount));
    }

    fn merge(&mut self, other: &Self) {
        self.deals += other.deals;
        other.open.iter().for_each(|(step, deals)| *self.open.entry(*step).or_default() += deals);
        other.values.iter().for_each(|(currency, (deals, sum))| self.add_value(currency, *deals, *sum));
    }

    /// The median of the days open; `None` without any.
    pub fn median_days(&self) -> Option<f64> {
        let last = self.open.values().sum::<u64>().checked_sub(1)?;
        let at = |place: u64| {
            let mut before = 0;
            let step = self.open.iter().find(|(_, deals)| {
                before += **deals;
                before > place
            });
            step.map(|(step, _)| days_of(*step))
        };
        Some((at(last / 2)? + at(last.div_ceil(2))?) / 2.0)
    }
}

/// Days from creation to close, of a deal that has both dates in their order.
fn days_open(deal: &ClosedDeal) -> Option<f64> {
    let open = deal.closed_at? - deal.created_at?;
    (open >= chrono::TimeDelta::zero()).then(|| open.num_seconds() as f64 / 86_400.0)
}

fn step_of(days: f64) -> u16 {
    if days <= SINGLE_DAYS { days.round() as u16 } else { (SINGLE_DAYS + ((days / SINGLE_DAYS).ln() / STEP.ln()).round()) as u16 }
}

fn days_of(step: u16) -> f64 {
    let step = f64::from(step);
    if step <= SINGLE_DAYS { step } else { SINGLE_DAYS * STEP.powf(step - SINGLE_DAYS) }
}

/// How some deals ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ends {
    #[serde(rename = "w")]
    pub(super) won: Side,
    #[serde(rename = "l")]
    pub(super) lost: Side,
}

impl Ends {
    fn add(&mut self, deal: &ClosedDeal) {
        if deal.won { self.won.add(deal) } else { self.lost.add(deal) }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.won.merge(&other.won);
        self.lost.merge(&other.lost);
    }

    pub fn deals(&self) -> u64 {
        self.won.deals + self.lost.deals
    }

    /// The median of the days that won deals were open, and how many of them have both dates.
    pub fn days_to_win(&self) -> (Option<f64>, u64) {
        (self.won.median_days(), self.won.open.values().sum())
    }
}

/// Closed deals by what they have in common.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(TallyKey, Ends)>", into = "Vec<(TallyKey, Ends)>")]
pub struct Tally(pub(super) BTreeMap<TallyKey, Ends>);

impl From<Vec<(TallyKey, Ends)>> for Tally {
    fn from(groups: Vec<(TallyKey, Ends)>) -> Self {
        Self(groups.into_iter().collect())
    }
}

impl From<Tally> for Vec<(TallyKey, Ends)> {
    fn from(tally: Tally) -> Self {
        tally.0.into_iter().collect()
    }
}

impl Tally {
    pub fn add(&mut self, deal: &ClosedDeal) {
        for by in Dimension::ALL.into_iter().filter(|by| !(by.of_losses() && deal.won)) {
            if let Some(key) = TallyKey::of(by, deal) {
                self.0.entry(key).or_default().add(deal);
            }
        }
    }

    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(key, ends)| self.0.entry(key.clone()).or_default().merge(ends));
    }

    /// All its deals: each has one source.
    pub fn all(&self) -> Ends {
        let mut all = Ends::default();
        self.of(Dimension::Source).for_each(|(_, ends)| all.merge(ends));
        all
    }

    pub(super) fn of(&self, by: Dimension) -> impl Iterator<Item = (&TallyKey, &Ends)> {
        self.0.iter().filter(move |(key, _)| key.by() == by)
    }
}

/// The closed deals of a period: a tally of each month, and of those without a close date.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tallies(BTreeMap<Option<NaiveDate>, Tally>);

impl Tallies {
    /// Counts a deal.
    pub fn add(&mut self, deal: &ClosedDeal) {
        self.0.entry(deal.closed_at.map(|at| first_of_month(at.date_naive()))).or_default().add(deal);
    }

    /// Adds what was counted before of a month (its first day), or of the undated.
    pub fn merge(&mut self, month: Option<NaiveDate>, tally: &Tally) {
        self.0.entry(month).or_default().merge(tally);
    }

    /// All months together.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.0.values().for_each(|tally| total.merge(tally));
        total
    }

    /// Deals without a close date.
    pub fn undated(&self) -> u64 {
        self.0.get(&None).map_or(0, |tally| tally.all().deals())
    }

    /// The months that have deals, in order, with how those ended.
    pub(super) fn months(&self) -> impl DoubleEndedIterator<Item = (NaiveDate, &Tally)> {
        self.0.iter().filter_map(|(month, tally)| Some(((*month)?, tally)))
    }

    pub(super) fn without_date(&self) -> Option<&Tally> {
        self.0.get(&None)
    }
}

impl<'a> FromIterator<&'a ClosedDeal> for Tallies {
    fn from_iter<I: IntoIterator<Item = &'a ClosedDeal>>(deals: I) -> Self {
        let mut tallies = Self::default();
        deals.into_iter().for_each(|deal| tallies.add(deal));
        tallies
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn days_are_kept_to_a_fortieth(days in 0.0f64..20_000.0) {
            let kept = days_of(step_of(days));
            prop_assert!((kept - days).abs() <= 0.5f64.max(days * 0.025), "{} for {}", kept, days);
        }

        #[test]
        fn the_median_is_that_of_the_days(days in proptest::collection::vec(0u16..60, 1..40)) {
            let mut side = Side::default();
            days.iter().for_each(|days| *side.open.entry(*days).or_default() += 1);
            prop_assert_eq!(side.median_days(), super::super::median(days.into_iter().map(f64::from).collect()));
        }
    }
}
