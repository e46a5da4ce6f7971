//! Logistic regression with an L2 penalty (smartcore), for few deals.

use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::{arrays::Array, matrix::DenseMatrix};
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

use super::{
    Contributions, FitError,
    encoding::{Encoder, encode},
};
use crate::ai::table::Table;

/// Categories of less weight count as "other".
const MIN_CATEGORY_WEIGHT: f64 = 5.0;
/// Copies of a row, at most; see [`copies`].
const MAX_COPIES: u32 = 12;

/// A fitted model with its way of turning columns into numbers. Of single precision, which any JSON parser carries exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    encoders: Vec<Encoder>,
    intercept: f32,
    /// By number that the encoders make.
    coefficients: Vec<f32>,
    /// Means of those numbers over the training rows, from which contributions are counted.
    means: Vec<f32>,
}

impl Logistic {
    /// Minimises the weighted log-loss plus `l2` / 2 times the squared coefficients (not the intercept). A number that is the
    /// same in all training rows gets no coefficient, so that what the model never saw does not matter to it.
    pub fn fit(table: &Table, won: &[bool], weight: &[f64], l2: f64) -> Result<Self, FitError> {
        if won.iter().all(|won| *won) || won.iter().all(|won| !won) {
            return Err(FitError::OneClass);
        }
        let encoders: Vec<Encoder> = table.columns.iter().map(|column| Encoder::fit(column, weight, MIN_CATEGORY_WEIGHT)).collect();
        let numbers = encode(&encoders, table);
        let total: f64 = weight.iter().sum();
        let mean = |values: &Vec<f64>| values.iter().zip(weight).map(|(value, weight)| value * weight).sum::<f64>() / total;
        let means: Vec<f32> = numbers.iter().map(|values| mean(values) as f32).collect();
        let varying: Vec<usize> =
            (0..numbers.len()).filter(|index| numbers[*index].iter().any(|value| *value != numbers[*index][0])).collect();
        let mut coefficients = vec![0.0; numbers.len()];
        if varying.is_empty() {
            let won: f64 = won.iter().zip(weight).filter(|(won, _)| **won).map(|(_, weight)| weight).sum();
            return Ok(Self { encoders, intercept: super::log_odds(won / total) as f32, coefficients, means });
        }
        let (copies, scale) = copies(weight);
        let rows: Vec<usize> = (0..table.rows).flat_map(|row| std::iter::repeat_n(row, copies[row] as usize)).collect();
        let cells: Vec<f64> = varying.iter().flat_map(|index| rows.iter().map(|row| numbers[*index][*row])).collect();
        let failed = |error: smartcore::error::Failed| FitError::Logistic(error.to_string());
        let matrix = DenseMatrix::new(rows.len(), varying.len(), cells, true).map_err(failed)?;
        let labels: Vec<u32> = rows.iter().map(|row| u32::from(won[*row])).collect();
        let parameters = LogisticRegressionParameters::default().with_alpha(l2 * scale);
        let fitted = LogisticRegression::fit(&matrix, &labels, parameters).map_err(failed)?;
        for (place, index) in varying.iter().enumerate() {
            coefficients[*index] = *fitted.coefficients().get((0, place)) as f32;
        }
        let intercept = *fitted.intercept().get((0, 0)) as f32;
        if !intercept.is_finite() || !coefficients.iter().all(|coefficient| coefficient.is_finite()) {
            return Err(FitError::Logistic("it did not converge".into()));
        }
        Ok(Self { encoders, intercept, coefficients, means })
    }

    pub fn columns(&self) -> Vec<&str> {
        self.encoders.iter().map(|encoder| encoder.name.as_str()).collect()
    }

    /// Log-odds by row.
    pub fn margins(&self, table: &Table) -> Vec<f64> {
        let mut margins = vec![f64::from(self.intercept); table.rows];
        for (values, coefficient) in encode(&self.encoders, table).iter().zip(&self.coefficients) {
            margins.iter_mut().zip(values).for_each(|(margin, value)| *margin += f64::from(*coefficient) * value);
        }
        margins
    }

    /// Coefficient times distance from the mean, added up by column: the exact Shapley values of a linear model whose columns
    /// are taken as independent.
    pub fn contributions(&self, table: &Table) -> Contributions {
        let mut per_row = vec![vec![0.0; self.encoders.len()]; table.rows];
        let owner = self.encoders.iter().enumerate().flat_map(|(column, encoder)| std::iter::repeat_n(column, encoder.width()));
        let terms = self.coefficients.iter().zip(&self.means).zip(owner);
        for (values, ((coefficient, mean), column)) in encode(&self.encoders, table).iter().zip(terms) {
            per_row.iter_mut().zip(values).for_each(|(row, value)| row[column] += f64::from(*coefficient) * (value - f64::from(*mean)));
        }
        let at_mean = |(coefficient, mean): (&f32, &f32)| f64::from(*coefficient) * f64::from(*mean);
        let base = f64::from(self.intercept) + self.coefficients.iter().zip(&self.means).map(at_mean).sum::<f64>();
        Contributions { base, per_row }
    }

    /// Checks a model that was read from outside.
    pub fn check(&self) -> Result<(), String> {
        let width: usize = self.encoders.iter().map(Encoder::width).sum();
        if self.coefficients.len() != width || self.means.len() != width {
            return Err(format!("{} coefficients and {} means for {width} numbers", self.coefficients.len(), self.means.len()));
        }
        let mut numbers = self.coefficients.iter().chain(&self.means).chain([&self.intercept]);
        if !numbers.all(|number| number.is_finite()) {
            return Err("a coefficient is not finite".into());
        }
        self.encoders.iter().try_for_each(|encoder| encoder.check().map_err(|problem| format!("column {}: {problem}", encoder.name)))
    }
}

/// smartcore knows no sample weights, so rows are repeated in proportion to theirs: exactly where a few copies allow it (the
/// snapshots of a deal weigh 1/k each), else to the nearest twelfth of the heaviest, which leaves out what weighs next to nothing. Also says how many copies weigh 1, by which
/// the penalty must grow.
fn copies(weight: &[f64]) -> (Vec<u32>, f64) {
    let heaviest = weight.iter().copied().fold(0.0, f64::max);
    let distance = |scale: f64| weight.iter().map(|weight| (weight * scale - (weight * scale).round()).abs()).fold(0.0, f64::max);
    let exact = (1..=MAX_COPIES).map(|copies| f64::from(copies) / heaviest).find(|scale| distance(*scale) < 1e-6);
    let scale = exact.unwrap_or(f64::from(MAX_COPIES) / heaviest);
    (weight.iter().map(|weight| (weight * scale).round() as u32).collect(), scale)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ai::table::{Column, ColumnData};

    fn table(values: &[(f64, Option<&str>)]) -> Table {
        Table {
            rows: values.len(),
            columns: vec![
                Column { name: "x".into(), data: ColumnData::Numeric(values.iter().map(|(x, _)| *x).collect()) },
                Column { name: "c".into(), data: ColumnData::Category(values.iter().map(|(_, c)| c.map(String::from)).collect()) },
            ],
        }
    }

    fn cases() -> (Table, Vec<bool>) {
        let of = |i: u32| (f64::from(i), Some(if i.is_multiple_of(3) { "a" } else { "b" }));
        let values: Vec<_> = (0..60).map(of).collect();
        (table(&values), (0..60).map(|i| i >= 30 || i % 7 == 0).collect())
    }

    #[test]
    fn it_minimises_the_penalised_loss() {
        let (table, won) = cases();
        let (l2, weight) = (0.7, vec![0.5; 60]);
        let model = Logistic::fit(&table, &won, &weight, l2).expect("fits");
        let loss = |model: &Logistic| {
            let row = |(margin, won): (&f64, &bool)| 0.5 * (1.0 + (if *won { -margin } else { *margin }).exp()).ln();
            let penalty = model.coefficients.iter().map(|coefficient| f64::from(*coefficient).powi(2)).sum::<f64>() * l2 / 2.0;
            model.margins(&table).iter().zip(&won).map(row).sum::<f64>() + penalty
        };
        let least = loss(&model);
        for index in 0..model.coefficients.len() {
            for step in [-0.01, 0.01] {
                let mut other = model.clone();
                other.coefficients[index] += step;
                assert!(loss(&other) > least, "coefficient {index}");
            }
        }
    }

    #[test]
    fn weights_count_like_copies() {
        let rows = [(0.0, None), (1.0, None), (2.0, None), (3.0, None)];
        let doubled: Vec<_> = rows.iter().copied().chain([rows[1], rows[2]]).collect();
        let won = [false, true, false, true, true, false];
        let weighted = Logistic::fit(&table(&rows), &won[..4], &[0.5, 1.0, 1.0, 0.5], 1.0).expect("fits");
        let repeated = Logistic::fit(&table(&doubled), &won, &[0.5; 6], 1.0).expect("fits");
        for (a, b) in weighted.margins(&table(&rows)).iter().zip(repeated.margins(&table(&rows))) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }

    #[test]
    fn one_class_is_an_error() {
        let (table, _) = cases();
        assert_eq!(Logistic::fit(&table, &[true; 60], &[1.0; 60], 1.0), Err(FitError::OneClass));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn contributions_and_base_add_up(x in prop::num::f64::ANY, c in prop::option::of("[a-c]")) {
            let (train, won) = cases();
            let model = Logistic::fit(&train, &won, &[1.0; 60], 1.0).expect("fits");
            let row = table(&[(x, c.as_deref())]);
            let explained = model.contributions(&row);
            prop_assert!((explained.base + explained.per_row[0].iter().sum::<f64>() - model.margins(&row)[0]).abs() < 1e-9);
        }
    }
}
