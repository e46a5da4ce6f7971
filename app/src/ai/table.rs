//! Columns of feature values, as the learners take them.

/// The values of one feature over all rows.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnData {
    /// Missing is NaN.
    Numeric(Vec<f64>),
    /// Missing is `None`.
    Category(Vec<Option<String>>),
}

/// One named feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub data: ColumnData,
}

/// Features of many rows, by column; every column has `rows` values.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub rows: usize,
    pub columns: Vec<Column>,
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
    /// The CRM's own probability at the snapshot, NaN where it has none: the figure to beat.
    pub crm_probability: Vec<f64>,
    /// Whether the deal was open for at least a day: what ends sooner was decided by a process, not by selling.
    pub lived_a_day: Vec<bool>,
}
