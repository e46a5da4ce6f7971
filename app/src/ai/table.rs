//! Columns of feature values, as the learners take them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The values of one feature over all rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ColumnData {
    /// Missing is NaN.
    #[serde(with = "missing_as_null")]
    Numeric(Vec<f64>),
    /// Missing is `None`.
    Category(Vec<Option<String>>),
}

/// JSON knows no NaN.
mod missing_as_null {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(|value| value.is_finite().then_some(*value)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        let values: Vec<Option<f64>> = Vec::deserialize(from)?;
        Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }
}

/// One named feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub data: ColumnData,
}

/// Features of many rows, by column; every column has `rows` values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub rows: usize,
    pub columns: Vec<Column>,
}

impl Table {
    /// Hexadecimal SHA-256 of a row: of the columns' names, kinds and exact values, in their order. All NaNs are alike, and -0
    /// is 0. Two rows of the same hash get the same score from the same model. What is beyond the table is missing.
    pub fn row_hash(&self, row: usize) -> String {
        let mut hash = Sha256::new();
        // Lengths come first, so that no two rows spell the same bytes.
        let text = |hash: &mut Sha256, text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        for column in &self.columns {
            text(&mut hash, &column.name);
            match &column.data {
                ColumnData::Numeric(values) => {
                    hash.update([0]);
                    hash.update(canonical_bits(values.get(row).copied().unwrap_or(f64::NAN)).to_le_bytes());
                }
                ColumnData::Category(values) => match values.get(row).and_then(Option::as_deref) {
                    Some(value) => {
                        hash.update([1]);
                        text(&mut hash, value);
                    }
                    None => hash.update([2]),
                },
            }
        }
        hex::encode(hash.finalize())
    }
}

/// The bits of a number, the same for all numbers that mean the same.
fn canonical_bits(value: f64) -> u64 {
    // Adding zero turns -0 into 0.
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

/// Some rows of a table.
pub fn rows_of(table: &Table, rows: &[usize]) -> Table {
    let data = |data: &ColumnData| match data {
        ColumnData::Numeric(values) => ColumnData::Numeric(pick(values, rows)),
        ColumnData::Category(values) => ColumnData::Category(pick(values, rows)),
    };
    let columns = table.columns.iter().map(|column| Column { name: column.name.clone(), data: data(&column.data) }).collect();
    Table { rows: rows.len(), columns }
}

/// Some rows' values.
pub fn pick<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|row| values[*row].clone()).collect()
}

/// A property that results are broken down by, with each row's label.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentLabels {
    /// "Owner", "Stage", "Size".
    pub by: String,
    pub labels: Vec<Option<String>>,
}

/// Training examples: snapshots of closed deals with their outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    pub table: Table,
    /// The label.
    pub won: Vec<bool>,
    /// Weight; the snapshots of one deal add up to 1, so that each deal counts once.
    pub weight: Vec<f64>,
    /// The deal each row belongs to, as an index; rows of a deal never stand on both sides of a split.
    pub group: Vec<u32>,
    /// The order in which the deals closed: the temporal split holds out the highest.
    pub close_order: Vec<i64>,
    /// When the deal closed, in days since 1970, NaN where it is not dated: what recency is reckoned from.
    pub closed_day: Vec<f64>,
    /// The CRM's own probability at the snapshot, NaN where it has none: the figure to beat.
    pub crm_probability: Vec<f64>,
    /// Whether the deal was open for at least a day: what ends sooner was decided by a process, not by selling.
    pub lived_a_day: Vec<bool>,
    pub segments: Vec<SegmentLabels>,
    /// By column: the share of the open deals in which it has a value now; `None` without open deals. What is filled in closed
    /// deals only tells the outcome.
    pub open_known: Vec<Option<f64>>,
}

impl Examples {
    /// Some rows.
    pub fn rows(&self, rows: &[usize]) -> Self {
        let labels = |of: &SegmentLabels| SegmentLabels { by: of.by.clone(), labels: pick(&of.labels, rows) };
        Self {
            table: rows_of(&self.table, rows),
            won: pick(&self.won, rows),
            weight: pick(&self.weight, rows),
            group: pick(&self.group, rows),
            close_order: pick(&self.close_order, rows),
            closed_day: pick(&self.closed_day, rows),
            crm_probability: pick(&self.crm_probability, rows),
            lived_a_day: pick(&self.lived_a_day, rows),
            segments: self.segments.iter().map(labels).collect(),
            open_known: self.open_known.clone(),
        }
    }

    /// Won and lost deals.
    pub fn won_and_lost(&self) -> (usize, usize) {
        let outcome: BTreeMap<u32, bool> = self.group.iter().copied().zip(self.won.iter().copied()).collect();
        let won = outcome.values().filter(|won| **won).count();
        (won, outcome.len() - won)
    }

    /// Keeps the columns whose name is `wanted`, with what is known of them.
    pub fn retain_columns(&mut self, wanted: impl Fn(&str) -> bool) {
        let kept: Vec<bool> = self.table.columns.iter().map(|column| wanted(&column.name)).collect();
        let mut columns = kept.iter();
        self.table.columns.retain(|_| columns.next().is_some_and(|kept| *kept));
        let mut known = kept.iter();
        self.open_known.retain(|_| known.next().is_some_and(|kept| *kept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, data: ColumnData) -> Column {
        Column { name: name.into(), data }
    }

    fn table(number: f64, category: Option<&str>) -> Table {
        let category = ColumnData::Category(vec![None, category.map(str::to_owned)]);
        Table { rows: 2, columns: vec![column("a", ColumnData::Numeric(vec![7.0, number])), column("b", category)] }
    }

    #[test]
    fn the_hash_of_a_row_is_the_same_in_every_run() {
        // Reckoned elsewhere, from the bytes.
        assert_eq!(table(1.5, Some("x")).row_hash(1), "f2b180aba5f45ca53fe7f3cc04c206a2f0e8bad53ae783b9aa10193838667395");
    }

    #[test]
    fn rows_that_mean_the_same_hash_the_same() {
        let hash = |number, category| table(number, category).row_hash(1);
        assert_eq!(hash(0.0, None), hash(-0.0, None));
        assert_eq!(hash(f64::NAN, None), hash(-f64::NAN, None));
        assert_eq!(hash(f64::NAN, None), table(1.0, Some("x")).row_hash(9), "a row beyond the table is missing");
        let mut longer = table(1.5, Some("x"));
        longer.columns.iter_mut().for_each(|column| match &mut column.data {
            ColumnData::Numeric(values) => values.insert(0, 3.0),
            ColumnData::Category(values) => values.insert(0, None),
        });
        assert_eq!(longer.row_hash(2), hash(1.5, Some("x")), "its place in the table does not count");
    }

    #[test]
    fn any_difference_is_another_hash() {
        let of = |columns: Vec<Column>| Table { rows: 1, columns }.row_hash(0);
        let number = |name, value| column(name, ColumnData::Numeric(vec![value]));
        let label = |name, value: Option<&str>| column(name, ColumnData::Category(vec![value.map(str::to_owned)]));
        let hashes = [
            of(vec![]),
            of(vec![number("a", 1.0)]),
            of(vec![number("b", 1.0)]),
            of(vec![number("a", 1.0 + f64::EPSILON)]),
            of(vec![number("a", f64::NAN)]),
            of(vec![number("a", f64::INFINITY)]),
            of(vec![label("a", None)]),
            of(vec![label("a", Some(""))]),
            of(vec![label("a", Some("1"))]),
            of(vec![label("a", Some("b")), label("c", None)]),
            of(vec![label("a", None), label("c", Some("b"))]),
            of(vec![label("c", Some("b")), label("a", None)]),
        ];
        assert_eq!(hashes.iter().collect::<std::collections::HashSet<_>>().len(), hashes.len());
    }
}
