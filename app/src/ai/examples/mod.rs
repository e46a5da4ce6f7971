//! Training examples: past instants in the lives of closed deals, with how the deals ended.
//!
//! The model will meet deals in the middle of their lives, so it learns from such moments: several instants spread over each
//! closed deal's open life, which together count as one deal.
//!
//! Traps of process data, which the choice of instants cannot mend and the report on a model must show:
//! - Rows logged by a process include decisions that no rep made: in the loan funnel of the BPI Challenge 2012 about a third of
//!   the applications are declined automatically within two minutes. Their lives are over before anybody could use a score, and a
//!   model that only learns them looks brilliant. Metrics belong beside those without them ([`lived_a_day`]).
//! - Fields that a source gives without history hold their last value, which may have been set at the close. They are taken as
//!   given; a mapping has to leave such columns out.
//! - A close date can lie after the stage that told the outcome; histories end the open life at the earlier of the two.

mod draw;
mod gathering;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::TimeDelta;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

pub use self::{draw::draw, gathering::Gathering};
use super::features::{Outline, Snapshot, StageOrder};
use crate::domain::{
    Instant,
    deals::CustomField,
    ids::{StageId, UserId},
};

/// Instants taken from each closed deal unless told otherwise.
pub const SNAPSHOTS_PER_DEAL: usize = 4;

/// What to call owners and stages where results are broken down by them; one without a name has no label.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Names {
    pub owners: HashMap<UserId, String>,
    pub stages: HashMap<StageId, String>,
}

/// What the deals of a workspace are read with.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    pub stages: StageOrder,
    pub custom: Vec<CustomField>,
    pub names: Names,
}

/// The chosen instants, deal by deal: whoever has similar deals to offer looks them up for each before a [`Gathering`].
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    snapshots: Vec<Snapshot>,
    weight: Vec<f64>,
}

/// The places of the closed deals.
pub fn closed(deals: &[Outline]) -> Vec<usize> {
    (0..deals.len()).filter(|place| deals[*place].outcome.is_closed()).collect()
}

/// The places of the deals that closed from an instant on, up to another.
pub fn closed_between(deals: &[Outline], since: Instant, until: Instant) -> Vec<usize> {
    let within = |deal: &Outline| deal.closed_at.is_some_and(|closed| closed >= since && closed <= until);
    closed(deals).into_iter().filter(|place| within(&deals[*place])).collect()
}

/// Chooses `per_deal` instants (at least one) in the open life of each of the closed deals at `places`, which ascend: its life from the
/// creation to just before the close is cut into equal parts, and an instant is drawn uniformly from each. A deal without dates, and one
/// that was closed when it was created or whose close is not dated, gives one snapshot. The same seed and deal (by its key) always give
/// the same instants.
pub fn plan(deals: &[Outline], places: &[usize], per_deal: usize, seed: u64) -> Plan {
    let mut plan = Plan { snapshots: Vec::new(), weight: Vec::new() };
    for place in places {
        let instants = instants(&deals[*place], per_deal.max(1), seed);
        let weight = 1.0 / instants.len() as f64;
        plan.weight.extend(instants.iter().map(|_| weight));
        plan.snapshots.extend(instants.into_iter().map(|at| Snapshot { deal: *place, at }));
    }
    plan
}

impl Plan {
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// The places of a deal's snapshots among all.
    fn of_deal(&self, place: usize) -> std::ops::Range<usize> {
        let first = self.snapshots.partition_point(|snapshot| snapshot.deal < place);
        first..first + self.snapshots[first..].iter().take_while(|snapshot| snapshot.deal == place).count()
    }

    /// The places of the deals, ascending.
    fn deals(&self) -> Vec<usize> {
        let mut deals: Vec<usize> = self.snapshots.iter().map(|snapshot| snapshot.deal).collect();
        deals.dedup();
        deals
    }
}

/// Whether the deal's open life lasted at least a day. Deals whose life is not dated count as if it did: nothing speaks against
/// them. Report a model's metrics with and without the others.
pub fn lived_a_day(deal: &Outline) -> bool {
    match (deal.created_at, deal.closed_at) {
        (Some(created), Some(closed)) => closed - created >= TimeDelta::days(1),
        _ => true,
    }
}

fn instants(deal: &Outline, count: usize, seed: u64) -> Vec<Option<Instant>> {
    let Some(created) = deal.created_at else { return vec![None] };
    let life = deal.closed_at.map_or(0, |closed| (closed - created).num_milliseconds());
    if life <= 0 {
        return vec![Some(created)];
    }
    let mut rng = rng_for(&deal.key, seed);
    let part = life as f64 / count as f64;
    (0..count)
        .map(|i| {
            let millis = (part * (i as f64 + rng.random::<f64>())) as i64;
            // Rounding must not reach the close itself.
            Some(created + TimeDelta::milliseconds(millis.min(life - 1)))
        })
        .collect()
}

/// A stream of its own for each deal, so that other deals coming or going leave its instants alone. By key, not by id: ids are
/// made anew in every workspace.
fn rng_for(key: &str, seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(Sha256::new().chain_update(seed.to_le_bytes()).chain_update(key).finalize().into())
}
