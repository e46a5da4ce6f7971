//! Columns as numbers for a linear model: standardised, missing values marked, categories one-hot. Fitted with the model.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::ai::table::{Column, ColumnData, Table};

/// Standardised numbers end here, so that an outlier cannot decide alone.
const CLIP: f64 = 5.0;

/// How one column becomes numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    pub name: String,
    kind: Encoding,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    /// Two numbers: the standardised value (0 where missing) and whether it is missing.
    Numeric { mean: f32, deviation: f32 },
    /// A number for each name, one for all other categories, one for missing.
    Category { names: Vec<String> },
}

impl Encoder {
    /// Categories that weigh less than `min_weight` count as "other".
    pub fn fit(column: &Column, weight: &[f64], min_weight: f64) -> Self {
        let kind = match &column.data {
            ColumnData::Numeric(values) => {
                let (mean, deviation) = moments(values, weight);
                Encoding::Numeric { mean, deviation }
            }
            ColumnData::Category(values) => {
                let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
                for (value, weight) in values.iter().zip(weight) {
                    if let Some(value) = value {
                        *weights.entry(value).or_default() += weight;
                    }
                }
                let names = weights.into_iter().filter(|(_, weight)| *weight >= min_weight).map(|(name, _)| name.to_owned()).collect();
                Encoding::Category { names }
            }
        };
        Self { name: column.name.clone(), kind }
    }

    /// Numbers it makes of a value.
    pub fn width(&self) -> usize {
        match &self.kind {
            Encoding::Numeric { .. } => 2,
            Encoding::Category { names } => names.len() + 2,
        }
    }

    /// Column by column of numbers; a column that the table lacks, or holds as the other kind, is missing throughout.
    fn encode(&self, column: Option<&Column>, rows: usize) -> Vec<Vec<f64>> {
        let mut encoded = vec![vec![0.0; rows]; self.width()];
        match (&self.kind, column.map(|column| &column.data)) {
            (Encoding::Numeric { mean, deviation }, Some(ColumnData::Numeric(values))) => {
                for (row, value) in values.iter().enumerate().take(rows) {
                    if value.is_nan() {
                        encoded[1][row] = 1.0;
                    } else if *deviation > 0.0 {
                        encoded[0][row] = ((value - f64::from(*mean)) / f64::from(*deviation)).clamp(-CLIP, CLIP);
                    }
                }
            }
            (Encoding::Category { names }, Some(ColumnData::Category(values))) => {
                let place: HashMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
                for (row, value) in values.iter().enumerate().take(rows) {
                    let slot = match value {
                        Some(value) => place.get(value.as_str()).copied().unwrap_or(names.len()),
                        None => names.len() + 1,
                    };
                    encoded[slot][row] = 1.0;
                }
            }
            _ => encoded[self.width() - 1].fill(1.0),
        }
        encoded
    }

    pub fn check(&self) -> Result<(), &'static str> {
        match &self.kind {
            Encoding::Numeric { mean, deviation } if !mean.is_finite() || !deviation.is_finite() => Err("numbers out of range"),
            _ => Ok(()),
        }
    }
}

/// The table as numbers, by column of numbers; columns are found by name.
pub fn encode(encoders: &[Encoder], table: &Table) -> Vec<Vec<f64>> {
    let by_name: HashMap<&str, &Column> = table.columns.iter().map(|column| (column.name.as_str(), column)).collect();
    encoders.iter().flat_map(|encoder| encoder.encode(by_name.get(encoder.name.as_str()).copied(), table.rows)).collect()
}

/// Weighted mean and standard deviation of the finite values; 0 and 0 if there are none.
fn moments(values: &[f64], weight: &[f64]) -> (f32, f32) {
    let known = || values.iter().zip(weight).filter(|(value, _)| value.is_finite());
    let total: f64 = known().map(|(_, weight)| weight).sum();
    if total <= 0.0 {
        return (0.0, 0.0);
    }
    let mean = known().map(|(value, weight)| weight * value).sum::<f64>() / total;
    let variance = known().map(|(value, weight)| weight * (value - mean).powi(2)).sum::<f64>() / total;
    let deviation = variance.sqrt();
    // Values too large to be squared, or equal up to rounding, say nothing.
    let usable = |number: f64| (number as f32).is_finite();
    if usable(mean) && usable(deviation) && deviation > 1e-9 * mean.abs() { (mean as f32, deviation as f32) } else { (0.0, 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(column: Column, other: Column) -> Vec<Vec<f64>> {
        let rows = match &other.data {
            ColumnData::Numeric(values) => values.len(),
            ColumnData::Category(values) => values.len(),
        };
        let encoder = Encoder::fit(&column, &[1.0; 4], 2.0);
        encode(&[encoder], &Table { rows, columns: vec![other] })
    }

    fn column(data: ColumnData) -> Column {
        Column { name: "x".into(), data }
    }

    #[test]
    fn numbers_are_standardised_clipped_and_marked_where_missing() {
        let train = column(ColumnData::Numeric(vec![1.0, 3.0, f64::NAN, f64::NAN]));
        let new = column(ColumnData::Numeric(vec![1.0, 2.0, 1e9, f64::NEG_INFINITY, f64::NAN]));
        assert_eq!(encoded(train, new), [[-1.0, 0.0, 5.0, -5.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]);
    }

    #[test]
    fn a_constant_says_nothing() {
        let constant = column(ColumnData::Numeric(vec![0.1; 4]));
        assert_eq!(encoded(constant.clone(), constant)[0], [0.0; 4]);
    }

    #[test]
    fn rare_and_unknown_categories_are_other() {
        let category = |values: &[Option<&str>]| column(ColumnData::Category(values.iter().map(|value| value.map(String::from)).collect()));
        let train = category(&[Some("a"), Some("a"), Some("b"), None]);
        let new = category(&[Some("a"), Some("b"), Some("c"), None]);
        assert_eq!(encoded(train, new), [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]);
    }
}
