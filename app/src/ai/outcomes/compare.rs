//! What went right: closed deals with more of something against those with less, feature by feature.

use super::{
    split::Split,
    stats::{Count, benjamini_hochberg, newcombe, p_value},
    words,
};
use crate::{
    ai::{
        examples::draw,
        features::{CUSTOM_PREFIX, Feature, Outline, Snapshot},
        table::{Column, ColumnData, Table},
    },
    domain::{
        deals::CustomField,
        outcomes::{Driver, DriverSide, Drivers, Side},
    },
};

/// At which part of a deal's open life it is looked at: late enough to know it, early enough not to know its end.
const PART_OF_LIFE: f64 = 0.75;
/// Values of a category that are compared with all others.
const VALUES: usize = 5;
/// Of the comparisons said to hold, at most so many may be chance.
const FALSE_DISCOVERIES: f64 = 0.05;

/// Each closed deal once, at three quarters of its open life; one without dates as it is known without. Of more than `most` deals as
/// many are drawn from the newest, the same share of every month's won and of its lost ones.
pub fn late_snapshots(deals: &[Outline], most: usize, seed: u64) -> Vec<Snapshot> {
    let closed: Vec<usize> = (0..deals.len()).filter(|place| deals[*place].outcome.is_closed()).collect();
    let closed = draw(deals, closed, most, seed);
    closed
        .into_iter()
        .map(|place| {
            let deal = &deals[place];
            let at = deal.created_at.map(|created| {
                let life = deal.closed_at.map_or(0, |closed| (closed - created).num_milliseconds().max(0));
                created + chrono::TimeDelta::milliseconds((life as f64 * PART_OF_LIFE) as i64)
            });
            Snapshot { deal: place, at }
        })
        .collect()
}

/// Deals to compare: rows of a table of features.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    pub table: &'a Table,
    pub rows: &'a [usize],
    /// Whether each row was won.
    pub won: &'a [bool],
    pub custom: &'a [CustomField],
    /// Amounts of several currencies are not compared.
    pub one_currency: bool,
}

impl Compared<'_> {
    /// All comparisons.
    pub fn drivers(&self) -> Drivers {
        let mut found: Vec<(Driver, f64)> = Vec::new();
        for column in self.table.columns.iter().filter(|column| self.tells(column)) {
            found.extend(self.splits(column).into_iter().filter_map(|split| self.compare(column, &split)));
        }
        // Which are looked at goes by the numbers of deals alone, never by their outcomes.
        let (mut enough, mut small): (Vec<_>, Vec<_>) = found.into_iter().partition(|(driver, _)| !driver.is_small());
        let p_values: Vec<f64> = enough.iter().map(|(_, p)| *p).collect();
        for ((driver, _), holds) in enough.iter_mut().zip(benjamini_hochberg(&p_values, FALSE_DISCOVERIES)) {
            driver.holds = holds;
        }
        for some in [&mut enough, &mut small] {
            some.sort_by(|(a, p), (b, q)| p.total_cmp(q).then_with(|| b.difference.abs().total_cmp(&a.difference.abs())));
        }
        Drivers {
            deals: self.rows.len() as u64,
            looked_at: enough.len() as u64,
            hold: enough.iter().filter(|(driver, _)| driver.holds).count() as u64,
            list: enough.into_iter().chain(small).map(|(driver, _)| driver).collect(),
        }
    }

    /// One comparison, and the rows on a side of it; `None` if there is no such comparison.
    pub fn side(&self, feature: &str, value: Option<&str>, side: Side) -> Option<(Driver, Vec<usize>)> {
        let driver = self.drivers().list.into_iter().find(|driver| driver.feature == feature && driver.value.as_deref() == value)?;
        let column = self.table.columns.iter().find(|column| column.name == feature)?;
        let wanted = |split: &Split| match split {
            Split::Numbers { .. } => value.is_none(),
            Split::Value(of) => value == Some(of),
        };
        let split = self.splits(column).into_iter().find(wanted)?;
        let rows = self.rows.iter().copied().filter(|row| split.side(&column.data, *row) == Some(side)).collect();
        Some((driver, rows))
    }

    fn tells(&self, column: &Column) -> bool {
        match Feature::parse(&column.name) {
            // It orders deals as their value does.
            Some(Feature::LogValue) => false,
            Some(Feature::Value | Feature::ValueTier) => self.one_currency,
            Some(_) => true,
            None => column.name.starts_with(CUSTOM_PREFIX),
        }
    }

    fn splits(&self, column: &Column) -> Vec<Split> {
        match &column.data {
            ColumnData::Numeric(values) => {
                let known = self.rows.iter().filter_map(|row| values.get(*row)).copied().filter(|value| value.is_finite()).collect();
                thirds(known).into_iter().collect()
            }
            ColumnData::Category(values) => {
                frequent(self.rows.iter().filter_map(|row| values.get(*row)?.as_deref())).into_iter().map(Split::Value).collect()
            }
        }
    }

    fn compare(&self, column: &Column, split: &Split) -> Option<(Driver, f64)> {
        let (mut high, mut low) = (Count::default(), Count::default());
        for row in self.rows {
            match split.side(&column.data, *row) {
                Some(Side::High) => high.add(self.won.get(*row).copied().unwrap_or_default()),
                Some(Side::Low) => low.add(self.won.get(*row).copied().unwrap_or_default()),
                None => {}
            }
        }
        let (high_rate, low_rate) = (high.share()?, low.share()?);
        let (difference, difference_low, difference_high) = newcombe(high_rate, low_rate);
        let (title, [high_words, low_words]) = words::of(&column.name, split, self.custom);
        let driver = Driver {
            feature: column.name.clone(),
            value: match split {
                Split::Numbers { .. } => None,
                Split::Value(value) => Some(value.clone()),
            },
            title,
            high: DriverSide { words: high_words, deals: high.deals, won: high.won, win_rate: high_rate },
            low: DriverSide { words: low_words, deals: low.deals, won: low.won, win_rate: low_rate },
            difference,
            difference_low,
            difference_high,
            holds: false,
        };
        Some((driver, p_value(high, low)))
    }
}

/// The top third against the bottom third. Equal values stay together: where one value fills the middle and an end, it stands against all
/// beyond it. `None` where all are alike.
fn thirds(mut values: Vec<f64>) -> Option<Split> {
    values.sort_unstable_by(f64::total_cmp);
    let third = values.len().div_ceil(3);
    let (smallest, largest) = (*values.first()?, *values.last()?);
    if smallest >= largest {
        return None;
    }
    let (low, high) = (values[third - 1], values[values.len() - third]);
    let below = |edge: f64| values.iter().rev().copied().find(|value| *value < edge);
    let above = |edge: f64| values.iter().copied().find(|value| *value > edge);
    let (low, high) = match () {
        () if low < high => (low, high),
        () if low > smallest && high < largest => (below(low)?, above(high)?),
        () if low > smallest => (below(low)?, low),
        () => (low, above(low)?),
    };
    Some(Split::Numbers { low, high })
}

/// The most frequent values, each of which is then compared with all others; of two the other says the same.
fn frequent<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut counts: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let most = match counts.len() {
        0 | 1 => 0,
        2 => 1,
        _ => VALUES,
    };
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
    counts.into_iter().take(most).map(|(value, _)| value.to_owned()).collect()
}
