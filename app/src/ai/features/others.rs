//! What a deal's features take from the other deals: one walk through time, adding each deal as it becomes known.

use std::{iter::Peekable, vec::IntoIter};

use super::{
    Feature, Outline, Seen,
    value_tiers::{DatedValues, UndatedValues, Valued},
    win_rates::WinRates,
    won_cycles::{Won, WonCycles},
};
use crate::domain::{
    Instant,
    ids::{AccountId, UserId},
};

/// What one deal's features take from the others.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Compared {
    /// Median days from creation to close of the deals won before.
    pub won_median: Option<f64>,
    /// The fifth, 1 to 5, that the value lies in.
    pub value_tier: Option<f64>,
    pub owner_win_rate: Option<f64>,
    pub account_win_rate: Option<f64>,
    /// Whether anybody has recorded an activity yet.
    pub activities_recorded: bool,
}

impl Compared {
    /// The features that come of it for a deal of that age in days (NaN where there is none).
    pub fn values(&self, age_days: f64) -> [(Feature, Option<f64>); 4] {
        let median = self.won_median.filter(|median| *median > 0.0);
        [
            (Feature::AgeVsWonMedian, median.filter(|_| !age_days.is_nan()).map(|median| age_days / median)),
            (Feature::ValueTier, self.value_tier),
            (Feature::OwnerWinRate, self.owner_win_rate),
            (Feature::AccountWinRate, self.account_win_rate),
        ]
    }
}

/// What a deal is compared with the others by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Comparison {
    /// The instant it is seen at.
    pub at: Option<Instant>,
    /// Its place among the others: it is not compared with itself.
    own: Option<usize>,
    /// Whether its creation is dated.
    dated: bool,
    sequence: Option<i64>,
    value: Option<f64>,
    owner: Option<UserId>,
    account: Option<AccountId>,
    /// Whether it had an activity by then itself.
    active: bool,
}

impl Comparison {
    pub fn of(own: Option<usize>, seen: &Seen) -> Self {
        let history = seen.history;
        Self {
            at: seen.at,
            own,
            dated: history.created_at.is_some(),
            sequence: history.sequence,
            value: seen.known.value,
            owner: seen.known.owner,
            account: history.account,
            active: seen.at.is_some_and(|at| !history.activities_until(at).is_empty()),
        }
    }
}

/// All deals as they stand at one instant of the walk. A deal is compared with the others by its place in the histories.
pub(super) struct Others {
    cycles: WonCycles,
    values: DatedValues,
    undated_values: UndatedValues,
    // These two hold all closes: they are asked for those before an instant or number.
    closed: WinRates<Instant>,
    closed_undated: WinRates<i64>,
    /// The two deals whose first activities came first: one of them is another deal than any given one.
    first_activities: Vec<(Instant, usize)>,
}

impl Others {
    /// What a deal takes from the others as they stood at `at`, which the walk must have reached.
    pub fn compare(&self, deal: &Comparison, at: Option<Instant>) -> Compared {
        let Comparison { own, value, owner, account, sequence, .. } = *deal;
        match (deal.dated, at) {
            (true, Some(at)) => Compared {
                won_median: self.cycles.median_days(own),
                value_tier: value.and_then(|value| self.values.tier(own, value)),
                owner_win_rate: owner.and_then(|owner| self.closed.of_owner(owner, at, own)),
                account_win_rate: account.and_then(|account| self.closed.of_account(account, at, own)),
                activities_recorded: deal.active || self.record_activities(at, own),
            },
            // A dated deal without an instant: nobody can say who came before.
            (true, None) => Compared::default(),
            (false, _) => Compared {
                value_tier: value.and_then(|value| self.undated_values.tier(own, sequence, value)),
                owner_win_rate: owner.and_then(|owner| self.closed_undated.of_owner(owner, sequence?, own)),
                account_win_rate: account.and_then(|account| self.closed_undated.of_account(account, sequence?, own)),
                ..Compared::default()
            },
        }
    }

    /// Whether an activity was recorded by `at` on a deal other than `own`.
    pub fn record_activities(&self, at: Instant, own: Option<usize>) -> bool {
        self.first_activities.iter().any(|(first, deal)| *first <= at && Some(*deal) != own)
    }
}

/// The walk: it only moves forward.
pub(super) struct Walk {
    others: Others,
    won: Peekable<IntoIter<Won>>,
    valued: Peekable<IntoIter<Valued>>,
}

impl Walk {
    /// Before all dated deals.
    pub fn new(deals: &[Outline]) -> Self {
        let (cycles, won) = WonCycles::new(deals);
        let (values, valued) = DatedValues::new(deals);
        let first = |(deal, outline): (usize, &Outline)| outline.first_activity.map(|first| (first, deal));
        let mut first_activities: Vec<(Instant, usize)> = Vec::with_capacity(3);
        for found in deals.iter().enumerate().filter_map(first) {
            first_activities.push(found);
            first_activities.sort_unstable();
            first_activities.truncate(2);
        }
        let others = Others {
            cycles,
            values,
            undated_values: UndatedValues::new(deals),
            closed: WinRates::dated(deals),
            closed_undated: WinRates::undated(deals),
            first_activities,
        };
        Self { others, won: won.into_iter().peekable(), valued: valued.into_iter().peekable() }
    }

    /// Moves to just before `at`.
    pub fn reach(&mut self, at: Instant) {
        while let Some(won) = self.won.next_if(|won| won.closed < at) {
            self.others.cycles.add(&won);
        }
        while let Some(event) = self.valued.next_if(|event| event.at < at) {
            self.others.values.set(&event);
        }
    }

    /// The deals where the walk stands.
    pub fn others(&self) -> &Others {
        &self.others
    }

    pub fn into_others(self) -> Others {
        self.others
    }
}
