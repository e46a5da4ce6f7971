//! Closed deals by what they have in common.

use std::collections::{BTreeMap, HashMap};

use super::{ClosedDeal, SizeBand, Span, figures, size::Bands, spans::spans, stats::share};
use crate::domain::{
    ids::{StageId, TeamId, UserId},
    outcomes::{Dimension, OutcomeFigures, Period, Share},
};

/// What the deals of a group share; `None` where they lack it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKey {
    Reason(Option<String>),
    Stage(Option<StageId>),
    Competitor(Option<String>),
    Owner(Option<UserId>),
    Team(Option<TeamId>),
    Size(Option<SizeBand>),
    Source(String),
    Time(Option<Span>),
}

impl GroupKey {
    fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::Reason(None)
                | Self::Stage(None)
                | Self::Competitor(None)
                | Self::Owner(None)
                | Self::Team(None)
                | Self::Size(None)
                | Self::Time(None)
        )
    }
}

/// A group of deals.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub key: GroupKey,
    pub figures: OutcomeFigures,
    /// The same of the deals before; `None` where they cannot be compared.
    pub before: Option<OutcomeFigures>,
    /// Its part of all groups' deals, now and before.
    pub part: Option<Share>,
    pub part_before: Option<f64>,
}

/// The groups of the deals closed within `period` (`None`: ever), the largest first, sizes and stretches of time in their order, those that
/// lack what they are grouped by last. `before` are the deals of the period before, if there is one.
pub fn groups(by: Dimension, deals: &[ClosedDeal], before: Option<&[ClosedDeal]>, period: Option<Period>) -> Vec<Group> {
    let (bands, spans) = match by {
        Dimension::Size => (Bands::of(deals), Vec::new()),
        Dimension::Month => (Bands::of(&[]), spans(period, deals)),
        _ => (Bands::of(&[]), Vec::new()),
    };
    let key = |deal: &ClosedDeal| key(by, deal, &bands, &spans);
    let mut found = split(by, deals, key);
    for span in &spans {
        found.entry(GroupKey::Time(Some(span.clone()))).or_default();
    }
    // Stretches of time have no counterpart before.
    let before = before.filter(|_| by != Dimension::Month).map(|before| split(by, before, key));
    let figures_before = |key: &GroupKey| before.as_ref().map(|before| figures(before.get(key).into_iter().flatten().copied()));
    let number = |found: &Found| found.values().map(Vec::len).sum::<usize>() as u64;
    let (all, all_before) = (number(&found), before.as_ref().map(number).filter(|all| *all > 0));
    let group = |(key, deals): (GroupKey, Vec<&ClosedDeal>)| {
        let before = figures_before(&key);
        let part_before = all_before.zip(before.as_ref()).map(|(all, before)| before.deals() as f64 / all as f64);
        Group { part: share(deals.len() as u64, all), figures: figures(deals), before, part_before, key }
    };
    let mut groups: Vec<Group> = found.into_iter().map(group).collect();
    match by {
        Dimension::Size => sort_sizes(&mut groups),
        Dimension::Month => groups.sort_by_key(|group| (group.key.is_missing(), group.key.clone())),
        _ => groups.sort_by_key(|group| (group.key.is_missing(), std::cmp::Reverse(group.figures.deals()), group.key.clone())),
    }
    groups
}

type Found<'a> = BTreeMap<GroupKey, Vec<&'a ClosedDeal>>;

fn split(by: Dimension, deals: &[ClosedDeal], key: impl Fn(&ClosedDeal) -> GroupKey) -> Found<'_> {
    let mut found = Found::new();
    for deal in deals.iter().filter(|deal| !(by.of_losses() && deal.won)) {
        found.entry(key(deal)).or_default().push(deal);
    }
    found
}

fn key(by: Dimension, deal: &ClosedDeal, bands: &Bands, spans: &[Span]) -> GroupKey {
    match by {
        Dimension::Reason => GroupKey::Reason(deal.loss_reason.clone()),
        Dimension::StageLostFrom => GroupKey::Stage(deal.closed_from),
        Dimension::Competitor => GroupKey::Competitor(deal.competitor.clone()),
        Dimension::Owner => GroupKey::Owner(deal.owner),
        Dimension::Team => GroupKey::Team(deal.team),
        Dimension::Size => GroupKey::Size(bands.place(deal).cloned()),
        Dimension::Source => GroupKey::Source(deal.source.clone()),
        Dimension::Month => {
            let day = deal.closed_at.map(|at| at.date_naive());
            GroupKey::Time(day.and_then(|day| spans.get(spans.partition_point(|span| span.to < day))).cloned())
        }
    }
}

/// The currency of most deals first, its smallest deals first.
fn sort_sizes(groups: &mut [Group]) {
    let mut deals: HashMap<String, u64> = HashMap::new();
    for group in groups.iter() {
        if let GroupKey::Size(Some(band)) = &group.key {
            *deals.entry(band.currency.clone()).or_default() += group.figures.deals();
        }
    }
    groups.sort_by_key(|group| match &group.key {
        GroupKey::Size(Some(band)) => {
            let of_currency = deals.get(&band.currency).copied().unwrap_or_default();
            (false, std::cmp::Reverse(of_currency), band.currency.clone(), band.place)
        }
        _ => (true, std::cmp::Reverse(0), String::new(), 0),
    });
}
