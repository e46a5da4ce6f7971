//! Our side of `cargo xtask bench model`: reads the real data sets through the product's own import, writes the exact feature
//! tables and splits for the other learners, trains and scores, and prints one JSON line per split.
//!
//! ```text
//! cargo bench --bench model -- --data DIR --mappings DIR --out DIR [--only SET]
//! ```
//!
//! The text similarity features are missing here: the sets carry no text worth embedding.

mod histories;
mod ours;
mod sets;
mod tables;

use std::path::PathBuf;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Options {
    data: PathBuf,
    mappings: PathBuf,
    out: PathBuf,
    only: Option<String>,
}

impl Options {
    fn read() -> Result<Self> {
        let (mut data, mut mappings, mut out, mut only) = (None, None, None, None);
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--data" => data = Some(value()?.into()),
                "--mappings" => mappings = Some(value()?.into()),
                "--out" => out = Some(value()?.into()),
                "--only" => only = Some(value()?),
                // cargo's own.
                "--bench" => {}
                _ => return Err(format!("unexpected argument {name}").into()),
            }
        }
        let missing = "--data, --mappings and --out must be given";
        Ok(Self { data: data.ok_or(missing)?, mappings: mappings.ok_or(missing)?, out: out.ok_or(missing)?, only })
    }
}

fn main() -> Result<()> {
    let options = Options::read()?;
    for source in &sets::SOURCES {
        if options.only.as_ref().is_some_and(|only| only != source.name) {
            continue;
        }
        for set in sets::load(source, &options.data, &options.mappings)? {
            eprintln!("{}: {} rows, {} columns", set.name, set.examples.table.rows, set.examples.table.columns.len());
            let folder = options.out.join(set.name);
            tables::write(&set, &folder)?;
            for (place, split) in set.splits.iter().enumerate() {
                let scored = ours::train_and_score(&set.examples, &split.train, &split.test)?;
                tables::write_numbers(&folder.join(format!("vectoros-{place}.f64")), &scored.probability)?;
                println!("{}", scored.line(set.name, place));
            }
        }
    }
    Ok(())
}
