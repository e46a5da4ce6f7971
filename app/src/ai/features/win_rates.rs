//! How an owner's and an account's other deals ended.

use std::collections::HashMap;

use super::Outline;
use crate::domain::{
    Instant,
    deals::Outcome,
    ids::{AccountId, UserId},
};

/// How many deals at the overall rate a win rate starts from: one with five closed deals is believed half.
const PRIOR_DEALS: f64 = 5.0;

/// The closed deals in their order: by instant, or by sequence number where there are no dates.
pub(super) struct WinRates<K> {
    all: Closes<K>,
    owners: HashMap<UserId, Closes<K>>,
    accounts: HashMap<AccountId, Closes<K>>,
    /// By deal.
    closes: Vec<Option<Close<K>>>,
}

/// How a deal ended, and whose it was then.
#[derive(Clone, Copy)]
struct Close<K> {
    order: K,
    won: bool,
    owner: Option<UserId>,
    account: Option<AccountId>,
}

/// Some closed deals in their order, with how many were won up to each.
struct Closes<K> {
    order: Vec<K>,
    won: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Tally {
    won: u32,
    closed: u32,
}

impl<K> Default for Closes<K> {
    fn default() -> Self {
        Self { order: Vec::new(), won: Vec::new() }
    }
}

impl<K: Ord + Copy> Closes<K> {
    fn push(&mut self, order: K, won: bool) {
        self.order.push(order);
        self.won.push(self.won.last().copied().unwrap_or(0) + u32::from(won));
    }

    /// Those before `order`, without `own` if it is one of them.
    fn before(&self, order: K, own: Option<&Close<K>>) -> Tally {
        let closed = self.order.partition_point(|other| *other < order);
        let won = closed.checked_sub(1).map_or(0, |last| self.won[last]);
        let own = own.filter(|own| own.order < order);
        Tally { won: won - u32::from(own.is_some_and(|own| own.won)), closed: closed as u32 - u32::from(own.is_some()) }
    }
}

impl WinRates<Instant> {
    /// Of the deals whose close is dated; each counts for who owned it then.
    pub fn dated(deals: &[Outline]) -> Self {
        Self::new(deals, |deal| deal.closed_at.map(|closed| (closed, deal.closing_owner)))
    }
}

impl WinRates<i64> {
    /// Of the deals without a creation date that have a sequence number.
    pub fn undated(deals: &[Outline]) -> Self {
        Self::new(deals, |deal| match deal.created_at {
            None => deal.sequence.map(|sequence| (sequence, deal.undated_owner)),
            Some(_) => None,
        })
    }
}

impl<K: Ord + Copy> WinRates<K> {
    fn new(deals: &[Outline], closed: impl Fn(&Outline) -> Option<(K, Option<UserId>)>) -> Self {
        let close = |deal: &Outline| {
            let (order, owner) = closed(deal).filter(|_| deal.outcome.is_closed())?;
            Some(Close { order, won: deal.outcome == Outcome::Won, owner, account: deal.account })
        };
        let closes: Vec<Option<Close<K>>> = deals.iter().map(close).collect();
        let mut in_order: Vec<&Close<K>> = closes.iter().flatten().collect();
        in_order.sort_by_key(|close| close.order);
        let mut rates = (Closes::default(), HashMap::<UserId, Closes<K>>::new(), HashMap::<AccountId, Closes<K>>::new());
        for Close { order, won, owner, account } in in_order {
            rates.0.push(*order, *won);
            if let Some(owner) = owner {
                rates.1.entry(*owner).or_default().push(*order, *won);
            }
            if let Some(account) = account {
                rates.2.entry(*account).or_default().push(*order, *won);
            }
        }
        let (all, owners, accounts) = rates;
        Self { all, owners, accounts, closes }
    }

    /// The rate of `owner` over the deals closed before `order`, without the deal `own`.
    pub fn of_owner(&self, owner: UserId, order: K, own: Option<usize>) -> Option<f64> {
        let own = self.close(own);
        let tally = self.owners.get(&owner)?.before(order, own.filter(|own| own.owner == Some(owner)));
        smoothed(tally, self.all.before(order, own))
    }

    /// The rate of `account`, likewise.
    pub fn of_account(&self, account: AccountId, order: K, own: Option<usize>) -> Option<f64> {
        let own = self.close(own);
        let tally = self.accounts.get(&account)?.before(order, own.filter(|own| own.account == Some(account)));
        smoothed(tally, self.all.before(order, own))
    }

    fn close(&self, deal: Option<usize>) -> Option<&Close<K>> {
        deal.and_then(|deal| self.closes.get(deal)?.as_ref())
    }
}

/// The share won, drawn to that of all; none without a closed deal.
fn smoothed(of: Tally, all: Tally) -> Option<f64> {
    let overall = f64::from(all.won) / f64::from(all.closed);
    (of.closed > 0).then(|| (f64::from(of.won) + overall * PRIOR_DEALS) / (f64::from(of.closed) + PRIOR_DEALS))
}
