//! What a deal's features take from the other deals: one walk through time, adding each deal as it becomes known.

use std::{iter::Peekable, vec::IntoIter};

use super::{
    Seen,
    value_tiers::{DatedValues, UndatedValues, Valued},
    win_rates::WinRates,
    won_cycles::{Won, WonCycles},
};
use crate::domain::{Instant, deals::DealHistory};

/// Other deals needed before a deal is compared with them: five make the first median and quintiles worth the name.
pub(super) const MIN_OTHERS: i64 = 5;

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
    /// What the deal at `own` takes from the others as they stood at `at`, which the walk must have reached.
    pub fn compare(&self, own: Option<usize>, seen: &Seen, at: Option<Instant>) -> Compared {
        let (history, value, owner) = (seen.history, seen.known.value, seen.known.owner);
        match (history.created_at, at) {
            (Some(_), Some(at)) => Compared {
                won_median: self.cycles.median_days(own),
                value_tier: value.and_then(|value| self.values.tier(own, value)),
                owner_win_rate: owner.and_then(|owner| self.closed.of_owner(owner, at, own)),
                account_win_rate: history.account.and_then(|account| self.closed.of_account(account, at, own)),
                activities_recorded: self.record_activities(at, own) || seen.at.is_some_and(|at| !history.activities_until(at).is_empty()),
            },
            // A dated deal without an instant: nobody can say who came before.
            (Some(_), None) => Compared::default(),
            (None, _) => Compared {
                value_tier: value.and_then(|value| self.undated_values.tier(own, history.sequence, value)),
                owner_win_rate: owner.and_then(|owner| self.closed_undated.of_owner(owner, history.sequence?, own)),
                account_win_rate: history.account.and_then(|account| self.closed_undated.of_account(account, history.sequence?, own)),
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
    pub fn new(histories: &[DealHistory]) -> Self {
        let (cycles, won) = WonCycles::new(histories);
        let (values, valued) = DatedValues::new(histories);
        let first = |(deal, history): (usize, &DealHistory)| history.activities.first().map(|activity| (activity.at, deal));
        let mut first_activities: Vec<(Instant, usize)> = histories.iter().enumerate().filter_map(first).collect();
        first_activities.sort_unstable();
        first_activities.truncate(2);
        let others = Others {
            cycles,
            values,
            undated_values: UndatedValues::new(histories),
            closed: WinRates::dated(histories),
            closed_undated: WinRates::undated(histories),
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
