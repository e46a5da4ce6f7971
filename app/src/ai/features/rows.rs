//! Tables of features in the making.

use super::{
    COUNT, FEATURES, Feature, Neighbour, Outline, Seen, StageOrder,
    custom::CustomColumn,
    others::{Compared, Comparison, Walk},
    row::Row,
};
use crate::{
    ai::table::{Column, ColumnData, Table},
    domain::{
        Instant,
        deals::{CustomField, DealHistory},
    },
};

/// Rows to which deals are added as their histories are read, in any order and a few at a time. What a row takes from the other deals
/// comes last, from their outlines: no two histories need to be in memory at the same time.
#[derive(Debug)]
pub struct Rows {
    stages: StageOrder,
    numbers: Vec<Vec<f64>>,
    custom: Vec<CustomColumn>,
    comparisons: Vec<Comparison>,
}

impl Rows {
    /// No rows yet; one column for each of the custom fields.
    pub fn new(stages: StageOrder, custom: &[CustomField]) -> Self {
        Self { stages, numbers: vec![Vec::new(); COUNT], custom: custom.iter().map(CustomColumn::new).collect(), comparisons: Vec::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.comparisons.len()
    }

    pub fn is_empty(&self) -> bool {
        self.comparisons.is_empty()
    }

    /// Adds a deal as of an instant, or without a date; `own` is its place among the outlines that it will be compared with.
    pub fn add(&mut self, own: Option<usize>, history: &DealHistory, at: Option<Instant>, similar: Option<&[Neighbour]>) {
        let seen = Seen::at(history, at, &self.stages);
        self.push(Some(&seen), similar, Comparison::of(own, &seen));
    }

    /// Adds a row of which nothing is known but its similar deals.
    #[cfg(test)]
    pub(super) fn add_missing(&mut self, similar: Option<&[Neighbour]>) {
        self.push(None, similar, Comparison::default());
    }

    fn push(&mut self, seen: Option<&Seen>, similar: Option<&[Neighbour]>, comparison: Comparison) {
        let row = Row::new(seen, similar, &self.stages);
        for (column, value) in self.numbers.iter_mut().zip(row.0) {
            column.push(value);
        }
        self.custom.iter_mut().for_each(|column| column.push(seen));
        self.comparisons.push(comparison);
    }

    /// The table, where each row sees the others as they stood at its own instant: one walk through time.
    pub fn compared_with(self, outlines: &[Outline]) -> Table {
        // Oldest first, since the walk only moves forward; those without a date, which need no walk, before them.
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_unstable_by_key(|row| (self.comparisons[*row].at, *row));
        let mut walk = Walk::new(outlines);
        let mut compared = vec![Compared::default(); self.len()];
        for row in order {
            let comparison = &self.comparisons[row];
            if let Some(at) = comparison.at {
                walk.reach(at);
            }
            compared[row] = walk.others().compare(comparison, comparison.at);
        }
        self.finished(|row, _| compared[row])
    }

    /// The table, given what each row takes from the others.
    pub(super) fn finished(mut self, compare: impl Fn(usize, &Comparison) -> Compared) -> Table {
        for (row, comparison) in self.comparisons.iter().enumerate() {
            let compared = compare(row, comparison);
            let age_days = self.numbers[Feature::DealAgeDays as usize][row];
            for (feature, value) in compared.values(age_days) {
                self.numbers[feature as usize][row] = value.unwrap_or(f64::NAN);
            }
            if !compared.activities_recorded {
                for feature in Row::ACTIVITIES {
                    self.numbers[feature as usize][row] = f64::NAN;
                }
            }
        }
        let registered = FEATURES
            .iter()
            .zip(self.numbers)
            .map(|(feature, values)| Column { name: feature.name.into(), data: ColumnData::Numeric(values) });
        let rows = self.comparisons.len();
        Table { rows, columns: registered.chain(self.custom.into_iter().map(CustomColumn::finished)).collect() }
    }
}
