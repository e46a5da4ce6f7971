//! The data sets and how each is split.

use std::{collections::HashMap, path::Path};

use app::{
    ai::{
        examples::SNAPSHOTS_PER_DEAL,
        split,
        table::{ColumnData, Examples},
    },
    domain::deals::DealHistory,
    imports::{self, Mapping},
};

use super::{Result, histories, ours};

/// Where a set comes from.
pub struct Source {
    pub name: &'static str,
    mapping: &'static str,
    file: &'static str,
}

pub const SOURCES: [Source; 4] = [
    Source { name: "ibm", mapping: "ibm.toml", file: "ibm_sales_win_loss.csv.gz" },
    Source { name: "salvirt", mapping: "salvirt.toml", file: "salvirt_b2b.csv" },
    Source { name: "bpi2012", mapping: "bpi2012.toml", file: "bpi2012" },
    Source { name: "maven", mapping: "maven.toml", file: "maven" },
];

/// Share that is held out where a set is cut once.
const HOLDOUT: f64 = 0.2;
const FOLDS: usize = 5;
const REPEATS: u64 = 5;
const SEED: u64 = 42;

/// Examples with the splits on which learners are compared.
pub struct Set {
    pub name: &'static str,
    pub examples: Examples,
    pub splits: Vec<Split>,
    /// Columns that tell the outcome and that no learner gets to see.
    pub excluded: Vec<String>,
}

/// Rows to learn from and rows to be judged on. Predictions of one `repeat` are judged together.
pub struct Split {
    pub repeat: u64,
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

impl From<split::TemporalSplit> for Split {
    fn from(split: split::TemporalSplit) -> Self {
        Self { repeat: 0, train: split.older, test: split.newest }
    }
}

/// The sets of one source.
pub fn load(source: &Source, data: &Path, mappings: &Path) -> Result<Vec<Set>> {
    let mapping = Mapping::load(&mappings.join(source.mapping))?;
    let batch = imports::read(&mapping, &[data.join(source.file)], &mut |_| {})?;
    if !batch.rejects.is_empty() {
        return Err(format!("{}: {} rows rejected, first: {}", source.name, batch.rejected_count(), batch.rejects[0]).into());
    }
    let histories = histories::of(&batch);
    let mut examples = ours::examples(&histories, &batch.source.custom_fields, SNAPSHOTS_PER_DEAL);
    let excluded = ours::exclude_leaks(&mut examples);
    Ok(match source.name {
        "ibm" => {
            let random = stratified(&examples, SEED).into_iter().take(1).collect();
            let by_number = vec![split::temporal(&examples.group, &examples.close_order, HOLDOUT, SEED).into()];
            vec![
                Set { name: "ibm-random", examples: examples.clone(), splits: random, excluded: excluded.clone() },
                Set { name: "ibm-temporal", examples, splits: by_number, excluded },
            ]
        }
        "salvirt" => {
            let repeated = |examples: &Examples| (0..REPEATS).flat_map(|repeat| stratified(examples, repeat)).collect();
            let grouped = Examples { group: alike(&examples), ..examples.clone() };
            vec![
                Set { name: "salvirt", splits: repeated(&examples), examples, excluded: excluded.clone() },
                Set { name: "salvirt-grouped", splits: repeated(&grouped), examples: grouped, excluded },
            ]
        }
        "bpi2012" => {
            let created = creation_order(&examples, &histories.deals);
            let splits = vec![split::temporal(&examples.group, &created, HOLDOUT, SEED).into()];
            vec![Set { name: "bpi2012", examples, splits, excluded }]
        }
        _ => {
            let splits = vec![split::temporal(&examples.group, &examples.close_order, HOLDOUT, SEED).into()];
            vec![Set { name: source.name, examples, splits, excluded }]
        }
    })
}

/// One split for each fold of a stratified cross-validation.
fn stratified(examples: &Examples, seed: u64) -> Vec<Split> {
    let fold = split::stratified_folds(&examples.group, &examples.won, FOLDS, seed);
    let split = |held_out| {
        let (test, train) = (0..fold.len()).partition(|row| fold[*row] == held_out);
        Split { repeat: seed, train, test }
    };
    (0..FOLDS).map(split).collect()
}

/// Groups of rows that are alike in every column.
fn alike(examples: &Examples) -> Vec<u32> {
    let mut groups: HashMap<Vec<String>, u32> = HashMap::new();
    let text = |data: &ColumnData, row: usize| match data {
        ColumnData::Numeric(values) => values[row].to_string(),
        ColumnData::Category(values) => format!("{:?}", values[row]),
    };
    (0..examples.table.rows)
        .map(|row| {
            let next = groups.len() as u32;
            *groups.entry(examples.table.columns.iter().map(|column| text(&column.data, row)).collect()).or_insert(next)
        })
        .collect()
}

/// Each row's deal by its creation.
fn creation_order(examples: &Examples, deals: &[DealHistory]) -> Vec<i64> {
    let created = |deal: &u32| deals.get(*deal as usize).and_then(|deal| deal.created_at).map_or(0, |at| at.timestamp_millis());
    examples.group.iter().map(created).collect()
}
