//! Feature tables and splits as files that NumPy reads: little-endian doubles, column after column, and bytes.

use std::{collections::BTreeMap, fs, path::Path};

use app::ai::{
    split,
    table::{Column, ColumnData, pick},
};
use serde_json::{Value, json};

use super::{
    Result,
    sets::{Set, Split},
};

/// Folds inside the training rows, for the other learners' early stopping and calibration.
const FOLDS: usize = 5;
const SEED: u64 = 1;

/// What a row is to a split; its inner fold stands in the upper four bits.
const TRAIN: u8 = 1;
const TEST: u8 = 2;

pub fn write(set: &Set, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let examples = &set.examples;
    let (columns, values): (Vec<Value>, Vec<Vec<f64>>) = examples.table.columns.iter().map(coded).unzip();
    let about = json!({
        "name": set.name,
        "rows": examples.table.rows,
        "columns": columns,
        "excluded": set.excluded,
        "repeats": set.splits.iter().map(|split| split.repeat).collect::<Vec<_>>(),
    });
    fs::write(folder.join("set.json"), about.to_string())?;
    write_numbers(&folder.join("table.f64"), &values.concat())?;
    write_numbers(&folder.join("weight.f64"), &examples.weight)?;
    let group: Vec<f64> = examples.group.iter().map(|group| f64::from(*group)).collect();
    write_numbers(&folder.join("group.f64"), &group)?;
    fs::write(folder.join("won.u8"), bytes(&examples.won))?;
    fs::write(folder.join("lived_a_day.u8"), bytes(&examples.lived_a_day))?;
    for (place, split) in set.splits.iter().enumerate() {
        fs::write(folder.join(format!("split-{place}.u8")), roles(set, split))?;
    }
    Ok(())
}

pub fn write_numbers(path: &Path, values: &[f64]) -> Result<()> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Ok(fs::write(path, bytes)?)
}

fn bytes(flags: &[bool]) -> Vec<u8> {
    flags.iter().map(|flag| u8::from(*flag)).collect()
}

/// A column's description and its values; categories become their place among the levels.
fn coded(column: &Column) -> (Value, Vec<f64>) {
    match &column.data {
        ColumnData::Numeric(values) => (json!({ "name": column.name, "kind": "numeric" }), values.clone()),
        ColumnData::Category(values) => {
            let mut levels: BTreeMap<&str, f64> = values.iter().flatten().map(|text| (text.as_str(), 0.0)).collect();
            levels.values_mut().enumerate().for_each(|(place, code)| *code = place as f64);
            let code = |text: &Option<String>| text.as_ref().and_then(|text| levels.get(text.as_str()).copied()).unwrap_or(f64::NAN);
            let codes = values.iter().map(code).collect();
            (json!({ "name": column.name, "kind": "category", "levels": levels.keys().collect::<Vec<_>>() }), codes)
        }
    }
}

fn roles(set: &Set, split: &Split) -> Vec<u8> {
    let examples = &set.examples;
    let mut roles = vec![0; examples.table.rows];
    split.test.iter().for_each(|row| roles[*row] = TEST);
    let group = pick(&examples.group, &split.train);
    let fold = split::stratified_folds(&group, &pick(&examples.won, &split.train), FOLDS, SEED);
    split.train.iter().zip(fold).for_each(|(row, fold)| roles[*row] = TRAIN | (fold as u8) << 4);
    roles
}
