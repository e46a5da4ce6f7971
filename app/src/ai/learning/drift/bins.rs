//! The bins that the values of a column are sorted into.

use std::collections::BTreeMap;

use crate::domain::models::{BaselineBins, BaselineColumn};

/// Quantile bins of a numeric column, at most, without the one for what is missing.
const NUMERIC_BINS: usize = 10;
/// Values of a category that have a bin of their own.
const CATEGORIES: usize = 12;

/// The values of a column, by row.
#[derive(Clone, Copy)]
pub enum Values<'a> {
    /// Missing is NaN.
    Numeric(&'a [f64]),
    Category(&'a [Option<String>]),
    /// No row has a value.
    Missing,
}

/// The bins that suit these values, and how the values fall into them.
pub fn column(name: &str, values: Values, weight: &[f64]) -> BaselineColumn {
    let bins = match values {
        Values::Numeric(values) => BaselineBins::Numeric { cuts: cuts(values, weight) },
        Values::Category(values) => BaselineBins::Category { values: most_frequent(values, weight) },
        Values::Missing => BaselineBins::Category { values: Vec::new() },
    };
    BaselineColumn { name: name.to_owned(), shares: shares(&bins, values, weight), bins }
}

/// The share of the weight in each bin, missing last; all 0 where nothing weighs anything.
pub fn shares(bins: &BaselineBins, values: Values, weight: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; count(bins)];
    let missing = shares.len() - 1;
    for (row, weight) in weight.iter().enumerate() {
        let bin = match values {
            Values::Numeric(values) => bin_of(bins, values.get(row).copied().filter(|value| !value.is_nan()), None),
            Values::Category(values) => bin_of(bins, None, values.get(row).and_then(Option::as_deref)),
            Values::Missing => None,
        };
        shares[bin.unwrap_or(missing)] += weight;
    }
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        shares.iter_mut().for_each(|share| *share /= total);
    }
    shares
}

/// The bin of a value; `None` where there is none, or none of the bins' kind.
fn bin_of(bins: &BaselineBins, number: Option<f64>, text: Option<&str>) -> Option<usize> {
    match bins {
        BaselineBins::Numeric { cuts } => number.map(|number| cuts.partition_point(|cut| *cut < number)),
        BaselineBins::Category { values } => text.map(|text| values.iter().position(|value| value == text).unwrap_or(values.len())),
    }
}

/// What to call the bins.
pub fn labels(bins: &BaselineBins) -> Vec<String> {
    let mut labels: Vec<String> = match bins {
        BaselineBins::Numeric { cuts } => {
            let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { return vec!["any".into(), "missing".into()] };
            let between = cuts.windows(2).map(|pair| format!("{} to {}", short(pair[0]), short(pair[1])));
            let first = std::iter::once(format!("up to {}", short(*first)));
            first.chain(between).chain([format!("above {}", short(*last))]).collect()
        }
        BaselineBins::Category { values } => values.iter().cloned().chain(["other".into()]).collect(),
    };
    labels.push("missing".into());
    labels
}

/// A number in about three digits.
fn short(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// With the one for what is missing.
fn count(bins: &BaselineBins) -> usize {
    match bins {
        BaselineBins::Numeric { cuts } => cuts.len() + 2,
        BaselineBins::Category { values } => values.len() + 2,
    }
}

/// The weighted deciles, each once. A column of one value gets a bin for that value alone, so that others stand out.
fn cuts(values: &[f64], weight: &[f64]) -> Vec<f64> {
    let mut known: Vec<(f64, f64)> =
        values.iter().zip(weight).filter(|(value, _)| value.is_finite()).map(|(value, weight)| (*value, *weight)).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (Some(lowest), Some(highest)) = (known.first(), known.last()) else { return Vec::new() };
    if lowest.0 == highest.0 {
        let value = lowest.0 as f32;
        return [value.next_down(), value.next_up()].map(f64::from).into();
    }
    let total: f64 = known.iter().map(|(_, weight)| weight).sum();
    let mut cuts = Vec::new();
    let (mut below, mut next) = (0.0, 1);
    for (value, weight) in &known {
        below += weight;
        while next < NUMERIC_BINS && below >= total * next as f64 / NUMERIC_BINS as f64 {
            cuts.push(f64::from(*value as f32));
            next += 1;
        }
    }
    cuts.dedup();
    // Nothing lies above the highest value.
    cuts.retain(|cut| *cut < highest.0 && cut.is_finite());
    cuts
}

/// The values that weigh most; of equals the first in the alphabet.
fn most_frequent(values: &[Option<String>], weight: &[f64]) -> Vec<String> {
    let mut by_value: BTreeMap<&str, f64> = BTreeMap::new();
    for (value, weight) in values.iter().zip(weight) {
        if let Some(value) = value {
            *by_value.entry(value).or_default() += weight;
        }
    }
    let mut values: Vec<(&str, f64)> = by_value.into_iter().collect();
    values.sort_by(|a, b| b.1.total_cmp(&a.1));
    values.into_iter().take(CATEGORIES).map(|(value, _)| value.to_owned()).collect()
}
