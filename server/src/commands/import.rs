//! `vectoros import`.

use std::time::Instant;

use anyhow::{Context, Result};
use app::imports::{self, ImportBatch, Mapping};
use serde::Serialize;

use crate::{cli::Import, config::Config, progress::Bar};

/// Rejected rows shown one by one; the rejects files have all of them.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct Output {
    imported: u64,
    updated: u64,
    unchanged: u64,
    rejected: u64,
    seconds: f64,
}

pub async fn run(config: &Config, args: Import) -> Result<()> {
    let start = Instant::now();
    let mapping = Mapping::load(&args.mapping)?;
    let mut bar = Bar::new("read");
    let mut files = imports::open(&mapping, &args.paths, &mut |at| bar.report(at.done, at.total, at.file))?;
    bar.finish();
    let app = super::open(config).await?;
    let (source, total) = (files.source.clone(), files.count() as u64);
    let mut bar = Bar::new("import");
    let next = || files.next_deals().map_err(anyhow::Error::from);
    let report = app.imports().ingest_each(&source, total, next, &mut |done, total, doing| bar.report(done, total, doing)).await?;
    bar.finish();
    let batch = files.finish()?;
    let rejected = batch.rejected_count() as u64;
    report_rejects(&batch, &args)?;
    for note in &batch.notes {
        eprintln!("note: {note}");
    }
    let output = Output {
        imported: report.imported,
        updated: report.updated,
        unchanged: report.unchanged,
        rejected,
        seconds: super::seconds(start),
    };
    if args.json {
        return super::print_json(&output);
    }
    println!(
        "{} deals imported, {} updated, {} unchanged, {} rows rejected in {:.1} s",
        output.imported, output.updated, output.unchanged, output.rejected, output.seconds
    );
    Ok(())
}

fn report_rejects(batch: &ImportBatch, args: &Import) -> Result<()> {
    for reject in batch.rejects.iter().take(SHOWN) {
        eprintln!("{reject}");
    }
    if batch.rejects.len() > SHOWN {
        eprintln!("… and {} more", batch.rejects.len() - SHOWN);
    }
    std::fs::create_dir_all(&args.rejects_dir).with_context(|| format!("the folder {} cannot be made", args.rejects_dir.display()))?;
    for file in batch.write_rejects(&args.rejects_dir)? {
        eprintln!("rejected rows written to {}", file.display());
    }
    Ok(())
}
