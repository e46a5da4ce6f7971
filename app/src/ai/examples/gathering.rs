//! Examples in the making, a few histories at a time.

use super::{Names, Plan, Setting, lived_a_day};
use crate::{
    ai::{
        features::{self, FEATURES, Feature, Group, Neighbour, Outline, Rows},
        table::{Column, ColumnData, Examples, SegmentLabels, Table},
    },
    domain::{
        Instant,
        deals::{CustomField, DealHistory, Outcome},
    },
};

/// Open deals looked at to see which columns are filled in.
const OPEN_DEALS: usize = 2_000;

/// Gathers a plan's examples: the histories of the deals it [wants](Self::wanted) are added one by one and may be forgotten at once.
#[derive(Debug)]
pub struct Gathering {
    plan: Plan,
    setting: Setting,
    rows: Rows,
    /// The snapshot behind each row.
    snapshots: Vec<usize>,
    owners: Vec<Option<String>>,
    stages: Vec<Option<String>>,
    /// When the open deals are looked at.
    now: Instant,
    /// The places of some open deals, ascending.
    open: Vec<usize>,
    open_rows: Rows,
}

impl Gathering {
    /// For a plan of these deals. Of the custom fields only those that models may learn from become columns. `now` is when the open
    /// deals are looked at.
    pub fn new(plan: Plan, deals: &[Outline], mut setting: Setting, now: Instant) -> Self {
        setting.custom.retain(|field| field.in_model);
        let rows = |custom: &[CustomField]| Rows::new(setting.stages.clone(), custom);
        Self {
            rows: rows(&setting.custom),
            open_rows: rows(&setting.custom),
            snapshots: Vec::new(),
            owners: Vec::new(),
            stages: Vec::new(),
            open: some_open(deals),
            plan,
            setting,
            now,
        }
    }

    /// The places of the deals whose histories it wants, ascending.
    pub fn wanted(&self) -> Vec<usize> {
        let mut places = [self.plan.deals(), self.open.clone()].concat();
        places.sort_unstable();
        places
    }

    /// Adds the history of the deal at `place`, with the similar deals of all the plan's snapshots.
    pub fn add(&mut self, place: usize, history: &DealHistory, similar: &[Option<Vec<Neighbour>>]) {
        if self.open.binary_search(&place).is_ok() {
            self.open_rows.add(Some(place), history, Some(self.now), None);
        }
        for snapshot in self.plan.of_deal(place) {
            let at = self.plan.snapshots[snapshot].at;
            self.rows.add(Some(place), history, at, similar.get(snapshot).and_then(Option::as_deref));
            self.snapshots.push(snapshot);
            let (owner, stage) = features::owner_and_stage(history, at, &self.setting.stages);
            let Names { owners, stages } = &self.setting.names;
            self.owners.push(owner.and_then(|owner| owners.get(&owner)).cloned());
            self.stages.push(stage.and_then(|stage| stages.get(&stage)).cloned());
        }
    }

    /// The examples, given the same deals as [`new`](Self::new).
    pub fn finished(self, deals: &[Outline]) -> Examples {
        let open = self.open_rows.compared_with(deals);
        let table = self.rows.compared_with(deals);
        let order = close_order(deals);
        let places: Vec<usize> = self.snapshots.iter().map(|snapshot| self.plan.snapshots[*snapshot].deal).collect();
        let sizes = numbers(&table, Feature::ValueTier).into_iter().map(|tier| size_in_words(tier).map(str::to_owned)).collect();
        let segments = [("Owner", self.owners), ("Stage", self.stages), ("Size", sizes)];
        Examples {
            won: places.iter().map(|place| deals[*place].outcome == Outcome::Won).collect(),
            weight: self.snapshots.iter().map(|snapshot| self.plan.weight[*snapshot]).collect(),
            group: places.iter().map(|place| *place as u32).collect(),
            close_order: places.iter().map(|place| order[*place]).collect(),
            closed_day: places.iter().map(|place| closed_day(&deals[*place])).collect(),
            crm_probability: numbers(&table, Feature::RepProbability),
            lived_a_day: places.iter().map(|place| lived_a_day(&deals[*place])).collect(),
            segments: segments.map(|(by, labels)| SegmentLabels { by: by.into(), labels }).into(),
            open_known: open_known(&open),
            table,
        }
    }
}

/// A value tier, 1 to 5, in words.
pub(super) fn size_in_words(tier: f64) -> Option<&'static str> {
    let words = ["Smallest fifth", "Second-smallest fifth", "Middle fifth", "Second-largest fifth", "Largest fifth"];
    // NaN and what is out of range become a place that is not there.
    words.get((tier as usize).wrapping_sub(1)).copied()
}

fn numbers(table: &Table, feature: Feature) -> Vec<f64> {
    match table.columns.get(feature as usize).map(|column| &column.data) {
        Some(ColumnData::Numeric(values)) => values.clone(),
        _ => vec![f64::NAN; table.rows],
    }
}

/// The places of up to [`OPEN_DEALS`] open deals, ascending; by key, so that the choice does not depend on the order of the deals.
fn some_open(deals: &[Outline]) -> Vec<usize> {
    let mut open: Vec<usize> = (0..deals.len()).filter(|place| deals[*place].outcome == Outcome::Open).collect();
    if open.len() > OPEN_DEALS {
        open.sort_unstable_by_key(|place| &deals[*place].key);
        open = (0..OPEN_DEALS).map(|i| open[i * open.len() / OPEN_DEALS]).collect();
        open.sort_unstable();
    }
    open
}

/// By column: the share of the open deals that have a value. `None` without open deals, and for the similarity columns, whose
/// neighbours are not at hand.
fn open_known(open: &Table) -> Vec<Option<f64>> {
    let known = |column: &Column| match &column.data {
        ColumnData::Numeric(values) => values.iter().filter(|value| !value.is_nan()).count(),
        ColumnData::Category(values) => values.iter().flatten().count(),
    };
    let share = |(place, column): (usize, &Column)| {
        let similarity = FEATURES.get(place).is_some_and(|definition| definition.group == Group::Similarity);
        (!similarity && open.rows > 0).then(|| known(column) as f64 / open.rows as f64)
    };
    open.columns.iter().enumerate().map(share).collect()
}

/// Each deal's rank by close (undated ones first), then by sequence; deals that tie share one.
fn close_order(deals: &[Outline]) -> Vec<i64> {
    let key = |place: usize| (deals[place].closed_at, deals[place].sequence);
    let mut places: Vec<usize> = (0..deals.len()).collect();
    places.sort_by_key(|place| key(*place));
    let mut order = vec![0; deals.len()];
    let mut rank = 0;
    for pair in places.windows(2) {
        rank += i64::from(key(pair[0]) != key(pair[1]));
        order[pair[1]] = rank;
    }
    order
}

/// The close in days since 1970; NaN where it is not dated.
fn closed_day(deal: &Outline) -> f64 {
    const MILLIS: f64 = 86_400_000.0;
    deal.closed_at.map_or(f64::NAN, |at| at.timestamp_millis() as f64 / MILLIS)
}
