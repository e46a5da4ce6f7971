//! Closed deals by what they have in common.

use std::collections::{BTreeMap, HashMap};

use super::{
    SizeBand, Span, Tallies, Tally, figures,
    size::Bands,
    spans::spans,
    stats::share,
    tally::{Ends, TallyKey},
};
use crate::domain::{
    ids::{StageId, TeamId, UserId},
    money::Currency,
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
pub fn groups(by: Dimension, deals: &Tallies, before: Option<&Tallies>, period: Option<Period>) -> Vec<Group> {
    let found = if by == Dimension::Month { by_span(deals, period) } else { by_key(by, &deals.total(), &Bands::of(&deals.total())) };
    // Stretches of time have no counterpart before.
    let before = before.filter(|_| by != Dimension::Month).map(|before| by_key(by, &before.total(), &Bands::of(&deals.total())));
    let number = |found: &Found| found.values().map(Ends::deals).sum::<u64>();
    let (all, all_before) = (number(&found), before.as_ref().map(number).filter(|all| *all > 0));
    let group = |(key, ends): (GroupKey, Ends)| {
        let before = before.as_ref().map(|before| figures(before.get(&key).unwrap_or(&Ends::default())));
        let part_before = all_before.zip(before.as_ref()).map(|(all, before)| before.deals() as f64 / all as f64);
        Group { part: share(ends.deals(), all), figures: figures(&ends), before, part_before, key }
    };
    let mut groups: Vec<Group> = found.into_iter().map(group).collect();
    match by {
        Dimension::Size => sort_sizes(&mut groups),
        Dimension::Month => groups.sort_by_key(|group| (group.key.is_missing(), group.key.clone())),
        _ => groups.sort_by_key(|group| (group.key.is_missing(), std::cmp::Reverse(group.figures.deals()), group.key.clone())),
    }
    groups
}

type Found = BTreeMap<GroupKey, Ends>;

fn by_key(by: Dimension, tally: &Tally, bands: &Bands) -> Found {
    let mut found = Found::new();
    for (key, ends) in tally.of(by) {
        found.entry(shown(key, bands)).or_default().merge(ends);
    }
    found
}

fn by_span(deals: &Tallies, period: Option<Period>) -> Found {
    let spans = spans(period, deals);
    let mut found: Found = spans.iter().map(|span| (GroupKey::Time(Some(span.clone())), Ends::default())).collect();
    for (month, tally) in deals.months() {
        // The first of a period's days may lie within their month.
        let span = spans.get(spans.partition_point(|span| span.to < month)).cloned();
        found.entry(GroupKey::Time(span)).or_default().merge(&tally.all());
    }
    if let Some(undated) = deals.without_date() {
        found.entry(GroupKey::Time(None)).or_default().merge(&undated.all());
    }
    found
}

fn shown(key: &TallyKey, bands: &Bands) -> GroupKey {
    match key.clone() {
        TallyKey::Reason(reason) => GroupKey::Reason(reason),
        TallyKey::Stage(stage) => GroupKey::Stage(stage),
        TallyKey::Competitor(competitor) => GroupKey::Competitor(competitor),
        TallyKey::Owner(owner) => GroupKey::Owner(owner),
        TallyKey::Team(team) => GroupKey::Team(team),
        TallyKey::Size(step) => GroupKey::Size(step.and_then(|step| bands.place(&step)).cloned()),
        TallyKey::Source(source) => GroupKey::Source(source),
    }
}

/// The currency of most deals first, its smallest deals first.
fn sort_sizes(groups: &mut [Group]) {
    let mut deals: HashMap<Currency, u64> = HashMap::new();
    for group in groups.iter() {
        if let GroupKey::Size(Some(band)) = &group.key {
            *deals.entry(band.currency.clone()).or_default() += group.figures.deals();
        }
    }
    groups.sort_by_key(|group| match &group.key {
        GroupKey::Size(Some(band)) => {
            let of_currency = deals.get(&band.currency).copied().unwrap_or_default();
            (false, std::cmp::Reverse(of_currency), Some(band.currency.clone()), band.place)
        }
        _ => (true, std::cmp::Reverse(0), None, 0),
    });
}
