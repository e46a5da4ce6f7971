//! Bins: each column's values as small numbers, which is all the trees ever see.
//!
//! Bin 0 is "missing". Numeric columns are cut at weighted quantiles, categories get a bin each; labels play no part, so bins
//! may be shared by the folds of a cross-validation.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ai::table::{Column, ColumnData, Table};

/// Bins of a column besides the one for missing values.
pub const MAX_BINS: usize = 254;
/// The bin of missing values.
pub const MISSING: u8 = 0;
/// Tables of so few rows are binned without preparations that would take longer than the rows: no look-up tables, no threads.
const FEW_ROWS: usize = 8;

/// How one column's values become bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinnedColumn {
    pub name: String,
    pub kind: BinKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinKind {
    /// Increasing; a value falls into bin 1 + the number of cuts below it.
    Numeric { cuts: Vec<f64> },
    /// The categories of bins 1, 2, …; with `pooled`, one more bin takes all others.
    Category { names: Vec<String>, pooled: bool },
}

impl BinnedColumn {
    /// Learns a column's bins. Categories that weigh less than `min_category_weight` together are pooled; a lone rare one is
    /// pooled too, so that a category nobody has seen has a place.
    pub fn fit(column: &Column, weight: &[f64], min_category_weight: f64) -> Self {
        let kind = match &column.data {
            ColumnData::Numeric(values) => BinKind::Numeric { cuts: cut_points(values, weight) },
            ColumnData::Category(values) => categories(values, weight, min_category_weight),
        };
        Self { name: column.name.clone(), kind }
    }

    /// Bins in use, with the one for missing values.
    pub fn bin_count(&self) -> usize {
        match &self.kind {
            BinKind::Numeric { cuts } => cuts.len() + 2,
            BinKind::Category { names, pooled } => 1 + names.len() + usize::from(*pooled),
        }
    }

    pub fn is_category(&self) -> bool {
        matches!(self.kind, BinKind::Category { .. })
    }

    /// Checks a column that was read from outside.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.bin_count() > MAX_BINS + 1 {
            return Err("too many bins");
        }
        match &self.kind {
            BinKind::Numeric { cuts } if !cuts.iter().all(|cut| cut.is_finite()) || !cuts.is_sorted() => Err("cuts out of order"),
            _ => Ok(()),
        }
    }

    /// The bins of a column's values. A category never seen is one of the rare ones if those were pooled, else missing; so are
    /// all values of a column of the other kind.
    fn bins(&self, data: &ColumnData) -> Vec<u8> {
        match (&self.kind, data) {
            (BinKind::Numeric { cuts }, ColumnData::Numeric(values)) => {
                let bin = |value: &f64| if value.is_nan() { MISSING } else { 1 + cuts.partition_point(|cut| cut < value) as u8 };
                values.iter().map(bin).collect()
            }
            (BinKind::Category { names, pooled }, ColumnData::Category(values)) => {
                let other = if *pooled { names.len() as u8 + 1 } else { MISSING };
                let bins = |known: &dyn Fn(&str) -> Option<u8>| {
                    let bin = |value: &Option<String>| value.as_deref().map_or(MISSING, |value| known(value).unwrap_or(other));
                    values.iter().map(bin).collect()
                };
                if values.len() <= FEW_ROWS {
                    return bins(&|value| names.iter().zip(1..).find(|(name, _)| *name == value).map(|(_, bin)| bin));
                }
                let known: HashMap<&str, u8> = names.iter().zip(1..).map(|(name, bin)| (name.as_str(), bin)).collect();
                bins(&|value| known.get(value).copied())
            }
            _ => vec![MISSING; rows_of(data)],
        }
    }
}

fn rows_of(data: &ColumnData) -> usize {
    match data {
        ColumnData::Numeric(values) => values.len(),
        ColumnData::Category(values) => values.len(),
    }
}

/// A table in bins, by column.
#[derive(Debug, Clone, PartialEq)]
pub struct BinnedTable {
    pub rows: usize,
    pub columns: Vec<Vec<u8>>,
}

impl BinnedTable {
    /// Columns are matched by name; one the table lacks is missing throughout.
    pub fn new(columns: &[BinnedColumn], table: &Table) -> Self {
        let by_name: HashMap<&str, &Column> = table.columns.iter().map(|column| (column.name.as_str(), column)).collect();
        let bins = |column: &BinnedColumn| {
            let mut bins = by_name.get(column.name.as_str()).map_or_else(Vec::new, |found| column.bins(&found.data));
            bins.resize(table.rows, MISSING);
            bins
        };
        let columns = if table.rows <= FEW_ROWS { columns.iter().map(bins).collect() } else { columns.par_iter().map(bins).collect() };
        Self { rows: table.rows, columns }
    }
}

/// Learns the bins of all columns.
pub fn fit_columns(table: &Table, weight: &[f64], min_category_weight: f64) -> Vec<BinnedColumn> {
    table.columns.par_iter().map(|column| BinnedColumn::fit(column, weight, min_category_weight)).collect()
}

/// At most [`MAX_BINS`] − 1 cuts between neighbouring values: between all of them if they are few; else a value that alone
/// outweighs an equal share has a bin of its own, and the others share the rest in equal weights.
fn cut_points(values: &[f64], weight: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<(f64, f64)> = values.iter().copied().zip(weight.iter().copied()).filter(|(value, _)| value.is_finite()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut distinct: Vec<(f64, f64)> = Vec::new();
    for (value, weight) in sorted {
        match distinct.last_mut() {
            Some(last) if last.0 == value => last.1 += weight,
            _ => distinct.push((value, weight)),
        }
    }
    if distinct.len() <= MAX_BINS {
        return distinct.windows(2).map(|pair| shortest_between(pair[0].0, pair[1].0)).collect();
    }
    let total: f64 = distinct.iter().map(|(_, weight)| weight).sum();
    let share = total / MAX_BINS as f64;
    let is_heavy = |weight: f64| weight >= share;
    let heavy: Vec<f64> = distinct.iter().map(|(_, weight)| *weight).filter(|weight| is_heavy(*weight)).collect();
    let mut rest = total - heavy.iter().sum::<f64>();
    let mut bins_left = MAX_BINS - heavy.len();
    let mut cuts = Vec::new();
    let mut filled = 0.0;
    for pair in distinct.windows(2) {
        let ((value, weight), (next, next_weight)) = (pair[0], pair[1]);
        filled += weight;
        if !is_heavy(weight) {
            rest -= weight;
        }
        // A heavy value to come closes the bin only if what is in it is worth one.
        let mean = (rest + filled) / bins_left.max(1) as f64;
        let close = is_heavy(weight) || filled >= mean || (is_heavy(next_weight) && filled >= mean / 2.0);
        if close && cuts.len() + 1 < MAX_BINS {
            cuts.push(shortest_between(value, next));
            if !is_heavy(weight) {
                bins_left = bins_left.saturating_sub(1);
            }
            filled = 0.0;
        }
    }
    cuts
}

/// The number with the fewest digits in `low..high`, so that artifacts are readable and survive any JSON parser exactly.
fn shortest_between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    (0..17).filter_map(|digits| format!("{middle:.digits$e}").parse().ok()).find(|candidate| (low..high).contains(candidate)).unwrap_or(low)
}

fn categories(values: &[Option<String>], weight: &[f64], min_weight: f64) -> BinKind {
    let mut weights: HashMap<&str, f64> = HashMap::new();
    for (value, weight) in values.iter().zip(weight) {
        if let Some(value) = value {
            *weights.entry(value.as_str()).or_default() += weight;
        }
    }
    let seen = weights.len();
    let mut frequent: Vec<(&str, f64)> = weights.into_iter().filter(|(_, weight)| *weight >= min_weight).collect();
    frequent.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    // One bin stays free for the pool.
    frequent.truncate(MAX_BINS - 1);
    let pooled = frequent.len() < seen;
    BinKind::Category { names: frequent.into_iter().map(|(name, _)| name.to_owned()).collect(), pooled }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numeric(values: Vec<f64>) -> Column {
        Column { name: "x".into(), data: ColumnData::Numeric(values) }
    }

    fn category(values: &[Option<&str>]) -> Column {
        Column { name: "x".into(), data: ColumnData::Category(values.iter().map(|value| value.map(String::from)).collect()) }
    }

    proptest! {
        #[test]
        fn bins_keep_the_order_and_tell_few_values_apart(values in prop::collection::vec(-1e9f64..1e9, 1..80)) {
            let binned = BinnedColumn::fit(&numeric(values.clone()), &vec![1.0; values.len()], 1.0);
            let bins = binned.bins(&ColumnData::Numeric(values.clone()));
            for (i, a) in values.iter().enumerate() {
                for (j, b) in values.iter().enumerate() {
                    prop_assert_eq!(a.total_cmp(b), bins[i].cmp(&bins[j]));
                }
            }
        }

        #[test]
        fn a_cut_lies_between_its_neighbours(low in -1e12f64..1e12, gap in 1e-6f64..1e6) {
            let cut = shortest_between(low, low + gap);
            prop_assert!(low <= cut && cut < low + gap);
        }
    }

    #[test]
    fn many_values_fall_into_bins_of_similar_weight() {
        // A third of all rows are exactly 0.
        let values: Vec<f64> = (0..30_000).map(|i| if i % 3 == 0 { 0.0 } else { f64::from(i) }).collect();
        let column = numeric(values.clone());
        let binned = BinnedColumn::fit(&column, &vec![1.0; values.len()], 1.0);
        let bins = binned.bins(&column.data);
        let mut counts = vec![0; binned.bin_count()];
        bins.iter().for_each(|bin| counts[usize::from(*bin)] += 1);
        assert!(binned.bin_count() > 200 && binned.bin_count() <= MAX_BINS + 1, "{}", binned.bin_count());
        assert_eq!(counts[0], 0, "nothing is missing");
        assert_eq!(counts[1], 10_000, "the heavy value stands alone");
        assert!(counts[2..].iter().all(|count| (40..160).contains(count)), "{counts:?}");
    }

    #[test]
    fn missing_and_infinite_values_have_their_places() {
        let binned = BinnedColumn::fit(&numeric(vec![1.0, 2.0, f64::NAN, f64::INFINITY]), &[1.0; 4], 1.0);
        let bins = binned.bins(&ColumnData::Numeric(vec![f64::NAN, f64::NEG_INFINITY, 1.0, 2.0, f64::INFINITY]));
        assert_eq!(bins, [0, 1, 1, 2, 2]);
    }

    #[test]
    fn rare_categories_share_a_bin_with_unknown_ones() {
        let column = category(&[Some("a"), Some("a"), Some("b"), Some("c"), None]);
        let binned = BinnedColumn::fit(&column, &[1.0; 5], 2.0);
        assert_eq!(binned.bins(&category(&[Some("a"), Some("b"), Some("new"), None]).data), [1, 2, 2, 0]);
        let without_rare = BinnedColumn::fit(&category(&[Some("a"), Some("a")]), &[1.0; 2], 2.0);
        assert_eq!(without_rare.bins(&category(&[Some("a"), Some("new")]).data), [1, 0]);
    }

    #[test]
    fn a_missing_column_is_missing_values() {
        let columns = [BinnedColumn::fit(&numeric(vec![1.0, 2.0]), &[1.0; 2], 1.0)];
        let other_kind = Table { rows: 1, columns: vec![category(&[Some("a")])] };
        assert_eq!(BinnedTable::new(&columns, &other_kind).columns, [[MISSING]]);
        assert_eq!(BinnedTable::new(&columns, &Table { rows: 2, columns: vec![] }).columns, [[MISSING; 2]]);
    }
}
